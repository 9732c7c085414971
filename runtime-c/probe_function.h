/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_function.h - function entries, all by one ftrace_ops
 *
 * Arming costs one call for any number of functions, and a hit costs less than the kernel's own
 * kprobe. What is no ftrace site gets a kprobe. With one row a hit needs no look-up; with more a
 * hash table leads from the address to the rows. If all function rows share a handler the emitter
 * may define TAPIR_FUNCTION_HANDLER as its name, which makes the call direct.
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
static struct tapir_site *tapir_sites;
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
	unsigned int at;

	for (at = hash_long(ip, tapir_site_bits); tapir_sites[at].ip;
	     at = (at + 1) & ((1u << tapir_site_bits) - 1))
		if (tapir_sites[at].ip == ip)
			tapir_function_row(tapir_sites[at].row, tapir_function_regs(fregs));
}

static struct ftrace_ops tapir_function_ops = {
#ifdef TAPIR_NEED_REGS
	.flags = FTRACE_OPS_FL_SAVE_REGS,
#elif !defined(CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS)
	.flags = FTRACE_OPS_FL_SAVE_REGS,
#endif
};

/* Where the call of a function's entry is: behind ENDBR, also a sealed one. */
static unsigned long tapir_function_site(unsigned long address)
{
#ifdef CONFIG_X86
	u32 word;

	if (!copy_from_kernel_nofault(&word, (void *)address, sizeof(word)) &&
	    tapir_is_endbr(word))
		return address + 4;
#endif
	return address;
}

static void tapir_function_add_site(unsigned long ip, struct tapir_row *row)
{
	unsigned int at = hash_long(ip, tapir_site_bits);

	while (tapir_sites[at].ip)
		at = (at + 1) & ((1u << tapir_site_bits) - 1);
	tapir_sites[at].row = row;
	tapir_sites[at].ip = ip;
}

/*
 * ftrace takes the address of a function for that of its site, which some instruction that is not
 * told apart above may precede. No other function's site is there.
 */
static void tapir_function_add(unsigned long ip, struct tapir_row *row)
{
	tapir_function_add_site(ip, row);
	tapir_function_add_site(ip + 4, row);
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

#ifdef TAPIR_HAVE_CONDITION
/* An ftrace site that a row wants, whatever other rows at the same address want. */
static bool tapir_function_is_site(const struct tapir_row *row)
{
	return row->family == TAPIR_FUNCTION && row->armed && !row->arm;
}

static bool tapir_function_wanted_at(struct tapir_row *rows, unsigned int count,
				     const struct tapir_row *at)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		/* Addresses of one site differ by its ENDBR at most. */
		if (tapir_function_is_site(&rows[i]) && !rows[i].unwanted &&
		    rows[i].address - at->address + 8 <= 16 &&
		    tapir_function_site(rows[i].address) == tapir_function_site(at->address))
			return true;
	return false;
}

/* Adds sites to the filter or takes them out. One that is gone (its module left) has no hits. */
static void tapir_function_change(unsigned long *ips, unsigned int count, bool remove)
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
				ips[n++] = tapir_function_site(row->address);
			row->off = remove;
			cond_resched();
		}
		tapir_function_change(ips, n, remove);
	}
	kvfree(ips);
arm:
	if (wanted && !tapir_function_armed)
		tapir_function_armed = !register_ftrace_function(&tapir_function_ops);
}
#endif

static int tapir_function_arm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i, k, wanted = 0, n = 0, bad_count = 0;
	unsigned long *ips, *bad;
	struct tapir_row *last = NULL;
	int rc = tapir_resolve_all(rows, count);

	if (rc)
		return rc;
	for (i = 0; i < count; i++)
		wanted += rows[i].family == TAPIR_FUNCTION;
	/* Two slots for each row, and at least as many empty ones. */
	tapir_site_bits = max(ilog2(max(wanted, 1u)) + 3, 4);
	tapir_sites = kvcalloc(1u << tapir_site_bits, sizeof(*tapir_sites), GFP_KERNEL);
	ips = kvcalloc(max(wanted, 1u), sizeof(*ips), GFP_KERNEL);
	bad = kvcalloc(max(wanted, 1u), sizeof(*bad), GFP_KERNEL);
	if (!tapir_sites || !ips || !bad) {
		rc = -ENOMEM;
		goto out;
	}
	for (i = 0; i < count; i++)
		if (rows[i].family == TAPIR_FUNCTION && rows[i].address)
			ips[n++] = tapir_function_site(rows[i].address);
	tapir_function_filter(ips, n, bad, &bad_count);
	wanted = 0;
	for (i = 0; i < count; i++) {
		struct tapir_row *row = &rows[i];
		unsigned long ip;

		if (row->family != TAPIR_FUNCTION)
			continue;
		if (!row->address) {
			tapir_arm_failed(row, tapir_kprobe_arm(row));
			continue;
		}
		ip = tapir_function_site(row->address);
		for (k = 0; k < bad_count && bad[k] != ip; k++)
			;
		if (k < bad_count) {
			tapir_arm_failed(row, tapir_kprobe_arm(row));
			continue;
		}
		tapir_function_add(ip, row);
		row->armed = true;
		last = row;
		wanted++;
	}
	tapir_only_function = last;
	tapir_function_ops.func = wanted == 1 ? tapir_function_hit : tapir_function_look_up;
	if (wanted) {
		rc = register_ftrace_function(&tapir_function_ops);
		tapir_function_armed = !rc;
	}
out:
	kvfree(ips);
	kvfree(bad);
	return rc;
}

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
}

#endif /* TAPIR_PROBE_FUNCTION_H */
