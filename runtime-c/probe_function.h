/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_function.h - function entries, all by one ftrace_ops
 *
 * Arming costs one call for any number of functions, and a hit costs less than the kernel's own
 * kprobe. What is no ftrace site gets a kprobe. With one row a hit needs no look-up; with more a
 * hash table leads from the address to the rows. When a module with rows comes or goes the table is
 * made anew in a spare one, and the two change places. If all function rows share a handler the
 * emitter may define TAPIR_FUNCTION_HANDLER as its name, which makes the call direct.
 *
 * ftrace's own recursion protection is not asked for: a nested hit finds its context in use.
 * No locks.
 */
#ifndef TAPIR_PROBE_FUNCTION_H
#define TAPIR_PROBE_FUNCTION_H

#include <linux/ftrace.h>
#include <linux/hash.h>
#include "context.h"
#include "probe_kprobe.h"

#ifndef TAPIR_FUNCTION_HANDLER
#define TAPIR_FUNCTION_HANDLER row->handler
#endif

/** struct tapir_site - a slot of the table; empty if @ip is 0. */
struct tapir_site {
	unsigned long ip;
	struct tapir_row *row;
};

static struct tapir_row *tapir_only_function;	/* if there is one row */
static struct tapir_site *tapir_sites;	/* read with preemption off */
#ifdef TAPIR_HAVE_MODULES
static struct tapir_site *tapir_spare_sites;
#endif
static unsigned int tapir_site_bits;
static bool tapir_function_armed;

static __always_inline void tapir_function_row(struct tapir_row *row, struct pt_regs *regs)
{
	tapir_fire(row, TAPIR_FUNCTION_HANDLER, regs, NULL, NULL, true);
}

#ifdef TAPIR_COMPAT_FTRACE_REGS
#define TAPIR_FTRACE_REGS struct ftrace_regs
#else
#define TAPIR_FTRACE_REGS struct pt_regs
#endif

static __always_inline struct pt_regs *tapir_function_regs(TAPIR_FTRACE_REGS *fregs)
{
#ifndef TAPIR_COMPAT_FTRACE_REGS
	return fregs;
#elif defined(TAPIR_NEED_REGS)
	return ftrace_get_regs(fregs);
#elif defined(arch_ftrace_regs)
	return &arch_ftrace_regs(fregs)->regs;
#else
	return &fregs->regs;
#endif
}

/* The only row was hit. */
static notrace void tapir_function_hit(unsigned long ip, unsigned long parent,
				       struct ftrace_ops *ops, TAPIR_FTRACE_REGS *fregs)
{
	tapir_function_row(tapir_only_function, tapir_function_regs(fregs));
}

/* One of many was hit. */
static notrace void tapir_function_look_up(unsigned long ip, unsigned long parent,
					   struct ftrace_ops *ops, TAPIR_FTRACE_REGS *fregs)
{
	struct tapir_site *sites;
	unsigned int at;

#ifdef TAPIR_HAVE_MODULES
	preempt_disable_notrace();
#endif
	sites = READ_ONCE(tapir_sites);
	for (at = hash_long(ip, tapir_site_bits); sites[at].ip;
	     at = (at + 1) & ((1u << tapir_site_bits) - 1))
		if (sites[at].ip == ip)
			tapir_function_row(sites[at].row, tapir_function_regs(fregs));
#ifdef TAPIR_HAVE_MODULES
	preempt_enable_notrace();
#endif
}

static struct ftrace_ops tapir_function_ops = {
#ifdef TAPIR_NEED_REGS
	.flags = FTRACE_OPS_FL_SAVE_REGS,
#elif !defined(CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS)
	.flags = FTRACE_OPS_FL_SAVE_REGS,
#endif
};

/* Where the call of a function's entry is: behind ENDBR, also a sealed one. */
static unsigned long tapir_function_site(const struct tapir_row *row)
{
	unsigned long address = row->address + row->offset;
#ifdef CONFIG_X86
	u32 word;

	if (!copy_from_kernel_nofault(&word, (void *)address, sizeof(word)) &&
	    tapir_is_endbr(word))
		return address + 4;
#endif
	return address;
}

/* An ftrace site that a row has, whatever other rows at the same address have. */
static bool tapir_function_is_site(const struct tapir_row *row)
{
	return row->family == TAPIR_FUNCTION && row->armed && !row->arm;
}

/* Is a row's site in the filter? An empty filter would be all functions. */
static bool tapir_function_filtered(const struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (tapir_function_is_site(&rows[i]) && !rows[i].off)
			return true;
	return false;
}

static void tapir_function_add(struct tapir_site *sites, unsigned long ip, struct tapir_row *row)
{
	unsigned int at = hash_long(ip, tapir_site_bits);

	while (sites[at].ip)
		at = (at + 1) & ((1u << tapir_site_bits) - 1);
	sites[at].row = row;
	sites[at].ip = ip;
}

static struct tapir_site *tapir_function_table(void)
{
	return kvcalloc(1u << tapir_site_bits, sizeof(struct tapir_site), GFP_KERNEL);
}

/* Makes room for the sites of @due rows, also of those whose module comes later. */
static int tapir_function_tables(unsigned int due)
{
	/* At least half of the slots stay empty. */
	tapir_site_bits = max(ilog2(due) + 2, 4);
	tapir_sites = tapir_function_table();
	if (!tapir_sites)
		return -ENOMEM;
#ifdef TAPIR_HAVE_MODULES
	tapir_spare_sites = tapir_function_table();
	if (!tapir_spare_sites)
		return -ENOMEM;
#endif
	return 0;
}

/* Fills the table with what is armed. */
static void tapir_function_build(struct tapir_row *rows, unsigned int count)
{
	struct tapir_site *sites = tapir_sites;
	unsigned int i;

#ifdef TAPIR_HAVE_MODULES
	/* Whoever still read the spare table when it was the table is done. */
	synchronize_rcu();
	sites = tapir_spare_sites;
	memset(sites, 0, sizeof(*sites) << tapir_site_bits);
#endif
	for (i = 0; i < count; i++)
		if (tapir_function_is_site(&rows[i]))
			tapir_function_add(sites, tapir_function_site(&rows[i]), &rows[i]);
#ifdef TAPIR_HAVE_MODULES
	tapir_spare_sites = tapir_sites;
	smp_store_release(&tapir_sites, sites);
#endif
}

/* Adds sites to the filter in halves, so that a bad one costs only itself. */
static void tapir_function_filter(unsigned long *ips, unsigned int count, unsigned long *bad,
				  unsigned int *bad_count)
{
	int rc;

	if (!count)
		return;
#ifdef TAPIR_COMPAT_FTRACE_SET_FILTER_IPS
	rc = ftrace_set_filter_ips(&tapir_function_ops, ips, count, 0, 0);
	if (rc && count > 1) {
		tapir_function_filter(ips, count / 2, bad, bad_count);
		tapir_function_filter(ips + count / 2, count - count / 2, bad, bad_count);
		return;
	}
	if (rc)
		bad[(*bad_count)++] = ips[0];
#else
	for (; count; count--, ips++) {
		rc = ftrace_set_filter_ip(&tapir_function_ops, *ips, 0, 0);
		if (rc)
			bad[(*bad_count)++] = *ips;
	}
#endif
}

/* Adds sites to the filter or takes them out. One that is gone (its module left) has no hits. */
static void __maybe_unused tapir_function_change(unsigned long *ips, unsigned int count,
						 bool remove)
{
	if (!count)
		return;
#ifdef TAPIR_COMPAT_FTRACE_SET_FILTER_IPS
	if (!ftrace_set_filter_ips(&tapir_function_ops, ips, count, remove, 0))
		return;
#endif
	for (; count; count--, ips++)
		ftrace_set_filter_ip(&tapir_function_ops, *ips, remove, 0);
}

#ifdef TAPIR_HAVE_CONDITION
static bool tapir_function_wanted_at(struct tapir_row *rows, unsigned int count,
				     const struct tapir_row *at)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		/* Addresses of one site differ by its ENDBR at most. */
		if (tapir_function_is_site(&rows[i]) && !rows[i].unwanted &&
		    rows[i].address + rows[i].offset - at->address - at->offset + 8 <= 16 &&
		    tapir_function_site(&rows[i]) == tapir_function_site(at))
			return true;
	return false;
}

/*
 * Brings the filter to what the rows' conditions want. An empty filter would be all functions: then
 * the whole is unregistered instead, its filter kept. New sites come in before old ones leave.
 */
static void tapir_function_switch_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i, n, wanted = 0, changed = 0;
	unsigned long *ips;
	int remove;

	for (i = 0; i < count; i++) {
		if (!tapir_function_is_site(&rows[i]))
			continue;
		wanted += !rows[i].unwanted;
		changed += rows[i].off != rows[i].unwanted;
	}
	if (!wanted && tapir_function_armed) {
		unregister_ftrace_function(&tapir_function_ops);
		tapir_function_armed = false;
	}
	if (!wanted || !changed)
		goto arm;
	ips = kvcalloc(changed, sizeof(*ips), GFP_KERNEL);
	if (!ips)
		goto arm;
	for (remove = 0; remove <= 1; remove++) {
		for (i = n = 0; i < count; i++) {
			struct tapir_row *row = &rows[i];

			if (!tapir_function_is_site(row) || row->off == row->unwanted ||
			    row->unwanted != remove)
				continue;
			if (!remove || !tapir_function_wanted_at(rows, count, row))
				ips[n++] = tapir_function_site(row);
			row->off = remove;
			cond_resched();
		}
		tapir_function_change(ips, n, remove);
	}
	kvfree(ips);
arm:
	if (wanted && !tapir_function_armed && tapir_function_filtered(rows, count))
		tapir_function_armed = !register_ftrace_function(&tapir_function_ops);
}
#endif

/* Adds the sites of rows to the filter; what is none gets a kprobe. */
static int tapir_function_place(struct tapir_row *rows, unsigned int count, unsigned int due,
				const char *module)
{
	unsigned long *ips = kvcalloc(due, sizeof(*ips), GFP_KERNEL);
	unsigned long *bad = kvcalloc(due, sizeof(*bad), GFP_KERNEL);
	unsigned int i, k, n = 0, bad_count = 0;
	int rc = ips && bad ? 0 : -ENOMEM;

	for (i = 0; i < count && !rc; i++)
		if (tapir_code_due(&rows[i], TAPIR_FUNCTION, module) && rows[i].address)
			ips[n++] = tapir_function_site(&rows[i]);
	if (!rc)
		tapir_function_filter(ips, n, bad, &bad_count);
	for (i = 0; i < count && !rc; i++) {
		struct tapir_row *row = &rows[i];

		if (!tapir_code_due(row, TAPIR_FUNCTION, module))
			continue;
		for (k = 0; row->address && k < bad_count; k++)
			if (bad[k] == tapir_function_site(row))
				break;
		if (!row->address || k < bad_count)
			tapir_code_armed(row, tapir_kprobe_arm(row), module);
		else
			row->armed = true;
	}
	kvfree(ips);
	kvfree(bad);
	return rc;
}

/* Arms what is not: all rows, or those of @module. */
static int tapir_function_arm_all(struct tapir_row *rows, unsigned int count, const char *module)
{
	unsigned int i, due = 0;
	int rc;

	for (i = 0; i < count; i++)
		due += tapir_code_due(&rows[i], TAPIR_FUNCTION, module);
	if (!due)
		return 0;
	if (!module) {
		tapir_function_ops.func = due == 1 ? tapir_function_hit : tapir_function_look_up;
		rc = tapir_function_tables(due);
		if (rc)
			return rc;
	}
	rc = tapir_resolve_all(rows, count, module);
	if (!rc)
		rc = tapir_function_place(rows, count, due, module);
	if (rc)
		return rc;
	for (i = 0; i < count; i++)
		if (tapir_function_is_site(&rows[i]))
			tapir_only_function = &rows[i];
	tapir_function_build(rows, count);
	if (!tapir_function_armed && tapir_function_filtered(rows, count)) {
		rc = register_ftrace_function(&tapir_function_ops);
		tapir_function_armed = !rc;
	}
	return rc;
}

#ifdef TAPIR_HAVE_MODULES
/* Gives up the ftrace sites of rows whose code goes. The filter must not be empty while it is used. */
static void tapir_function_leave(struct tapir_row *rows, unsigned int count,
				 const struct module *module, unsigned long event)
{
	unsigned int i, n = 0, going = 0, staying = 0;
	unsigned long *ips;

	for (i = 0; i < count; i++) {
		if (!tapir_function_is_site(&rows[i]))
			continue;
		if (tapir_code_goes(&rows[i], module, event))
			going++;
		else
			staying += !rows[i].off;
	}
	if (!going)
		return;
	ips = kvcalloc(going, sizeof(*ips), GFP_KERNEL);
	if (tapir_function_armed && !staying) {
		unregister_ftrace_function(&tapir_function_ops);
		tapir_function_armed = false;
	}
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];
		unsigned long ip;

		if (!tapir_function_is_site(row) || !tapir_code_goes(row, module, event))
			continue;
		ip = tapir_function_site(row);
		if (!row->off && ips)
			ips[n++] = ip;
		else if (!row->off)
			tapir_function_change(&ip, 1, true);
		row->armed = false;
		row->address = 0;
	}
	tapir_function_change(ips, n, true);
	kvfree(ips);
	/* The old table would do, but for what comes to the same addresses later. */
	tapir_function_build(rows, count);
}
#endif

static void tapir_function_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	if (tapir_function_armed)
		unregister_ftrace_function(&tapir_function_ops);
	tapir_function_armed = false;
	/* There also when conditions had left nothing to arm. */
	ftrace_free_filter(&tapir_function_ops);
	for (i = 0; i < count; i++)
		if (rows[i].family == TAPIR_FUNCTION && !rows[i].arm)
			rows[i].armed = false;
	kvfree(tapir_sites);
	tapir_sites = NULL;
#ifdef TAPIR_HAVE_MODULES
	kvfree(tapir_spare_sites);
	tapir_spare_sites = NULL;
#endif
}

#endif /* TAPIR_PROBE_FUNCTION_H */
