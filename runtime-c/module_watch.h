/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: module_watch.h - arms rows of modules that come, gives up those of modules that go
 *
 * The notifier runs where the kernel loads or removes a module and takes tapir_session_lock; it must
 * not be registered or unregistered with that lock held. What the rows need is in code.h.
 */
#ifndef TAPIR_MODULE_WATCH_H
#define TAPIR_MODULE_WATCH_H

#include <linux/notifier.h>
#include "code.h"

/* One row of a module that comes, except function entries, which come together. */
static void tapir_module_row_comes(struct tapir_row *row, const char *name)
{
#ifdef TAPIR_HAVE_KPROBE
	if (tapir_code_due(row, TAPIR_KPROBE, name))
		tapir_code_armed(row, tapir_kprobe_arm(row), name);
#endif
#ifdef TAPIR_HAVE_RETURN
	if (tapir_code_due(row, TAPIR_RETURN, name))
		tapir_code_armed(row, tapir_return_arm(row), name);
#endif
}

static void tapir_module_comes(const char *name)
{
	unsigned int __maybe_unused i;
	int __maybe_unused rc;

	/* Conditions are asked at each hit until they are looked at below. */
	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++)
		if (tapir_code_in(&tapir_rows[i]) && !tapir_rows[i].armed)
			tapir_rows[i].off = false;
#ifdef TAPIR_HAVE_CALLER
	tapir_resolve_callers(tapir_rows, ARRAY_SIZE(tapir_rows));
#endif
	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++)
		tapir_module_row_comes(&tapir_rows[i], name);
#ifdef TAPIR_HAVE_FUNCTION
	rc = tapir_function_arm_all(tapir_rows, ARRAY_SIZE(tapir_rows), name);
	if (rc)
		tapir_warn(tapir_exclusive, "functions of a module that came cannot be probed");
#endif
#ifdef TAPIR_HAVE_CONDITION
	tapir_conditions_apply(tapir_rows, ARRAY_SIZE(tapir_rows));
#endif
}

static void tapir_module_goes(const struct module *module, unsigned long event)
{
	unsigned int i;

#ifdef TAPIR_HAVE_FUNCTION
	tapir_function_leave(tapir_rows, ARRAY_SIZE(tapir_rows), module, event);
#endif
	for (i = 0; i < ARRAY_SIZE(tapir_rows); i++) {
		struct tapir_row *row = &tapir_rows[i];

		if (!tapir_code_goes(row, module, event))
			continue;
#if defined(TAPIR_HAVE_KPROBE) || defined(TAPIR_HAVE_FUNCTION)
		if (tapir_kprobe_has(row))
			tapir_kprobe_leave(row);
#endif
#ifdef TAPIR_HAVE_RETURN
		if (row->family == TAPIR_RETURN && row->arm)
			tapir_return_leave(row);
#endif
		/* Where the module comes next time is not known. */
		row->address = 0;
		row->caller_address = 0;
	}
}

static int tapir_module_event(struct notifier_block *block, unsigned long event, void *data)
{
	const struct module *module = data;

	mutex_lock(&tapir_session_lock);
	if (event == MODULE_STATE_GOING || event == MODULE_STATE_LIVE)
		tapir_module_goes(module, event);
	else if (event == MODULE_STATE_COMING && tapir_armed &&
		 READ_ONCE(tapir_state) == TAPIR_RUNNING)
		tapir_module_comes(module->name);
	mutex_unlock(&tapir_session_lock);
	return NOTIFY_OK;
}

/*
 * After the kernel's own: they learn what of the module must not be probed, and kill the kprobes in
 * what goes. Given up before that, some would stay in the kernel's table (tapir_anchor()).
 */
static struct notifier_block tapir_module_watcher = {
	.notifier_call = tapir_module_event,
	.priority = -1,
};

#endif /* TAPIR_MODULE_WATCH_H */
