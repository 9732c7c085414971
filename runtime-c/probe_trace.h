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

struct tapir_trace_search {
	struct tapir_row *rows;
	unsigned int count;
};

static void tapir_trace_found(struct tracepoint *tp, void *data)
{
	struct tapir_trace_search *search = data;
	unsigned int i;

	for (i = 0; i < search->count; i++) {
		struct tapir_row *row = &search->rows[i];

		if (row->family == TAPIR_TRACE && !row->arm && !strcmp(row->symbol, tp->name))
			row->arm = tp;
	}
}

#ifdef CONFIG_MODULES
static struct tapir_trace_search *tapir_trace_searching;

/* Called for every loaded module while it is registered. */
static int tapir_trace_module(struct notifier_block *block, unsigned long event, void *data)
{
	struct tp_module *tpm = data;
	unsigned int i;

	if (event == MODULE_STATE_COMING && tapir_trace_searching)
		for (i = 0; i < tpm->mod->num_tracepoints; i++)
			tapir_trace_found(tracepoint_ptr_deref(&tpm->mod->tracepoints_ptrs[i]),
					  tapir_trace_searching);
	return NOTIFY_OK;
}

static struct notifier_block tapir_trace_modules = { .notifier_call = tapir_trace_module };
#endif

static void tapir_trace_arm_all(struct tapir_row *rows, unsigned int count)
{
	struct tapir_trace_search search = { rows, count };
	unsigned int i;

	for_each_kernel_tracepoint(tapir_trace_found, &search);
#ifdef CONFIG_MODULES
	for (i = 0; i < count && (rows[i].family != TAPIR_TRACE || rows[i].arm); i++)
		;
	if (i < count) {
		tapir_trace_searching = &search;
		register_tracepoint_module_notifier(&tapir_trace_modules);
		tapir_trace_searching = NULL;
		unregister_tracepoint_module_notifier(&tapir_trace_modules);
	}
#endif
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];
		int rc = -ENOENT;

		if (row->family != TAPIR_TRACE)
			continue;
		if (row->arm)
			rc = tracepoint_probe_register(row->arm, row->probe, row);
		if (rc)
			row->arm = NULL;
		tapir_arm_failed(row, rc);
	}
}

static void tapir_trace_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];

		if (row->family != TAPIR_TRACE || !row->arm)
			continue;
		tracepoint_probe_unregister(row->arm, row->probe, row);
		row->arm = NULL;
		row->armed = false;
	}
	tracepoint_synchronize_unregister();
}

#endif /* TAPIR_PROBE_TRACE_H */
