/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_data.h - accesses to kernel memory, by the CPU's debug registers
 *
 * Handlers run in the debug exception after the access, like those of an NMI. The kernel's own
 * limits hold: few registers per CPU, shared with debuggers, aligned places. No locks.
 */
#ifndef TAPIR_PROBE_DATA_H
#define TAPIR_PROBE_DATA_H

#include <linux/perf_event.h>
#include <linux/hw_breakpoint.h>
#include "context.h"

static void tapir_data_hit(struct perf_event *event, struct perf_sample_data *data,
			   struct pt_regs *regs)
{
	struct tapir_row *row = event->overflow_handler_context;

	tapir_fire(row, row->handler, regs, NULL, NULL, true);
}

static const char *tapir_data_why(int rc)
{
	if (rc == -ENOSPC)
		return "all debug registers are in use";
	if (rc == -ENOENT)
		return "the kernel's symbol table does not have this variable";
	if (rc == -EINVAL)
		return "the CPU cannot watch this place, or not so many bytes of it";
	return NULL;
}

static int tapir_data_arm_one(struct tapir_row *row)
{
	const struct tapir_data_spec *spec = row->spec;
	struct perf_event * __percpu *events;
	struct perf_event_attr attr;

	if (!row->address)
		return -ENOENT;
	hw_breakpoint_init(&attr);
	attr.bp_addr = row->address;
	attr.bp_len = spec->length;
	attr.bp_type = HW_BREAKPOINT_W | (spec->reads ? HW_BREAKPOINT_R : 0);
	events = register_wide_hw_breakpoint(&attr, tapir_data_hit, row);
	/* Not IS_ERR_PCPU(), which older kernels lack. */
	if (IS_ERR((void __force *)events))
		return PTR_ERR((void __force *)events);
	row->arm = (void __force *)events;
	return 0;
}

static void tapir_data_arm(struct tapir_row *row)
{
	int rc = tapir_data_arm_one(row);

	tapir_arm_refused(row, rc, tapir_data_why(rc));
}

/* Frees a row's debug registers while its condition does not hold, or takes them again. */
static int __maybe_unused tapir_data_switch(struct tapir_row *row, bool off)
{
	struct perf_event * __percpu *events = (struct perf_event * __percpu * __force)row->arm;
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		struct perf_event *event = *per_cpu_ptr(events, cpu);

		if (!event)
			continue;
		if (off)
			perf_event_disable(event);
		else
			perf_event_enable(event);
	}
	cpus_read_unlock();
	return 0;
}

static void tapir_data_disarm(struct tapir_row *row)
{
	unregister_wide_hw_breakpoint((struct perf_event * __percpu * __force)row->arm);
	row->arm = NULL;
	row->armed = false;
}

#endif /* TAPIR_PROBE_DATA_H */
