/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_trace.h - tracepoints of the kernel and its modules
 *
 * A row's `probe` is a function with the tracepoint's own types, emitted as
 *
 *	static notrace void tapir_trace_N(void *row, TYPE1 a, TYPE2 b)
 *	{
 *		u64 args[] = { (u64)a, (u64)b };
 *
 *		tapir_trace_hit(row, handler, args);
 *	}
 *
 * tapir_trace_hit() is in context of whoever calls it; it disables preemption itself. No locks.
 */
#ifndef TAPIR_PROBE_TRACE_H
#define TAPIR_PROBE_TRACE_H

#include <linux/tracepoint.h>
#include "context.h"

/*
 * A tracepoint row's @arm is its tracepoint as long as that is loaded; @armed says that the row is
 * armed, or was and is @off for its condition. tapir_session_lock guards both.
 */
static int tapir_trace_register(struct tapir_row *row)
{
	return row->off ? 0 : tracepoint_probe_register(row->arm, row->probe, row);
}

static bool tapir_trace_in(const struct tapir_row *row, const char *module)
{
	return row->module ? module && !strcmp(row->module, module) : !module;
}

/* Of each tracepoint of the kernel image. */
static void tapir_trace_found(struct tracepoint *tp, void *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++) {
		struct tapir_row *row = &tapir_rows[i];

		if (row->family == TAPIR_TRACE && !row->arm && tapir_trace_in(row, NULL) &&
		    !strcmp(row->symbol, tp->name))
			row->arm = tp;
	}
}

static void tapir_trace_arm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for_each_kernel_tracepoint(tapir_trace_found, NULL);
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];

		if (row->family != TAPIR_TRACE)
			continue;
		/* A module's tracepoint is armed when the module comes. */
		if (row->arm || !row->module)
			tapir_arm_failed(row, row->arm ? tapir_trace_register(row) : -ENOENT);
	}
}

#ifdef CONFIG_MODULES
static void tapir_trace_came(struct tapir_row *row, struct tracepoint *tp)
{
	row->arm = tp;
	if (tapir_armed)
		tapir_arm_failed(row, tapir_trace_register(row));
}

static void tapir_trace_goes(struct tapir_row *row)
{
	if (row->armed && !row->off)
		tracepoint_probe_unregister(row->arm, row->probe, row);
	row->armed = false;
	row->arm = NULL;
}

/* A module that is loaded comes (again when the notifier is registered), or one goes. */
static int tapir_trace_module(struct notifier_block *block, unsigned long event, void *data)
{
	struct tp_module *tpm = data;
	unsigned int i, k;

	mutex_lock(&tapir_session_lock);
	for (k = 0; k < tpm->mod->num_tracepoints; k++) {
		struct tracepoint *tp = tracepoint_ptr_deref(&tpm->mod->tracepoints_ptrs[k]);

		for (i = 0; i < ARRAY_SIZE(tapir_rows); i++) {
			struct tapir_row *row = &tapir_rows[i];

			if (row->family != TAPIR_TRACE)
				continue;
			if (event == MODULE_STATE_GOING && row->arm == tp)
				tapir_trace_goes(row);
			else if (event == MODULE_STATE_COMING && !row->arm &&
				 tapir_trace_in(row, tpm->mod->name) && !strcmp(row->symbol, tp->name))
				tapir_trace_came(row, tp);
		}
	}
	mutex_unlock(&tapir_session_lock);
	return NOTIFY_OK;
}

static struct notifier_block tapir_trace_modules = { .notifier_call = tapir_trace_module };

/* Not while tapir_session_lock is held: the notifier takes it. */
static int tapir_trace_watch(void)
{
	return register_tracepoint_module_notifier(&tapir_trace_modules);
}

static void tapir_trace_unwatch(void)
{
	unregister_tracepoint_module_notifier(&tapir_trace_modules);
}
#else
static int tapir_trace_watch(void)
{
	return 0;
}

static void tapir_trace_unwatch(void)
{
}
#endif

/* Disarms a row for as long as its condition does not hold, or arms it again. */
static int __maybe_unused tapir_trace_switch(struct tapir_row *row, bool off)
{
	return off ? tracepoint_probe_unregister(row->arm, row->probe, row)
		   : tracepoint_probe_register(row->arm, row->probe, row);
}

static void tapir_trace_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];

		if (row->family != TAPIR_TRACE || !row->armed)
			continue;
		if (!row->off)
			tracepoint_probe_unregister(row->arm, row->probe, row);
		row->armed = false;
	}
	tracepoint_synchronize_unregister();
}

#endif /* TAPIR_PROBE_TRACE_H */
