/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: counter.h - what @perf reads: counters of events on this CPU
 *
 * probe_perf.h makes them before begin probes run and gives them back after end probes.
 * Takes no locks.
 */
#ifndef TAPIR_COUNTER_H
#define TAPIR_COUNTER_H

#include <linux/irqflags.h>
#include <linux/perf_event.h>
#include <linux/smp.h>

/* One per CPU of each counter; NULL for a counter that could not be made. */
static struct perf_event **tapir_counters[TAPIR_COUNTERS];

/**
 * tapir_counter_read() - how many events a counter has seen on this CPU
 * @number: of the counter
 * @value: receives it
 *
 * The kernel's perf_event_read_local() is not exported, and perf_event_read_value() sleeps. As in
 * the former, nothing can move the counter off this CPU while interrupts are off, and what only
 * this CPU changes may be read in any context, NMI too.
 *
 * Return: false if this CPU has no such counter.
 */
static notrace bool tapir_counter_read(unsigned int number, s64 *value)
{
	struct perf_event **events = READ_ONCE(tapir_counters[number]);
	struct perf_event *event;
	unsigned long flags;

	if (!events)
		return false;
	raw_local_irq_save(flags);
	event = READ_ONCE(events[raw_smp_processor_id()]);
	if (event) {
		/* Else it waits for its turn in the hardware, and its count is up to date. */
		if (READ_ONCE(event->oncpu) == raw_smp_processor_id())
			event->pmu->read(event);
		*value = local64_read(&event->count);
	}
	raw_local_irq_restore(flags);
	return event;
}

#endif /* TAPIR_COUNTER_H */
