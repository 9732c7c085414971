// SPDX-License-Identifier: Dual MIT/GPL
/* bare_trace - the floor: an empty function on the tracepoint sys_enter, and nothing else. */
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/tracepoint.h>

static struct tracepoint *bare_point;

static void bare_probe(void *data, struct pt_regs *regs, long id)
{
}

static void bare_find(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "sys_enter"))
		bare_point = tp;
}

static int __init bare_init(void)
{
	for_each_kernel_tracepoint(bare_find, NULL);
	return bare_point ? tracepoint_probe_register(bare_point, bare_probe, NULL) : -ENOENT;
}

static void __exit bare_exit(void)
{
	tracepoint_probe_unregister(bare_point, bare_probe, NULL);
	tracepoint_synchronize_unregister();
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("bare tracepoint, the floor of a probe hit");
