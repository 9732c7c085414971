/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_return.h - function returns, by kretprobes
 *
 * What the entry handler saves (struct tapir_entry) lives in the kretprobe's instance. If all
 * return rows share a handler the emitter may define TAPIR_RETURN_HANDLER as its name, which makes
 * the call direct. No locks.
 */
#ifndef TAPIR_PROBE_RETURN_H
#define TAPIR_PROBE_RETURN_H

#include <linux/kprobes.h>
#include "context.h"
#include "code.h"

#ifndef TAPIR_RETURN_HANDLER
#define TAPIR_RETURN_HANDLER row->handler
#endif

/** struct tapir_return - one armed kretprobe; @anchor is one if it has an address. */
struct tapir_return {
	struct kretprobe rp;
#ifdef TAPIR_HAVE_MODULES
	struct kprobe anchor;
#endif
	struct tapir_row *row;
};

static __always_inline struct tapir_row *tapir_return_row(struct kretprobe_instance *ri)
{
#ifdef TAPIR_COMPAT_GET_KRETPROBE
	struct kretprobe *rp = get_kretprobe(ri);
#else
	struct kretprobe *rp = ri->rp;
#endif

	return rp ? container_of(rp, struct tapir_return, rp)->row : NULL;
}

static int __kprobes tapir_return_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct tapir_row *row = tapir_return_row(ri);

#ifdef TAPIR_HAVE_CALLER
	if (row && !tapir_called_by(row, regs))
		return 1;
	if (row && !row->entry)
		return 0;
#endif
	if (!row || !tapir_fire(row, row->entry, regs, NULL, (struct tapir_entry *)ri->data, false))
		return 1;
	return 0;
}

/* The handler needs no context. */
static int __kprobes tapir_return_light_hit(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct tapir_row *row = tapir_return_row(ri);

	if (row)
		tapir_fire_light(row, TAPIR_RETURN_HANDLER);
	return 0;
}

static int __kprobes tapir_return_hit(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct tapir_row *row = tapir_return_row(ri);

	if (row)
		tapir_fire(row, TAPIR_RETURN_HANDLER, regs, NULL, (struct tapir_entry *)ri->data,
			   true);
	return 0;
}

#ifdef TAPIR_HAVE_MODULES
static void tapir_return_unregister(struct tapir_return *probe)
{
	unregister_kretprobe(&probe->rp);
	tapir_raise_anchor(&probe->anchor);
}

static int tapir_return_register(struct tapir_return *probe)
{
	int rc;

	if (!probe->row->module)
		return register_kretprobe(&probe->rp);
	probe->rp.kp.flags = KPROBE_FLAG_DISABLED;
	rc = register_kretprobe(&probe->rp);
	if (rc)
		return rc;
	rc = tapir_anchored(&probe->anchor, &probe->rp.kp);
	if (rc)
		tapir_return_unregister(probe);
	return rc;
}
#else
static int tapir_return_register(struct tapir_return *probe)
{
	return register_kretprobe(&probe->rp);
}
#endif

static int tapir_return_arm(struct tapir_row *row)
{
	struct tapir_return *probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	int rc;

	if (!probe)
		return -ENOMEM;
	probe->row = row;
	probe->rp.handler = row->light ? tapir_return_light_hit : tapir_return_hit;
	if (row->caller)
		probe->rp.entry_handler = tapir_return_entry;
	if (row->entry) {
		probe->rp.entry_handler = tapir_return_entry;
		probe->rp.data_size = sizeof(struct tapir_entry);
	}
	probe->rp.maxactive = row->maxactive ? row->maxactive : max(100, 6 * (int)num_possible_cpus());
	if (row->address)
		probe->rp.kp.addr = (kprobe_opcode_t *)(row->address + row->offset);
	else {
		probe->rp.kp.symbol_name = row->symbol;
		probe->rp.kp.offset = row->offset;
	}
	rc = tapir_return_register(probe);
	if (rc) {
		kfree(probe);
		return rc;
	}
	if (!row->address)
		row->address = (unsigned long)probe->rp.kp.addr - row->offset;
	row->arm = probe;
	return 0;
}

/* Disarms a row for as long as its condition does not hold, or arms it again. */
static int __maybe_unused tapir_return_switch(struct tapir_row *row, bool off)
{
	struct tapir_return *probe = row->arm;

	return off ? disable_kretprobe(&probe->rp) : enable_kretprobe(&probe->rp);
}

/* After the kretprobe was unregistered: the row takes over what it counted. */
static void tapir_return_free(struct tapir_row *row)
{
	struct tapir_return *probe = row->arm;

	row->maxactive_missed += probe->rp.nmissed;
	row->kernel_missed += probe->rp.kp.nmissed;
	row->arm = NULL;
	row->armed = false;
	kfree(probe);
}

#ifdef TAPIR_HAVE_MODULES
/* Gives up one kretprobe, for code that goes. */
static void tapir_return_leave(struct tapir_row *row)
{
	tapir_return_unregister(row->arm);
	tapir_return_free(row);
}

/* Unregisters the anchors of all rows; @list has room for them, or is NULL. */
static void tapir_return_raise_anchors(struct tapir_row *rows, unsigned int count,
				       struct kprobe **list)
{
	unsigned int i, n = 0;

	for (i = 0; i < count; i++) {
		struct tapir_return *probe = rows[i].arm;

		if (!probe || rows[i].family != TAPIR_RETURN || !probe->anchor.addr)
			continue;
		if (list)
			list[n++] = &probe->anchor;
		else
			tapir_raise_anchor(&probe->anchor);
	}
	if (n)
		unregister_kprobes(list, n);
}
#endif

static void tapir_return_disarm_all(struct tapir_row *rows, unsigned int count)
{
	struct kretprobe **list = kvcalloc(max(count, 1u), sizeof(*list), GFP_KERNEL);
	unsigned int i, n = 0;

	for (i = 0; i < count; i++) {
		struct tapir_return *probe = rows[i].arm;

		if (!probe || rows[i].family != TAPIR_RETURN)
			continue;
		if (list)
			list[n++] = &probe->rp;
		else
			unregister_kretprobe(&probe->rp);
	}
	if (n)
		unregister_kretprobes(list, n);
#ifdef TAPIR_HAVE_MODULES
	tapir_return_raise_anchors(rows, count, (struct kprobe **)list);
#endif
	kvfree(list);
	for (i = 0; i < count; i++)
		if (rows[i].family == TAPIR_RETURN && rows[i].arm)
			tapir_return_free(&rows[i]);
}

#endif /* TAPIR_PROBE_RETURN_H */
