// SPDX-License-Identifier: Dual MIT/GPL
/* bare_kretprobe - the floor: one kretprobe with an empty handler, and nothing else. */
#include <linux/kprobes.h>
#include <linux/module.h>

static int bare_handler(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

static struct kretprobe bare = {
	.kp.symbol_name = "__x64_sys_getppid",
	.maxactive = 16,
	.handler = bare_handler,
};

static int __init bare_init(void)
{
	return register_kretprobe(&bare);
}

static void __exit bare_exit(void)
{
	unregister_kretprobe(&bare);
}

module_init(bare_init);
module_exit(bare_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("bare kretprobe, the floor of a probe hit");
