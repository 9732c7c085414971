/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: condition.h - rows with a condition, disarmed while it does not hold
 *
 * A handler that may have changed a condition calls tapir_conditions_changed(). A task then looks
 * at all conditions and arms or disarms what changed. Until it has, tapir_fire() asks the condition
 * at each hit: a handler never runs against its row's condition.
 *
 * Function entries, kprobes, returns, tracepoints, timers, counters and watched memory are switched;
 * a file or a packet hook stays and only asks its condition.
 *
 * The work takes tapir_session_lock; tapir_conditions_changed() takes no locks.
 */
#ifndef TAPIR_CONDITION_H
#define TAPIR_CONDITION_H

#include <linux/workqueue.h>
#include "context.h"

/* How soon the work looks, in jiffies: conditions that flicker cost no more than this. */
#define TAPIR_CONDITION_DELAY 1

static struct irq_work tapir_condition_irq;
static struct delayed_work tapir_condition_work;

/* From any context: a handler has written what a condition reads. */
static notrace __maybe_unused void tapir_conditions_changed(void)
{
	if (READ_ONCE(tapir_state) == TAPIR_RUNNING)
		irq_work_queue(&tapir_condition_irq);
}

static void tapir_condition_wake(struct irq_work *work)
{
	schedule_delayed_work(&tapir_condition_work, TAPIR_CONDITION_DELAY);
}

/* Does the row's condition hold? Asked in a context of this CPU, as a hit would. */
static bool tapir_condition_holds(const struct tapir_row *row)
{
	struct tapir_ctx *c;
	bool holds;

	if (!row->condition)
		return true;
	preempt_disable_notrace();
	c = this_cpu_ptr(&tapir_cpus)->context[0];
	c->busy = 1;
	barrier();
	c->row = row;
	c->actions = MAXACTION;
	holds = row->condition(c);
	c->error = NULL;
	c->error_site = NULL;
	barrier();
	c->busy = 0;
	preempt_enable_notrace();
	return holds;
}

/* Brings one row to what is wanted; what fails stays as it is and is asked at its hits. */
static int tapir_condition_switch(struct tapir_row *row, bool off)
{
	switch (row->family) {
#if defined(TAPIR_HAVE_KPROBE) || defined(TAPIR_HAVE_FUNCTION)
	case TAPIR_KPROBE:
	case TAPIR_FUNCTION:
		/* Function entries that are ftrace sites were switched together. */
		return row->arm ? tapir_kprobe_switch(row, off) : -EAGAIN;
#endif
#ifdef TAPIR_HAVE_RETURN
	case TAPIR_RETURN:
		return tapir_return_switch(row, off);
#endif
#ifdef TAPIR_HAVE_TRACE
	case TAPIR_TRACE:
		return tapir_trace_switch(row, off);
#endif
#ifdef TAPIR_HAVE_TIMER
	case TAPIR_TIMER:
	case TAPIR_JIFFIES:
	case TAPIR_PROFILE:
		return tapir_timer_switch(row, off);
#endif
#ifdef TAPIR_HAVE_PERF
	case TAPIR_PERF:
		return tapir_perf_switch(row, off);
#endif
#ifdef TAPIR_HAVE_DATA
	case TAPIR_DATA:
		return tapir_data_switch(row, off);
#endif
	default:
		return -EOPNOTSUPP;
	}
}

/* Looks at all conditions; tapir_session_lock is held and everything was armed. */
static void tapir_conditions_apply(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		rows[i].unwanted = rows[i].armed && !tapir_condition_holds(&rows[i]);
#ifdef TAPIR_HAVE_FUNCTION
	tapir_function_switch_all(rows, count);
#endif
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];

		if (!row->armed || row->off == row->unwanted)
			continue;
		if (!tapir_condition_switch(row, row->unwanted))
			row->off = row->unwanted;
		cond_resched();
	}
}

#endif /* TAPIR_CONDITION_H */
