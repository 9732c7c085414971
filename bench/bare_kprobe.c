// SPDX-License-Identifier: Dual MIT/GPL
/* bare_kprobe - the floor: one kprobe with an empty handler, and nothing else. */
#include <linux/kprobes.h>
#include <linux/module.h>

static int bare_handler(struct kprobe *p, struct pt_regs *regs)
{
	return 0;
}

static struct kprobe bare = {
	.symbol_name = "__x64_sys_getppid",
	.pre_handler = bare_handler,
};

static int __init bare_init(void)
{
	return register_kprobe(&bare);
}

static void __exit bare_exit(void)
{
	unregister_kprobe(&bare);
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("bare kprobe, the floor of a probe hit");
