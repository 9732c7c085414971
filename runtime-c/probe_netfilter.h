/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_netfilter.h - packets at the hooks of the network protocols
 *
 * Hooks are there in every network namespace, also in those that come later. Handlers run in
 * softirq or in the sender's task. Arming takes the lock of the list of namespaces inside
 * tapir_session_lock; handlers take no locks.
 */
#ifndef TAPIR_PROBE_NETFILTER_H
#define TAPIR_PROBE_NETFILTER_H

#include <linux/netfilter.h>
#include <net/net_namespace.h>
#include "context.h"

/* Places in a hit's arguments: $hooknum $skb $in $out $okfn $verdict. */
#define TAPIR_NETFILTER_VERDICT 5

static bool tapir_netfilter_armed;

/* What cannot be a verdict would be a kernel warning and a packet lost for ever. */
static unsigned int tapir_netfilter_verdict(u64 verdict)
{
	return (verdict & NF_VERDICT_MASK) <= NF_REPEAT ? verdict : NF_ACCEPT;
}

static unsigned int tapir_netfilter_hit(void *row_, struct sk_buff *skb,
					const struct nf_hook_state *state)
{
	struct tapir_row *row = row_;
	u64 args[] = {
		state->hook,
		(unsigned long)skb,
		(unsigned long)state->in,
		(unsigned long)state->out,
		(unsigned long)state->okfn,
		[TAPIR_NETFILTER_VERDICT] = NF_ACCEPT,
	};

	tapir_fire(row, row->handler, NULL, args, NULL, true);
	return tapir_netfilter_verdict(args[TAPIR_NETFILTER_VERDICT]);
}

/* Not __net_init: without namespaces that code is gone once the module is loaded. */
static int tapir_netfilter_enter(struct net *net)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(tapir_rows) && !rc; i++)
		if (tapir_rows[i].family == TAPIR_NETFILTER && tapir_rows[i].arm)
			rc = nf_register_net_hook(net, tapir_rows[i].arm);
	if (!rc)
		return 0;
	/* Without those before the one that failed. */
	for (i--; i--;)
		if (tapir_rows[i].family == TAPIR_NETFILTER && tapir_rows[i].arm)
			nf_unregister_net_hook(net, tapir_rows[i].arm);
	return rc;
}

static void tapir_netfilter_leave(struct net *net)
{
	unsigned int i;

	for (i = ARRAY_SIZE(tapir_rows); i--;)
		if (tapir_rows[i].family == TAPIR_NETFILTER && tapir_rows[i].arm)
			nf_unregister_net_hook(net, tapir_rows[i].arm);
}

static struct pernet_operations tapir_netfilter_namespaces = {
	.init = tapir_netfilter_enter,
	.exit = tapir_netfilter_leave,
};

/* Families that this kernel was built without would make it warn. */
static bool tapir_netfilter_has(const struct tapir_netfilter_spec *spec)
{
	switch (spec->pf) {
	case NFPROTO_IPV4:
		return IS_ENABLED(CONFIG_INET);
	case NFPROTO_IPV6:
		return IS_ENABLED(CONFIG_IPV6);
	case NFPROTO_ARP:
		return IS_ENABLED(CONFIG_NETFILTER_FAMILY_ARP);
	case NFPROTO_BRIDGE:
		return IS_ENABLED(CONFIG_NETFILTER_FAMILY_BRIDGE);
	}
	return false;
}

static int tapir_netfilter_prepare(struct tapir_row *row)
{
	const struct tapir_netfilter_spec *spec = row->spec;
	struct nf_hook_ops *hook;

	if (!tapir_netfilter_has(spec))
		return -EPROTONOSUPPORT;
	hook = kzalloc(sizeof(*hook), GFP_KERNEL);
	if (!hook)
		return -ENOMEM;
	hook->hook = tapir_netfilter_hit;
	hook->priv = row;
	hook->pf = spec->pf;
	hook->hooknum = spec->hooknum;
	hook->priority = spec->priority;
	row->arm = hook;
	return 0;
}

static void tapir_netfilter_arm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;
	int rc;

	for (i = 0; i < count; i++) {
		if (rows[i].family != TAPIR_NETFILTER)
			continue;
		rc = tapir_netfilter_prepare(&rows[i]);
		tapir_arm_refused(&rows[i], rc, rc == -EPROTONOSUPPORT ?
				  "this kernel was built without hooks of the protocol" : NULL);
	}
	rc = register_pernet_subsys(&tapir_netfilter_namespaces);
	tapir_netfilter_armed = !rc;
	for (i = 0; i < count && rc; i++) {
		if (rows[i].family != TAPIR_NETFILTER || !rows[i].arm)
			continue;
		kfree(rows[i].arm);
		rows[i].arm = NULL;
		tapir_arm_failed(&rows[i], rc);
	}
}

static void tapir_netfilter_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	if (tapir_netfilter_armed)
		unregister_pernet_subsys(&tapir_netfilter_namespaces);
	tapir_netfilter_armed = false;
	/* Packets may still be in a handler. */
	synchronize_rcu();
	for (i = 0; i < count; i++) {
		if (rows[i].family != TAPIR_NETFILTER || !rows[i].arm)
			continue;
		kfree(rows[i].arm);
		rows[i].arm = NULL;
		rows[i].armed = false;
	}
}

#endif /* TAPIR_PROBE_NETFILTER_H */
