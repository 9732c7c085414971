/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: code.h - probed code that comes and goes: what the families of code share about modules
 *
 * A row of a module that is not loaded waits. It is armed when the module comes (before anything in
 * it runs), given up when the module goes or, in its initialisation code, when that is done; then it
 * waits again. module_watch.h hears of modules. TAPIR_HAVE_MODULES: a row is in a module.
 *
 * tapir_session_lock guards all of it.
 */
#ifndef TAPIR_CODE_H
#define TAPIR_CODE_H

#include <linux/kprobes.h>
#include "context.h"

#ifdef TAPIR_HAVE_MODULES
/* Only that it is there matters. */
static void __kprobes tapir_anchor_hit(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

/*
 * Beside a kprobe in a module, to be unregistered after it: keeps the kernel from making a jump of
 * the kprobe. One that was a jump is removed in the background; if its module goes meanwhile, the
 * kernel keeps the remains in its table and refuses the next kprobe at the address. A kprobe with a
 * post_handler is never a jump, and neither is one at an ftrace site. @kp was registered disabled.
 */
static int tapir_anchor(struct kprobe *anchor, const struct kprobe *kp)
{
	int rc;

	if (kp->flags & KPROBE_FLAG_FTRACE)
		return 0;
	anchor->addr = kp->addr;
	anchor->post_handler = tapir_anchor_hit;
	anchor->flags = KPROBE_FLAG_DISABLED;
	rc = register_kprobe(anchor);
	if (rc)
		anchor->addr = NULL;
	return rc;
}

/* Enables a kprobe in a module that was registered disabled, with the anchor beside it. */
static int tapir_anchored(struct kprobe *anchor, struct kprobe *kp)
{
	int rc = tapir_anchor(anchor, kp);

	return rc ?: enable_kprobe(kp);
}

/* After the kprobe of an anchor was unregistered. */
static void tapir_raise_anchor(struct kprobe *anchor)
{
	if (anchor->addr)
		unregister_kprobe(anchor);
}

/* A row that is found by its name in a module. */
static bool tapir_code_in(const struct tapir_row *row)
{
	return row->module && row->symbol &&
	       (row->family == TAPIR_FUNCTION || row->family == TAPIR_KPROBE ||
		row->family == TAPIR_RETURN);
}

/* Does the row's code go with @event of the module's life? */
static bool tapir_code_goes(const struct tapir_row *row, const struct module *module,
			    unsigned long event)
{
	if (!tapir_code_in(row) || strcmp(row->module, module->name))
		return false;
	return event == MODULE_STATE_GOING || within_module_init(row->address, module);
}
#endif

/* Shall the row be armed now: at the start, or because its @module comes? */
static __maybe_unused bool tapir_code_due(const struct tapir_row *row, enum tapir_family family,
					  const char *module)
{
	if (row->family != family || row->armed)
		return false;
	return !module || (row->module && row->symbol && !strcmp(row->module, module));
}

/*
 * Notes what came of arming a row. What is not in a module at the session's start may be yet to come:
 * a module that is not loaded, or initialisation code, which a loaded module has no more. Nothing is
 * said of it then, as SystemTap does; when the @module comes it must be there.
 */
static __maybe_unused void tapir_code_armed(struct tapir_row *row, int rc, const char *module)
{
#ifdef TAPIR_HAVE_MODULES
	if (rc == -ENOENT && !module && tapir_code_in(row))
		return;
#endif
	tapir_arm_failed(row, rc);
}

#endif /* TAPIR_CODE_H */
