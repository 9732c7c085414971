/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_perf.h - counters of hardware and software events
 *
 * One counter per CPU, also on CPUs that come later; or one for the target process. Handlers run
 * where the kernel counts: NMI for hardware events, hard IRQ for clocks, any context for the rest.
 *
 * Arming takes the CPU hotplug lock inside tapir_session_lock. Handlers take no locks.
 */
#ifndef TAPIR_PROBE_PERF_H
#define TAPIR_PROBE_PERF_H

#include <linux/perf_event.h>
#include <linux/cpuhotplug.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include "context.h"

/**
 * struct tapir_perf - the counters of one row
 * @error: why the first one that failed did, or 0
 * @count: how many there are
 * @event: one per CPU; that of a target process is the first
 */
struct tapir_perf {
	int error;
	unsigned int count;
	struct perf_event *event[];
};

static int tapir_perf_state;	/* of CPU hotplug; 0 for none */

static void tapir_perf_hit(struct perf_event *event, struct perf_sample_data *data,
			   struct pt_regs *regs)
{
	struct tapir_row *row = event->overflow_handler_context;

	tapir_fire(row, row->handler, regs, NULL, NULL, true);
}

static struct perf_event *tapir_perf_create(struct tapir_row *row, int cpu,
					    struct task_struct *task)
{
	const struct tapir_perf_spec *spec = row->spec;
	struct perf_event_attr attr = {
		.type = spec->type,
		.size = sizeof(attr),
		.config = spec->config,
		.freq = spec->rate,
		/* A CPU that comes while the row's condition does not hold. */
		.disabled = row->off,
		.inherit = !!task,
	};

	if (spec->rate)
		attr.sample_freq = spec->period;
	else
		attr.sample_period = spec->period;
	return perf_event_create_kernel_counter(&attr, cpu, task, tapir_perf_hit, row);
}

static void tapir_perf_add(struct tapir_row *row, unsigned int at, int cpu,
			   struct task_struct *task)
{
	struct tapir_perf *perf = row->arm;
	struct perf_event *event = tapir_perf_create(row, cpu, task);

	if (IS_ERR(event)) {
		if (!perf->error)
			perf->error = PTR_ERR(event);
		return;
	}
	perf->event[at] = event;
	perf->count++;
}

static void tapir_perf_drop(struct tapir_perf *perf, unsigned int at)
{
	if (perf->event[at])
		perf_event_release_kernel(perf->event[at]);
	perf->event[at] = NULL;
}

static bool tapir_perf_everywhere(const struct tapir_row *row)
{
	return row->family == TAPIR_PERF && row->arm &&
	       !((const struct tapir_perf_spec *)row->spec)->target;
}

static int tapir_perf_online(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++)
		if (tapir_perf_everywhere(&tapir_rows[i]))
			tapir_perf_add(&tapir_rows[i], cpu, cpu, NULL);
	return 0;
}

static int tapir_perf_offline(unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++)
		if (tapir_perf_everywhere(&tapir_rows[i]))
			tapir_perf_drop(tapir_rows[i].arm, cpu);
	return 0;
}

static int tapir_perf_target(struct tapir_row *row)
{
	struct pid *pid = tapir_target ? find_get_pid(tapir_target) : NULL;
	struct task_struct *task = pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
	struct tapir_perf *perf = row->arm;

	put_pid(pid);
	if (!task)
		return -ESRCH;
	tapir_perf_add(row, 0, -1, task);
	put_task_struct(task);
	return perf->error;
}

static const char *tapir_perf_why(int rc)
{
	if (rc == -ESRCH)
		return "no process to count for: -c or -x gives one";
	if (rc == -ENOENT || rc == -EOPNOTSUPP || rc == -ENODEV)
		return "this machine has no counter for these events";
	return NULL;
}

/* Notes what came of a row, and gives back what a failed one holds. */
static void tapir_perf_armed(struct tapir_row *row, int rc)
{
	struct tapir_perf *perf = row->arm;

	/* A counter that only some CPUs have still counts there. */
	if (!rc && perf && !perf->count)
		rc = perf->error ?: -ENODEV;
	if (rc) {
		row->arm = NULL;
		kvfree(perf);
	}
	tapir_arm_refused(row, rc, tapir_perf_why(rc));
}

static void tapir_perf_arm_all(struct tapir_row *rows, unsigned int count)
{
	bool everywhere = false;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < count; i++) {
		if (rows[i].family != TAPIR_PERF)
			continue;
		rows[i].arm = kvzalloc(struct_size((struct tapir_perf *)NULL, event, nr_cpu_ids),
				       GFP_KERNEL);
		everywhere |= tapir_perf_everywhere(&rows[i]);
	}
	if (everywhere)
		rc = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "tapir:perf", tapir_perf_online,
				       tapir_perf_offline);
	tapir_perf_state = max(rc, 0);
	for (i = 0; i < count; i++) {
		if (rows[i].family != TAPIR_PERF)
			continue;
		if (!rows[i].arm)
			tapir_perf_armed(&rows[i], -ENOMEM);
		else if (tapir_perf_everywhere(&rows[i]))
			tapir_perf_armed(&rows[i], min(rc, 0));
		else
			tapir_perf_armed(&rows[i], tapir_perf_target(&rows[i]));
	}
}

static void tapir_perf_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	if (tapir_perf_state)
		cpuhp_remove_state(tapir_perf_state);
	tapir_perf_state = 0;
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];

		if (row->family != TAPIR_PERF || !row->arm)
			continue;
		tapir_perf_drop(row->arm, 0);
		kvfree(row->arm);
		row->arm = NULL;
		row->armed = false;
	}
}

/* Stops a row's counters for as long as its condition does not hold, or starts them again. */
static int __maybe_unused tapir_perf_switch(struct tapir_row *row, bool off)
{
	struct tapir_perf *perf = row->arm;
	int cpu;

	cpus_read_lock();
	row->off = off;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!perf->event[cpu])
			continue;
		if (off)
			perf_event_disable(perf->event[cpu]);
		else
			perf_event_enable(perf->event[cpu]);
	}
	cpus_read_unlock();
	return 0;
}

#endif /* TAPIR_PROBE_PERF_H */
