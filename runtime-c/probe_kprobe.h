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

/** struct tapir_kprobe - one armed kprobe. */
struct tapir_kprobe {
	struct kprobe kp;
	struct tapir_row *row;
};

static int __kprobes tapir_kprobe_hit(struct kprobe *kp, struct pt_regs *regs)
{
	struct tapir_row *row = container_of(kp, struct tapir_kprobe, kp)->row;

	tapir_fire(row, row->handler, regs, NULL, NULL, true);
	return 0;
}

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
	rc = register_kprobe(&probe->kp);
	if (rc) {
		kfree(probe);
		return rc;
	}
	row->arm = probe;
	return 0;
}

/* Disarms a row for as long as its condition does not hold, or arms it again. */
static int __maybe_unused tapir_kprobe_switch(struct tapir_row *row, bool off)
{
	struct tapir_kprobe *probe = row->arm;

	return off ? disable_kprobe(&probe->kp) : enable_kprobe(&probe->kp);
}

/* Disarms all kprobes of the rows at once: one grace period for all. */
static void tapir_kprobe_disarm_all(struct tapir_row *rows, unsigned int count)
{
	struct kprobe **list = kvcalloc(max(count, 1u), sizeof(*list), GFP_KERNEL);
	unsigned int i, n = 0;

	for (i = 0; i < count; i++) {
		struct tapir_kprobe *probe = rows[i].arm;

		if (!probe || (rows[i].family != TAPIR_KPROBE && rows[i].family != TAPIR_FUNCTION))
			continue;
		if (list)
			list[n++] = &probe->kp;
		else
			unregister_kprobe(&probe->kp);
	}
	if (n)
		unregister_kprobes(list, n);
	kvfree(list);
	for (i = 0; i < count; i++) {
		struct tapir_kprobe *probe = rows[i].arm;

		if (!probe || (rows[i].family != TAPIR_KPROBE && rows[i].family != TAPIR_FUNCTION))
			continue;
		rows[i].kernel_missed = probe->kp.nmissed;
		rows[i].arm = NULL;
		rows[i].armed = false;
		kfree(probe);
	}
}

#ifdef TAPIR_HAVE_CALLER
/* Fills in where the callers are that rows name; a row whose caller is not found never fires. */
static void tapir_resolve_callers(struct tapir_row *rows, unsigned int count)
{
	struct kprobe *kp;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!rows[i].caller)
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

/* Fills in the addresses of function entries that have only a name. */
static int __maybe_unused tapir_resolve_all(struct tapir_row *rows, unsigned int count)
{
	struct kprobe **list = kvcalloc(max(count, 1u), sizeof(*list), GFP_KERNEL);
	unsigned int i, n = 0;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		struct kprobe *kp;

		if (rows[i].family != TAPIR_FUNCTION || rows[i].address || !rows[i].symbol)
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
		rows[i].address = (unsigned long)kp->addr;
		rows[i].offset = 0;
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
