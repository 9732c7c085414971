// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The other families, errors, re-entry, and a row that cannot be armed. */
#define TAPIR_HAVE_TIMER
#define TAPIR_HAVE_FUNCTION
#define TAPIR_HAVE_KPROBE
#define TAPIR_HAVE_TRACE
#define MAXERRORS 2
#include "tapir.h"

union tapir_frames {
	s64 n;
};
struct tapir_entry {
	s64 unused;
};
#include "context.h"

static int hits[16];

static void handler_count(struct tapir_ctx *c)
{
	hits[c->row->index]++;
}

static void handler_print(struct tapir_ctx *c)
{
	hits[c->row->index]++;
	memcpy(tapir_out(c, 2), "p\n", 2);
}

static void handler_fail(struct tapir_ctx *c)
{
	hits[c->row->index]++;
	tapir_warn(c, "about to fail");
	c->error = "division by 0";
	c->error_site = "identifier 'x' at t.stp:1:2";
}

static struct tapir_row tapir_rows[];

static void handler_last(struct tapir_ctx *c)
{
	int i;

	for (i = 0; i < 10; i++) {
		char *at = tapir_out(c, 256);

		tapir_out_undo(c, 256 - scnprintf(at, 256, "%s: %d hits %d\n", c->row->name, i,
						  hits[i]));
	}
}

static notrace void trace_switch(void *row, bool preempt, struct task_struct *prev,
				 struct task_struct *next, unsigned int state)
{
	u64 args[] = { preempt, (u64)prev, (u64)next, state };

	tapir_trace_hit(row, handler_print, args);
}

static struct tapir_row tapir_rows[] = {
	{ .family = TAPIR_END, .point = "end", .name = "end", .handler = handler_last },
	{ .family = TAPIR_ERROR, .point = "error", .name = "error", .handler = handler_last },
	{ .family = TAPIR_JIFFIES, .point = "jiffies", .name = "jiffies",
	  .handler = handler_count, .interval = 10, .random = 5 },
	{ .family = TAPIR_PROFILE, .point = "profile", .name = "profile",
	  .handler = handler_count },
	{ .family = TAPIR_KPROBE, .point = "kernel.statement", .name = "statement",
	  .symbol = "vfs_read", .handler = handler_count },
	{ .family = TAPIR_FUNCTION, .point = "kernel.function(\"vfs_read\")",
	  .name = "f", .symbol = "vfs_read", .handler = handler_count },
	{ .family = TAPIR_FUNCTION, .point = "kernel.function(\"vfs_write\")",
	  .name = "f", .symbol = "vfs_write", .handler = handler_count },
	{ .family = TAPIR_FUNCTION, .point = "kernel.function(\"no_such\")",
	  .name = "f", .symbol = "no_such", .handler = handler_count },
	{ .family = TAPIR_TIMER, .point = "timer", .name = "timer", .interval = 300000000,
	  .random = 1000000, .handler = handler_fail },
	{ .family = TAPIR_TRACE, .point = "kernel.trace(\"sched_switch\")",
	  .name = "t", .symbol = "sched_switch", .handler = handler_count, .probe = trace_switch },
};

#include "module.h"
