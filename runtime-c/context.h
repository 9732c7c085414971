/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: context.h - what a running handler has at hand
 *
 * One context per CPU and nesting level (task, softirq, hard IRQ, NMI), and one more for begin,
 * end and error probes. Offers struct tapir_ctx, the print buffer (tapir_out(), tapir_flush()),
 * tapir_warn(), tapir_error_text(), tapir_exit(). Takes no lock.
 *
 * The generated file has declared `union tapir_frames` and `struct tapir_entry` before.
 *
 * Handlers of begin, end and error run alone, in a task, with preemption on (c->exclusive):
 * nothing is armed then, so they take no locks and may wait for the reader. All others run with
 * preemption off and never wait.
 */
#ifndef TAPIR_CONTEXT_H
#define TAPIR_CONTEXT_H

#include "tapir.h"

/* Frames: handler (0), and functions up to MAXNESTING deep, the deepest first. */
#ifndef TAPIR_FRAMES
#define TAPIR_FRAMES (MAXNESTING + 2)
#endif

/* Longest reservation, and size of the print buffer. */
#define TAPIR_OUT_MAX 8192

/* What one handler may read while it is recorded; a record's length must hold it. */
#define TAPIR_NOTE_MAX 32768

#define TAPIR_LEVELS 4

/**
 * struct tapir_ctx - state of one running handler
 * @busy: a handler runs in this context
 * @exclusive: begin, end or error probe: nothing else runs, no locks needed, may sleep
 * @level: 0 task, 1 softirq, 2 hard IRQ, 3 NMI (and traps of kprobes)
 * @actions: actions left (MAXACTION or MAXACTION_INTERRUPTIBLE); an error at 0
 * @row: the row that fired
 * @regs: registers, or NULL. Function entries without TAPIR_NEED_REGS: argument registers and
 *        stack pointer only
 * @args: tracepoint arguments
 * @error: message of the pending run-time error, NULL for none. Set it last
 * @error_site: literal `identifier 'x' at file:l:c`, or NULL
 * @error_calls: bytes in @error_chain
 * @entry: return probes: what the entry handler saved; or NULL
 * @out_length: bytes in @out
 * @note: see record.h; @note_length is 0 while no handler runs
 * @error_text: room for a formatted message
 * @error_chain: the calls that the error has left, each ` (called from SITE)`
 */
struct tapir_ctx {
	u8 busy;
	u8 exclusive;
	u8 level;
	s32 actions;
	u32 out_length;
	const struct tapir_row *row;
	struct pt_regs *regs;
	const u64 *args;
	const char *error;
	const char *error_site;
	u32 error_calls;
	struct tapir_entry *entry;
	union tapir_frames frames[TAPIR_FRAMES];
	char error_text[MAXSTRINGLEN + 128];
	char error_chain[1024];
#ifdef TAPIR_RECORD
	bool turn; /* see record.h: this handler has it */
	u32 note_length;
	char note[TAPIR_NOTE_MAX] __aligned(8);
#endif
	char out[TAPIR_OUT_MAX + 8] __aligned(8);
};

/* In transport.h: hands the print buffer over as one record. */
static void tapir_flush(struct tapir_ctx *c);
/* In transport.h: one record of another kind; the print buffer goes first. */
static void tapir_emit(struct tapir_ctx *c, int kind, const char *text, u32 length);
/* In session.h: asks for the end of the session. */
static void tapir_request_stop(int state);

#ifdef TAPIR_HAVE_CONDITION
/* In condition.h: a handler has written what a row's condition reads. */
static void tapir_conditions_changed(void);
#endif

/**
 * tapir_out() - reserve room in the output
 * @c: the context
 * @length: at most TAPIR_OUT_MAX
 *
 * Return: where to write exactly @length bytes. Give back with tapir_out_undo() what is not used.
 */
static __always_inline char *tapir_out(struct tapir_ctx *c, u32 length)
{
	char *at;

	if (unlikely(c->out_length + length > TAPIR_OUT_MAX))
		tapir_flush(c);
	at = c->out + c->out_length;
	c->out_length += length;
	return at;
}

/** tapir_out_undo() - give back the last @length bytes of the latest reservation. */
static __always_inline void tapir_out_undo(struct tapir_ctx *c, u32 length)
{
	c->out_length -= length;
}

/** tapir_out_bytes() - append bytes of any length. */
static inline void tapir_out_bytes(struct tapir_ctx *c, const char *text, u32 length)
{
	while (length > TAPIR_OUT_MAX) {
		memcpy(tapir_out(c, TAPIR_OUT_MAX), text, TAPIR_OUT_MAX);
		text += TAPIR_OUT_MAX;
		length -= TAPIR_OUT_MAX;
	}
	memcpy(tapir_out(c, length), text, length);
}

/* Bytes of a warning or an error, its newline too: longer ones are cut, as SystemTap does. */
#define TAPIR_MESSAGE_MAX 384

/** tapir_warn() - print `WARNING: text` on standard error. */
static noinline __maybe_unused void tapir_warn(struct tapir_ctx *c, const char *text)
{
	char *line = c->error_text;
	int length = scnprintf(line, min_t(size_t, sizeof(c->error_text) - 1, TAPIR_MESSAGE_MAX),
			       "WARNING: %s", text);

	if (line[length - 1] != '\n')
		line[length++] = '\n';
	tapir_emit(c, TAPIR_REC_WARN, line, length);
}

/** tapir_error_text() - raise a run-time error with a message that is copied. */
static noinline __maybe_unused void tapir_error_text(struct tapir_ctx *c, const char *text,
						     const char *site)
{
	strscpy(c->error_text, text, sizeof(c->error_text));
	c->error_site = site;
	c->error_calls = 0;
	c->error = c->error_text;
}

/* c->error of a handler that abort() ends: nothing is printed or counted. */
static const char tapir_aborted[] = "";

/** tapir_exit() - the script's exit(): the session ends after this handler. */
static noinline __maybe_unused void tapir_exit(void)
{
	tapir_request_stop(TAPIR_STOPPING);
}

/**
 * tapir_relax() - call now and then in long loops of an exclusive context
 *
 * Return: true if the session is being abandoned and the handler must end.
 */
static bool tapir_relax(struct tapir_ctx *c);

#include "transport.h"
#include "session.h"

#endif /* TAPIR_CONTEXT_H */
