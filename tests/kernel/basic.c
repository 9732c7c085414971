// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Every family once, by hand: what the emitter makes, without the emitter. */
#define TAPIR_HAVE_TIMER
#define TAPIR_HAVE_FUNCTION
#define TAPIR_HAVE_RETURN
#define TAPIR_HAVE_TRACE
#include "tapir.h"

union tapir_frames {
	s64 n;
};
struct tapir_entry {
	s64 size;
};
#include "context.h"

static s64 reads, returns, switches, ticks;

static void put(struct tapir_ctx *c, const char *text)
{
	tapir_out_bytes(c, text, strlen(text));
}

static void put_count(struct tapir_ctx *c, const char *name, s64 n)
{
	char *at = tapir_out(c, 64);

	tapir_out_undo(c, 64 - scnprintf(at, 64, "%s %s\n", name, n > 0 ? "some" : "none"));
}

static void handler_begin(struct tapir_ctx *c)
{
	put(c, "hello world\n");
}

static void handler_read(struct tapir_ctx *c)
{
	if (c->regs->di && c->regs->si)
		reads++;
}

static void entry_read(struct tapir_ctx *c)
{
	c->entry->size = c->regs->dx;
}

static void handler_return(struct tapir_ctx *c)
{
	if ((s64)c->regs->ax >= 0 && c->regs->ax <= c->entry->size)
		returns++;
}

static void handler_switch(struct tapir_ctx *c)
{
	switches += c->args[1] != c->args[2];
}

static void handler_tick(struct tapir_ctx *c)
{
	put(c, "tick\n");
	if (++ticks == 3)
		tapir_exit();
}

static void handler_end(struct tapir_ctx *c)
{
	put_count(c, "reads", reads);
	put_count(c, "returns", returns);
	put_count(c, "switches", switches);
}

static notrace void trace_switch(void *row, bool preempt, struct task_struct *prev,
				 struct task_struct *next, unsigned int state)
{
	u64 args[] = { preempt, (u64)prev, (u64)next, state };

	tapir_trace_hit(row, handler_switch, args);
}

static struct tapir_row tapir_rows[] = {
	{ .family = TAPIR_BEGIN, .point = "begin", .name = "begin", .handler = handler_begin },
	{ .family = TAPIR_END, .point = "end", .name = "end", .handler = handler_end },
	{ .family = TAPIR_TIMER, .point = "timer.ms(200)", .name = "timer.ms(200)",
	  .handler = handler_tick, .interval = 200000000 },
	{ .family = TAPIR_FUNCTION, .point = "kernel.function(\"vfs_read\")",
	  .name = "kernel.function(\"vfs_read\")", .symbol = "vfs_read", .handler = handler_read },
	{ .family = TAPIR_RETURN, .point = "kernel.function(\"vfs_read\").return",
	  .name = "kernel.function(\"vfs_read\").return", .symbol = "vfs_read",
	  .handler = handler_return, .entry = entry_read },
	{ .family = TAPIR_TRACE, .point = "kernel.trace(\"sched_switch\")",
	  .name = "kernel.trace(\"sched_switch\")", .symbol = "sched_switch",
	  .handler = handler_switch, .probe = trace_switch },
};

#include "module.h"
