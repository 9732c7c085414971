/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_kprobe.h - kprobes: instructions anywhere, and entries that are no ftrace site
 *
 * Also finds addresses of symbols: a kprobe that is registered disabled has its address filled in
 * by the kernel. Handlers run with preemption off, at NMI level where a trap is taken. No locks.
 */
#ifndef TAPIR_PROBE_KPROBE_H
#define TAPIR_PROBE_KPROBE_H

#include <linux/kprobes.h>
#include "context.h"
#include "code.h"

/** struct tapir_kprobe - one armed kprobe; @anchor is one if it has an address. */
struct tapir_kprobe {
	struct kprobe kp;
#ifdef TAPIR_HAVE_MODULES
	struct kprobe anchor;
#endif
	struct tapir_row *row;
};

static int __kprobes tapir_kprobe_hit(struct kprobe *kp, struct pt_regs *regs)
{
	struct tapir_row *row = container_of(kp, struct tapir_kprobe, kp)->row;

	tapir_fire(row, row->handler, regs, NULL, NULL, true);
	return 0;
}

#ifdef TAPIR_HAVE_MODULES
static void tapir_kprobe_unregister(struct tapir_kprobe *probe)
{
	unregister_kprobe(&probe->kp);
	tapir_raise_anchor(&probe->anchor);
}

static int tapir_kprobe_register(struct tapir_kprobe *probe)
{
	int rc;

	if (!probe->row->module)
		return register_kprobe(&probe->kp);
	probe->kp.flags = KPROBE_FLAG_DISABLED;
	rc = register_kprobe(&probe->kp);
	if (rc)
		return rc;
	rc = tapir_anchored(&probe->anchor, &probe->kp);
	if (rc)
		tapir_kprobe_unregister(probe);
	return rc;
}
#else
static int tapir_kprobe_register(struct tapir_kprobe *probe)
{
	return register_kprobe(&probe->kp);
}
#endif

static int tapir_kprobe_arm(struct tapir_row *row)
{
	struct tapir_kprobe *probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	int rc;

	if (!probe)
		return -ENOMEM;
	probe->row = row;
	probe->kp.pre_handler = tapir_kprobe_hit;
	if (row->address)
		probe->kp.addr = (kprobe_opcode_t *)(row->address + row->offset);
	else {
		probe->kp.symbol_name = row->symbol;
		probe->kp.offset = row->offset;
	}
	rc = tapir_kprobe_register(probe);
	if (rc) {
		kfree(probe);
		return rc;
	}
	if (!row->address)
		row->address = (unsigned long)probe->kp.addr - row->offset;
	row->arm = probe;
	return 0;
}

static bool tapir_kprobe_has(const struct tapir_row *row)
{
	return (row->family == TAPIR_KPROBE || row->family == TAPIR_FUNCTION) && row->arm;
}

/* After the kprobe was unregistered: the row takes over what it counted. */
static void tapir_kprobe_free(struct tapir_row *row)
{
	struct tapir_kprobe *probe = row->arm;

	row->kernel_missed += probe->kp.nmissed;
	row->arm = NULL;
	row->armed = false;
	kfree(probe);
}

/* Disarms a row for as long as its condition does not hold, or arms it again. */
static int __maybe_unused tapir_kprobe_switch(struct tapir_row *row, bool off)
{
	struct tapir_kprobe *probe = row->arm;

	return off ? disable_kprobe(&probe->kp) : enable_kprobe(&probe->kp);
}

/* Notes a kprobe that is to be unregistered, or does it if there is no @list. */
static void tapir_kprobe_list(struct kprobe **list, unsigned int *n, struct kprobe *kp)
{
	if (list)
		list[(*n)++] = kp;
	else
		unregister_kprobe(kp);
}

/* Disarms all kprobes of the rows at once: one grace period for all. */
static void tapir_kprobe_disarm_all(struct tapir_row *rows, unsigned int count)
{
	struct kprobe **list = kvcalloc(max(2 * count, 1u), sizeof(*list), GFP_KERNEL);
	unsigned int i, n = 0;

	for (i = 0; i < count; i++) {
		struct tapir_kprobe *probe = rows[i].arm;

		if (!tapir_kprobe_has(&rows[i]))
			continue;
		tapir_kprobe_list(list, &n, &probe->kp);
#ifdef TAPIR_HAVE_MODULES
		if (probe->anchor.addr)
			tapir_kprobe_list(list, &n, &probe->anchor);
#endif
	}
	if (n)
		unregister_kprobes(list, n);
	kvfree(list);
	for (i = 0; i < count; i++)
		if (tapir_kprobe_has(&rows[i]))
			tapir_kprobe_free(&rows[i]);
}

#ifdef TAPIR_HAVE_MODULES
/* Gives up one kprobe, for code that goes. */
static void tapir_kprobe_leave(struct tapir_row *row)
{
	tapir_kprobe_unregister(row->arm);
	tapir_kprobe_free(row);
}
#endif

#ifdef TAPIR_HAVE_CALLER
/* Fills in where the callers are that rows name; a row whose caller is not found never fires. */
static void tapir_resolve_callers(struct tapir_row *rows, unsigned int count)
{
	struct kprobe *kp;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!rows[i].caller || rows[i].caller_address)
			continue;
		kp = kzalloc(sizeof(*kp), GFP_KERNEL);
		if (!kp)
			return;
		kp->symbol_name = rows[i].caller;
		kp->offset = rows[i].caller_offset;
		kp->flags = KPROBE_FLAG_DISABLED;
		if (!register_kprobe(kp)) {
			rows[i].caller_address = (unsigned long)kp->addr;
			unregister_kprobe(kp);
		}
		kfree(kp);
	}
}
#endif

/* Fills in the addresses of function entries that have only a name: of all, or those of @module. */
static int __maybe_unused tapir_resolve_all(struct tapir_row *rows, unsigned int count,
					    const char *module)
{
	struct kprobe **list = kvcalloc(max(count, 1u), sizeof(*list), GFP_KERNEL);
	unsigned int i, n = 0;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct kprobe *kp;

		if (!tapir_code_due(&rows[i], TAPIR_FUNCTION, module) || rows[i].address ||
		    !rows[i].symbol)
			continue;
		kp = kzalloc(sizeof(*kp), GFP_KERNEL);
		if (!kp)
			break;
		kp->symbol_name = rows[i].symbol;
		kp->offset = rows[i].offset;
		kp->flags = KPROBE_FLAG_DISABLED;
		if (register_kprobe(kp)) {
			kfree(kp);
			continue;
		}
		rows[i].address = (unsigned long)kp->addr - rows[i].offset;
		list[n++] = kp;
	}
	if (n)
		unregister_kprobes(list, n);
	for (i = 0; i < n; i++)
		kfree(list[i]);
	kvfree(list);
	return 0;
}

#endif /* TAPIR_PROBE_KPROBE_H */
