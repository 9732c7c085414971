/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_timer.h - timers: nanoseconds, jiffies, and every tick of every CPU
 *
 * Nanosecond and profile timers run in hard IRQ, jiffies timers in softirq. Takes no locks.
 */
#ifndef TAPIR_PROBE_TIMER_H
#define TAPIR_PROBE_TIMER_H

#include <linux/hrtimer.h>
#include <linux/timer.h>
#include <linux/jiffies.h>
#include <linux/cpu.h>
#include "context.h"

/** struct tapir_timer - one armed timer. */
struct tapir_timer {
	struct hrtimer precise;
	struct timer_list coarse;
	struct tapir_row *row;
	u32 dice;
};

/* The next interval: the row's, changed by up to its random part. */
static u64 tapir_timer_interval(struct tapir_timer *timer)
{
	struct tapir_row *row = timer->row;
	u64 interval = row->interval;

	if (row->random) {
		u32 x = timer->dice;

		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		timer->dice = x;
		/* 0..2*random in steps fine enough for any interval, without 128-bit arithmetic. */
		interval += mul_u64_u32_shr(2 * row->random + 1, x, 32);
		interval -= min(interval - 1, row->random);
	}
	return max_t(u64, interval, 1);
}

static enum hrtimer_restart tapir_timer_precise(struct hrtimer *hrtimer)
{
	struct tapir_timer *timer = container_of(hrtimer, struct tapir_timer, precise);
	struct tapir_row *row = timer->row;
	u64 interval;

	tapir_fire(row, row->handler, get_irq_regs(), NULL, NULL, true);
	if (READ_ONCE(tapir_state) > TAPIR_RUNNING || READ_ONCE(row->off))
		return HRTIMER_NORESTART;
	interval = row->family == TAPIR_PROFILE ? TICK_NSEC : tapir_timer_interval(timer);
	hrtimer_forward_now(hrtimer, ns_to_ktime(interval));
	return HRTIMER_RESTART;
}

static void tapir_timer_coarse(struct timer_list *list)
{
	struct tapir_timer *timer = container_of(list, struct tapir_timer, coarse);
	struct tapir_row *row = timer->row;

	tapir_fire(row, row->handler, NULL, NULL, NULL, true);
	if (READ_ONCE(tapir_state) <= TAPIR_RUNNING && !READ_ONCE(row->off))
		mod_timer(list, jiffies + tapir_timer_interval(timer));
}

static void tapir_timer_prepare(struct tapir_timer *timer, struct tapir_row *row)
{
	timer->row = row;
	timer->dice = (u32)get_cycles() | 1;
#ifdef TAPIR_COMPAT_HRTIMER_SETUP
	hrtimer_setup(&timer->precise, tapir_timer_precise, CLOCK_MONOTONIC,
		      row->family == TAPIR_PROFILE ? HRTIMER_MODE_REL_PINNED : HRTIMER_MODE_REL);
#else
	hrtimer_init(&timer->precise, CLOCK_MONOTONIC,
		     row->family == TAPIR_PROFILE ? HRTIMER_MODE_REL_PINNED : HRTIMER_MODE_REL);
	timer->precise.function = tapir_timer_precise;
#endif
	timer_setup(&timer->coarse, tapir_timer_coarse, 0);
}

static void tapir_timer_start_here(void *data)
{
	struct tapir_timer *timer = this_cpu_ptr((struct tapir_timer __percpu *)data);

	hrtimer_start(&timer->precise, ns_to_ktime(TICK_NSEC), HRTIMER_MODE_REL_PINNED);
}

static void tapir_timer_start(struct tapir_row *row)
{
	struct tapir_timer *timer = row->arm;

	if (row->family == TAPIR_PROFILE)
		on_each_cpu(tapir_timer_start_here, row->arm, 1);
	else if (row->family == TAPIR_TIMER)
		hrtimer_start(&timer->precise, ns_to_ktime(tapir_timer_interval(timer)),
			      HRTIMER_MODE_REL);
	else
		mod_timer(&timer->coarse, jiffies + tapir_timer_interval(timer));
}

/* Waits for a handler that runs. The callbacks must have a reason not to start the timer again. */
static void tapir_timer_stop(struct tapir_row *row)
{
	struct tapir_timer *timer = row->arm;

	if (row->family == TAPIR_PROFILE) {
		struct tapir_timer __percpu *timers = (void __percpu __force *)row->arm;
		int cpu;

		for_each_possible_cpu(cpu)
			hrtimer_cancel(&per_cpu_ptr(timers, cpu)->precise);
		return;
	}
	hrtimer_cancel(&timer->precise);
#ifdef TAPIR_COMPAT_TIMER_DELETE_SYNC
	timer_delete_sync(&timer->coarse);
#else
	del_timer_sync(&timer->coarse);
#endif
}

/* Stops a row's timer for as long as its condition does not hold, or starts it again. */
static int __maybe_unused tapir_timer_switch(struct tapir_row *row, bool off)
{
	WRITE_ONCE(row->off, off);
	if (off)
		tapir_timer_stop(row);
	else
		tapir_timer_start(row);
	return 0;
}

static int tapir_timer_arm(struct tapir_row *row)
{
	struct tapir_timer *timer;

	if (row->family == TAPIR_PROFILE) {
		struct tapir_timer __percpu *timers = alloc_percpu(struct tapir_timer);
		int cpu;

		if (!timers)
			return -ENOMEM;
		for_each_possible_cpu(cpu)
			tapir_timer_prepare(per_cpu_ptr(timers, cpu), row);
		row->arm = (void __force *)timers;
	} else {
		timer = kzalloc(sizeof(*timer), GFP_KERNEL);
		if (!timer)
			return -ENOMEM;
		tapir_timer_prepare(timer, row);
		row->arm = timer;
	}
	tapir_timer_start(row);
	return 0;
}

static void tapir_timer_disarm(struct tapir_row *row)
{
	tapir_timer_stop(row);
	if (row->family == TAPIR_PROFILE)
		free_percpu((void __percpu __force *)row->arm);
	else
		kfree(row->arm);
	row->arm = NULL;
}

#endif /* TAPIR_PROBE_TIMER_H */
