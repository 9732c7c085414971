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
 * @node: how CPU hotplug knows the row
 * @row: the row
 * @error: why the first one that failed did, or 0
 * @count: how many there are
 * @event: one per CPU; that of a target process is the first
 */
struct tapir_perf {
	struct hlist_node node;
	struct tapir_row *row;
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
	return perf_event_create_kernel_counter(&attr, cpu, task,
						spec->counter ? NULL : tapir_perf_hit, row);
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
	WRITE_ONCE(perf->event[at], event);
	perf->count++;
}

static void tapir_perf_drop(struct tapir_perf *perf, unsigned int at)
{
	struct perf_event *event = perf->event[at];

	/* Handlers that read it run on the CPU that this task has, so none is under way. */
	WRITE_ONCE(perf->event[at], NULL);
	if (event)
		perf_event_release_kernel(event);
}

static bool tapir_perf_everywhere(const struct tapir_row *row)
{
	return !((const struct tapir_perf_spec *)row->spec)->target;
}

static int tapir_perf_online(unsigned int cpu, struct hlist_node *node)
{
	struct tapir_perf *perf = hlist_entry(node, struct tapir_perf, node);

	tapir_perf_add(perf->row, cpu, cpu, NULL);
	return 0;
}

static int tapir_perf_offline(unsigned int cpu, struct hlist_node *node)
{
	tapir_perf_drop(hlist_entry(node, struct tapir_perf, node), cpu);
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

/* One counter on each CPU, also on those that come later. */
static int tapir_perf_spread(struct tapir_row *row)
{
	struct tapir_perf *perf = row->arm;
	int rc;

	if (!tapir_perf_state) {
		rc = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "tapir:perf", tapir_perf_online,
					     tapir_perf_offline);
		if (rc < 0)
			return rc;
		tapir_perf_state = rc;
	}
	rc = cpuhp_state_add_instance(tapir_perf_state, &perf->node);
	/* A counter that only some CPUs have still counts there. */
	if (rc || perf->count)
		return rc;
	cpuhp_state_remove_instance(tapir_perf_state, &perf->node);
	return perf->error ?: -ENODEV;
}

static int tapir_perf_arm(struct tapir_row *row)
{
	struct tapir_perf *perf = kvzalloc(struct_size(perf, event, nr_cpu_ids), GFP_KERNEL);
	int rc;

	if (!perf)
		return -ENOMEM;
	perf->row = row;
	row->arm = perf;
	rc = tapir_perf_everywhere(row) ? tapir_perf_spread(row) : tapir_perf_target(row);
	if (rc) {
		row->arm = NULL;
		kvfree(perf);
	}
	return rc;
}

static void tapir_perf_disarm(struct tapir_row *row)
{
	struct tapir_perf *perf = row->arm;

	if (tapir_perf_everywhere(row))
		cpuhp_state_remove_instance(tapir_perf_state, &perf->node);
	else
		tapir_perf_drop(perf, 0);
	row->arm = NULL;
	row->armed = false;
	kvfree(perf);
}

static bool tapir_perf_is(const struct tapir_row *row, bool counter)
{
	return row->family == TAPIR_PERF &&
	       ((const struct tapir_perf_spec *)row->spec)->counter == counter;
}

static void tapir_perf_arm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (tapir_perf_is(&rows[i], false)) {
			int rc = tapir_perf_arm(&rows[i]);

			tapir_arm_refused(&rows[i], rc, tapir_perf_why(rc));
		}
	}
}

static void tapir_perf_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (tapir_perf_is(&rows[i], false) && rows[i].arm)
			tapir_perf_disarm(&rows[i]);
}

#ifdef TAPIR_COUNTERS
/* Makes what @perf reads, before any handler runs. */
static void tapir_counters_make(struct tapir_row *rows, unsigned int count)
{
	unsigned int i, number = 0;

	for (i = 0; i < count; i++) {
		struct tapir_perf *perf;
		int rc;

		if (!tapir_perf_is(&rows[i], true))
			continue;
		rc = tapir_perf_arm(&rows[i]);
		tapir_arm_refused(&rows[i], rc, tapir_perf_why(rc));
		perf = rows[i].arm;
		tapir_counters[number++] = perf ? perf->event : NULL;
	}
}

/* After the last handler has run. */
static void tapir_counters_drop(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	memset(tapir_counters, 0, sizeof(tapir_counters));
	for (i = 0; i < count; i++)
		if (tapir_perf_is(&rows[i], true) && rows[i].arm)
			tapir_perf_disarm(&rows[i]);
}
#endif

/* When no row is armed any more. */
static void tapir_perf_end(void)
{
	if (tapir_perf_state)
		cpuhp_remove_multi_state(tapir_perf_state);
	tapir_perf_state = 0;
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
