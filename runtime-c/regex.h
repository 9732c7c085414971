/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Groups of regular expressions, for matched() and ngroups(). A match of `=~` is found by an
 * automaton (generated tables); here the text and the pattern of the last one are kept, and the
 * groups are found when they are asked for: all ways are followed at once, in time that grows with
 * text times pattern. Of the matches the one that begins first wins, of those the longest.
 *
 * Before this file: TAPIR_REGEX_STEPS, most instructions of a pattern; TAPIR_REGEX_SLOTS, twice its
 * groups. Allocated once, one state per context. Takes no locks.
 */
#ifndef TAPIR_REGEX_H
#define TAPIR_REGEX_H

enum { TAPIR_RE_BYTE, TAPIR_RE_SPLIT, TAPIR_RE_JUMP, TAPIR_RE_SAVE, TAPIR_RE_BEGIN, TAPIR_RE_END,
       TAPIR_RE_MATCH };

struct tapir_re_step {
	u8 step;
	u16 to; /* register of SAVE; number of the set of BYTE */
	u16 other;
};

struct tapir_re {
	const struct tapir_re_step *code;
	const u8 (*sets)[32];
	u32 groups; /* with the whole match */
};

struct tapir_re_threads {
	u32 count;
	u16 at[TAPIR_REGEX_STEPS];
	s16 where[TAPIR_REGEX_STEPS][TAPIR_REGEX_SLOTS];
};

struct tapir_re_state {
	const struct tapir_re *re; /* of the last match; NULL: none yet, or it failed */
	bool failed;
	bool found;
	s16 best[TAPIR_REGEX_SLOTS];
	struct tapir_re_threads lists[2];
	u32 seen[TAPIR_REGEX_STEPS];
	u32 round;
	struct {
		s16 at; /* -1: put a register back */
		u16 slot;
		s16 value;
	} stack[3 * TAPIR_REGEX_STEPS + 1];
	char text[MAXSTRINGLEN];
};

static struct tapir_re_state *tapir_re_states;

static int tapir_re_create(void)
{
	tapir_re_states = vzalloc(sizeof(*tapir_re_states) * (nr_cpu_ids * TAPIR_LEVELS + 1));
	return tapir_re_states ? 0 : -ENOMEM;
}

static void tapir_re_destroy(void)
{
	vfree(tapir_re_states);
	tapir_re_states = NULL;
}

static struct tapir_re_state *tapir_re_of(const struct tapir_ctx *c)
{
	if (c->exclusive)
		return &tapir_re_states[nr_cpu_ids * TAPIR_LEVELS];
	return &tapir_re_states[raw_smp_processor_id() * TAPIR_LEVELS + c->level];
}

/* Notes what matched, or with no `re` that nothing did. */
static void tapir_re_note(struct tapir_ctx *c, const struct tapir_re *re, const char *text)
{
	struct tapir_re_state *s = tapir_re_of(c);

	s->re = re;
	s->failed = !re;
	s->found = false;
	if (re)
		tapir_str_copy(s->text, text, MAXSTRINGLEN);
}

/* Adds the byte takers and matches that are reached from `start`, most preferred first. */
static void tapir_re_follow(struct tapir_re_state *s, struct tapir_re_threads *list, u32 start,
			    int position, s16 *where)
{
	const struct tapir_re_step *code = s->re->code;
	u32 depth = 1;

	s->stack[0].at = start;
	while (depth) {
		s16 at = s->stack[--depth].at;

		if (at < 0) {
			where[s->stack[depth].slot] = s->stack[depth].value;
			continue;
		}
		if (s->seen[at] == s->round)
			continue;
		s->seen[at] = s->round;
		switch (code[at].step) {
		case TAPIR_RE_SPLIT:
			s->stack[depth++].at = code[at].other;
			s->stack[depth++].at = code[at].to;
			break;
		case TAPIR_RE_JUMP:
			s->stack[depth++].at = code[at].to;
			break;
		case TAPIR_RE_SAVE:
			s->stack[depth].at = -1;
			s->stack[depth].slot = code[at].to;
			s->stack[depth++].value = where[code[at].to];
			where[code[at].to] = position;
			s->stack[depth++].at = at + 1;
			break;
		case TAPIR_RE_BEGIN:
			if (position == 0)
				s->stack[depth++].at = at + 1;
			break;
		case TAPIR_RE_END:
			if (!s->text[position])
				s->stack[depth++].at = at + 1;
			break;
		default:
			list->at[list->count] = at;
			memcpy(list->where[list->count++], where, sizeof(s->best));
		}
	}
}

static void tapir_re_find(struct tapir_re_state *s)
{
	struct tapir_re_threads *from = &s->lists[0], *now = &s->lists[1];
	bool any = false;
	int position;
	u32 i;

	from->count = 0;
	for (position = 0; position < MAXSTRINGLEN; position++) {
		u8 byte = s->text[position];

		/* Threads wait after the byte that they took. */
		s->round++;
		now->count = 0;
		for (i = 0; i < from->count; i++)
			tapir_re_follow(s, now, from->at[i], position, from->where[i]);
		if (!any) {
			s16 where[TAPIR_REGEX_SLOTS];

			memset(where, -1, sizeof(where));
			tapir_re_follow(s, now, 0, position, where);
		}
		if (!now->count && any)
			break;
		from->count = 0;
		for (i = 0; i < now->count; i++) {
			const struct tapir_re_step *step = &s->re->code[now->at[i]];
			s16 *where = now->where[i];

			if (any && where[0] > s->best[0])
				continue;
			if (step->step == TAPIR_RE_MATCH) {
				if (!any || where[0] < s->best[0] || where[1] > s->best[1])
					memcpy(s->best, where, sizeof(s->best));
				any = true;
			} else if (byte && (s->re->sets[step->to][byte >> 3] >> (byte & 7) & 1)) {
				from->at[from->count] = now->at[i] + 1;
				memcpy(from->where[from->count++], where, sizeof(s->best));
			}
		}
		if (!byte)
			break;
	}
	if (!any)
		memset(s->best, -1, sizeof(s->best));
	s->found = true;
}

/* Text of group `n` of the last match, "" for one that took no part; false if there is no such. */
static __maybe_unused bool tapir_matched(struct tapir_ctx *c, char *to, s64 n)
{
	struct tapir_re_state *s = tapir_re_of(c);
	int from, end;

	if (!s->re || n < 0 || n >= s->re->groups)
		return false;
	if (!s->found)
		tapir_re_find(s);
	from = s->best[2 * n];
	end = s->best[2 * n + 1];
	to[0] = 0;
	if (from >= 0 && end >= from)
		tapir_str_copy(to, s->text + from, end - from + 1);
	return true;
}

/* The last match was tried and found nothing. */
static __maybe_unused bool tapir_match_failed(struct tapir_ctx *c)
{
	return tapir_re_of(c)->failed;
}

/* Groups of the last match with the whole, 0 if there was none. */
static __maybe_unused s64 tapir_ngroups(struct tapir_ctx *c)
{
	struct tapir_re_state *s = tapir_re_of(c);

	return s->re ? s->re->groups : 0;
}

#endif
