/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: session.h - the life of a session, and the way into and out of a handler
 *
 * Offers tapir_fire(), through which every family runs its handlers, and the session's states:
 * begin probes, running, exit() or an error, end or error probes, summary. Errors and skipped
 * probes are counted against MAXERRORS and MAXSKIPPED here.
 *
 * tapir_fire() takes no locks.
 */
#ifndef TAPIR_SESSION_H
#define TAPIR_SESSION_H

#include "transport.h"

static struct tapir_ctx *tapir_exclusive;	/* begin, end and error probes */
static atomic_t tapir_errors = ATOMIC_INIT(0);
static atomic_t tapir_skips = ATOMIC_INIT(0);
static bool tapir_skipped_too_many;	/* said when the session stops */
static bool tapir_last;			/* error probes run; exit() in one leaves out the rest */

/* Ends the session from any context: the reader is woken and issues TAPIR_IOC_STOP. */
static void tapir_request_stop(int state)
{
	int old = READ_ONCE(tapir_state);

	while (old == TAPIR_STARTING || old == TAPIR_RUNNING ||
	       (old == TAPIR_STOPPING && state == TAPIR_FAILED) ||
	       (old == TAPIR_FAILED && state == TAPIR_STOPPING && READ_ONCE(tapir_last))) {
		int seen = cmpxchg(&tapir_state, old, state);

		if (seen == old)
			break;
		old = seen;
	}
	preempt_disable_notrace();
	WRITE_ONCE(tapir_reader_waits, 0);
	irq_work_queue(&this_cpu_ptr(&tapir_cpus)->wake);
	preempt_enable_notrace();
}

/* Composes the message of an error in the print buffer, which is empty. Returns its length. */
static noinline __maybe_unused u32 tapir_error_line(struct tapir_ctx *c, const char *error,
						    const char *site)
{
	char *line = c->out;
	u32 length = scnprintf(line, TAPIR_MESSAGE_MAX, "ERROR: %s%s%s%.*s in probe %s", error,
			       site ? " near " : "", site ? site : "", (int)c->error_calls,
			       c->error_chain, c->row->point);

	line[length++] = '\n';
	return length;
}

/*
 * Takes the pending error of @c. Returns the length of its message in the print buffer, 0 for an
 * abort.
 */
static noinline u32 tapir_take_error(struct tapir_ctx *c)
{
	const char *error = c->error;
	const char *site = c->error_site;

	c->error = NULL;
	c->error_site = NULL;
	tapir_flush(c);
	return error == tapir_aborted ? 0 : tapir_error_line(c, error, site);
}

/* Prints the message of an error and counts it. */
static void tapir_count_error(struct tapir_ctx *c, const char *line, u32 length)
{
#ifndef TAPIR_SUPPRESS_HANDLER_ERRORS
	tapir_send(c, TAPIR_REC_ERROR, line, length);
	if (atomic_inc_return(&tapir_errors) > MAXERRORS)
		tapir_request_stop(TAPIR_FAILED);
#else
	atomic_inc(&tapir_errors);
#endif
}

/* Prints the pending error of @c and counts it. */
static noinline void tapir_report_error(struct tapir_ctx *c)
{
	u32 length = tapir_take_error(c);

	if (length)
		tapir_count_error(c, c->out, length);
}

/* Says why the session fails; from a context that is ours. */
static noinline __maybe_unused void tapir_fail(struct tapir_ctx *c, const char *why)
{
	if (READ_ONCE(tapir_state) != TAPIR_FAILED)
		tapir_emit(c, TAPIR_REC_ERROR, why, strlen(why));
	tapir_request_stop(TAPIR_FAILED);
}

static noinline notrace __maybe_unused void tapir_count_skip(void)
{
#ifndef TAPIR_SUPPRESS_HANDLER_ERRORS
	if (atomic_inc_return(&tapir_skips) > MAXSKIPPED) {
		WRITE_ONCE(tapir_skipped_too_many, true);
		tapir_request_stop(TAPIR_FAILED);
	}
#else
	atomic_inc(&tapir_skips);
#endif
}

/* A hit that finds its context in use. It has no context to print from. */
static noinline notrace __maybe_unused void tapir_skip(struct tapir_cpu *here, const struct tapir_row *row)
{
	here->hits[row->index].nesting++;
	tapir_count_skip();
}

#ifndef TAPIR_NO_OVERLOAD
static noinline __maybe_unused void tapir_overload(struct tapir_ctx *c, struct tapir_cpu *here)
{
	if (READ_ONCE(tapir_state) == TAPIR_FAILED)
		return;
	tapir_flush(c);
	tapir_send(c, TAPIR_REC_ERROR, c->out,
		   scnprintf(c->out, TAPIR_OUT_MAX, "ERROR: probe overhead (%lld cycles) exceeded "
			     "threshold (%lld cycles) in last %lld cycles\n", (s64)here->spent,
			     (s64)STP_OVERLOAD_THRESHOLD, (s64)STP_OVERLOAD_INTERVAL));
	atomic_inc(&tapir_errors);
	tapir_request_stop(TAPIR_FAILED);
}
#endif

/* A handler that could not get the locks of its globals; it did nothing. Called by generated code. */
static noinline __maybe_unused void tapir_skip_lock(struct tapir_ctx *c)
{
	struct tapir_hits *hits = &this_cpu_ptr(&tapir_cpus)->hits[c->row->index];

	hits->handled--;
	hits->lock++;
	tapir_count_skip();
}

static __always_inline unsigned int tapir_level(void)
{
	unsigned int count = preempt_count();

	if (likely(!(count & (NMI_MASK | HARDIRQ_MASK | SOFTIRQ_OFFSET))))
		return 0;
	return count & NMI_MASK ? 3 : count & HARDIRQ_MASK ? 2 : 1;
}

#include "record.h"

/**
 * tapir_enter() - take the context for a hit
 * @cpu: receives this CPU's state
 * @row: the row that fired
 * @count: it counts as a handled hit
 *
 * Return: the context with preemption off, to be given back with tapir_leave(); or NULL, and the
 * hit is over.
 */
static __always_inline struct tapir_ctx *tapir_enter(struct tapir_cpu **cpu,
						     const struct tapir_row *row, bool count)
{
	struct tapir_cpu *here;
	struct tapir_ctx *c;

	preempt_disable_notrace();
	here = this_cpu_ptr(&tapir_cpus);
	*cpu = here;
	if (unlikely(READ_ONCE(tapir_state) != TAPIR_RUNNING))
		goto out;
	c = here->context[tapir_level()];
	if (unlikely(c->busy)) {
		tapir_skip(here, row);
		goto out;
	}
	c->busy = 1;
	barrier();
	if (count)
		here->hits[row->index].handled++;
	c->row = row;
	c->actions = MAXACTION_INTERRUPTIBLE;
	return c;
out:
	preempt_enable_notrace();
	return NULL;
}

/** tapir_leave() - print what is pending, report an error, give the context back. */
static __always_inline void tapir_leave(struct tapir_ctx *c)
{
	if (unlikely(c->error))
		tapir_report_error(c);
	if (c->out_length)
		tapir_flush(c);
	tapir_turn_end(c);
	barrier();
	c->busy = 0;
	preempt_enable_notrace();
}

#ifdef TAPIR_HAVE_CALLER
/* At the entry of a function: does it return into the code that the row names? */
static __always_inline bool tapir_called_by(const struct tapir_row *row, struct pt_regs *regs)
{
	unsigned long from;

	if (!row->caller)
		return true;
	if (!regs || !row->caller_address ||
	    copy_from_kernel_nofault(&from, (void *)kernel_stack_pointer(regs), sizeof(from)))
		return false;
	return from - row->caller_address < row->caller_size;
}
#endif

/* The row's condition holds, or it has none; the call came from where the row says. */
static __always_inline bool tapir_wanted(struct tapir_ctx *c, const struct tapir_row *row)
{
#ifdef TAPIR_HAVE_CALLER
	if (row->family != TAPIR_RETURN && !tapir_called_by(row, c->regs))
		return false;
#endif
#ifdef TAPIR_HAVE_CONDITION
	return !row->condition || row->condition(c);
#else
	return true;
#endif
}

/* -t: how long handlers take. */
#ifdef STP_TIMING
static __always_inline u64 tapir_time_begin(void)
{
	return get_cycles();
}

static inline void tapir_time_end(struct tapir_hits *hits, u64 begun)
{
	u64 took = get_cycles() - begun;

	if (!hits->timed || took < hits->least)
		hits->least = took;
	if (took > hits->most)
		hits->most = took;
	hits->cycles += took;
	hits->timed++;
}
#else
static __always_inline u64 tapir_time_begin(void)
{
	return 0;
}

static __always_inline void tapir_time_end(struct tapir_hits *hits, u64 begun)
{
}
#endif

/**
 * tapir_fire() - run a handler for a hit
 * @row: the row that fired
 * @handler: row->handler, a constant where the caller knows it
 * @regs: registers or NULL
 * @args: tracepoint arguments or NULL
 * @entry: what the entry handler saved or NULL
 * @count: it counts as a handled hit (the entry handler of a return probe does not)
 *
 * Return: true if the handler ran to its end without an error.
 */
static __always_inline bool tapir_fire(const struct tapir_row *row,
				       void (*handler)(struct tapir_ctx *), struct pt_regs *regs,
				       const u64 *args, struct tapir_entry *entry, bool count)
{
	struct tapir_cpu *here;
	struct tapir_ctx *c;
	bool good;
#ifndef TAPIR_NO_OVERLOAD
	tapir_cycles start = (tapir_cycles)get_cycles();
#endif

	c = tapir_enter(&here, row, count);
	if (!c)
		return false;
	c->regs = regs;
	c->args = args;
	c->entry = entry;
	tapir_turn_begin(c);
	if (tapir_wanted(c, row)) {
		u64 begun = tapir_time_begin();

		tapir_event_begin(c, count);
		handler(c);
		tapir_event_end(c);
		if (count)
			tapir_time_end(&here->hits[row->index], begun);
	}
#ifndef TAPIR_NO_OVERLOAD
	{
		tapir_cycles now = (tapir_cycles)get_cycles();

		if (unlikely((tapir_cycles)(now - here->since) > STP_OVERLOAD_INTERVAL)) {
			if (here->spent > STP_OVERLOAD_THRESHOLD)
				tapir_overload(c, here);
			here->since = now;
			here->spent = 0;
		}
		here->spent += (tapir_cycles)(now - start);
	}
#endif
	good = !c->error;
	tapir_leave(c);
	return good;
}

/**
 * tapir_fire_light() - run a handler that needs no context, for a hit
 * @row: the row that fired; it has no condition
 * @handler: ends after a few instructions, may be interrupted by itself
 *
 * Nothing is taken, so no hit is skipped because of another.
 */
static __always_inline __maybe_unused void tapir_fire_light(const struct tapir_row *row,
							    void (*handler)(struct tapir_ctx *))
{
	preempt_disable_notrace();
	if (likely(READ_ONCE(tapir_state) == TAPIR_RUNNING)) {
		this_cpu_read(tapir_cpus.hits)[row->index].handled++;
		handler(NULL);
	}
	preempt_enable_notrace();
}

/** tapir_trace_hit() - what the typed function of a tracepoint row calls. */
static __always_inline __maybe_unused void tapir_trace_hit(void *row,
							   void (*handler)(struct tapir_ctx *),
							   const u64 *args)
{
	tapir_fire(row, handler, NULL, args, NULL, true);
}

/*
 * Notes whether a row was armed; a failure is a warning, and nothing for an optional row. @why is
 * what the error means, or NULL.
 */
static __maybe_unused void tapir_arm_refused(struct tapir_row *row, int rc, const char *why)
{
	struct tapir_ctx *c = tapir_exclusive;

	row->armed = !rc;
	if (!rc || row->optional)
		return;
	tapir_flush(c);
	tapir_send(c, TAPIR_REC_WARN, c->out,
		   scnprintf(c->out, TAPIR_OUT_MAX, "WARNING: probe %s registration error "
			     "[man warning::pass5] (rc %d)%s%s\n", row->point, rc,
			     why ? ": " : "", why ?: ""));
}

static __maybe_unused void tapir_arm_failed(struct tapir_row *row, int rc)
{
	tapir_arm_refused(row, rc, NULL);
}

/* Of probes that run in one go only the last error counts: it waits here for the others. */
static struct {
	char line[TAPIR_MESSAGE_MAX];
	u32 length;
} tapir_held_error;

static void tapir_hold_error(struct tapir_ctx *c)
{
	u32 length = tapir_take_error(c);

	if (!length)
		return;
	memcpy(tapir_held_error.line, c->out, length);
	tapir_held_error.length = length;
}

static void tapir_report_held_error(struct tapir_ctx *c)
{
	if (tapir_held_error.length)
		tapir_count_error(c, tapir_held_error.line, tapir_held_error.length);
	tapir_held_error.length = 0;
}

/* Runs the rows of @family in order, alone, in the calling task. */
static void tapir_run_all(struct tapir_row *rows, unsigned int count, enum tapir_family family,
			  int while_state)
{
	struct tapir_ctx *c = tapir_exclusive;
	struct tapir_hits *hits;
	s64 from = S64_MIN;
	bool more = true, aborted = false;
	u64 begun;

	while (more) {
		s64 next = S64_MAX;
		unsigned int i;

		more = false;
		for (i = 0; i < count; i++) {
			struct tapir_row *row = &rows[i];

			if (row->family != family || row->order < from)
				continue;
			if (row->order > from) {
				next = min(next, row->order);
				more = true;
				continue;
			}
			if (READ_ONCE(tapir_state) != while_state && (!row->joined || aborted))
				return;
			c->row = row;
			c->regs = NULL;
			c->args = NULL;
			c->entry = NULL;
			c->actions = MAXACTION_INTERRUPTIBLE;
			c->busy = 1;
			begun = tapir_time_begin();
			if (tapir_wanted(c, row)) {
				tapir_event_begin(c, true);
				row->handler(c);
				tapir_event_end(c);
			}
			preempt_disable_notrace();
			hits = &this_cpu_ptr(&tapir_cpus)->hits[row->index];
			hits->handled++;
			tapir_time_end(hits, begun);
			preempt_enable_notrace();
			aborted |= c->error == tapir_aborted;
			if (c->error)
				tapir_hold_error(c);
			tapir_flush(c);
			if (i + 1 == count || !rows[i + 1].joined)
				tapir_report_held_error(c);
			c->busy = 0;
			cond_resched();
		}
		from = next;
	}
}

static void tapir_free_contexts(void)
{
	int cpu, level;

	for_each_possible_cpu(cpu) {
		struct tapir_cpu *here = per_cpu_ptr(&tapir_cpus, cpu);

		for (level = 0; level < TAPIR_LEVELS; level++) {
			kvfree(here->context[level]);
			here->context[level] = NULL;
		}
		kvfree(here->hits);
		here->hits = NULL;
	}
	kvfree(tapir_exclusive);
	tapir_exclusive = NULL;
}

static int tapir_make_contexts(unsigned int rows)
{
	int cpu, level;

	tapir_exclusive = kvzalloc(sizeof(struct tapir_ctx), GFP_KERNEL);
	if (!tapir_exclusive)
		return -ENOMEM;
	tapir_exclusive->exclusive = 1;
	for_each_possible_cpu(cpu) {
		struct tapir_cpu *here = per_cpu_ptr(&tapir_cpus, cpu);

		here->hits = kvcalloc(max(rows, 1u), sizeof(struct tapir_hits), GFP_KERNEL);
		if (!here->hits)
			goto fail;
		for (level = 0; level < TAPIR_LEVELS; level++) {
			here->context[level] = kvzalloc_node(sizeof(struct tapir_ctx), GFP_KERNEL,
							     cpu_to_node(cpu));
			if (!here->context[level])
				goto fail;
			here->context[level]->level = level;
		}
	}
	return 0;
fail:
	tapir_free_contexts();
	return -ENOMEM;
}

#endif /* TAPIR_SESSION_H */
