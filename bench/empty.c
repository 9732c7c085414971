// SPDX-License-Identifier: Dual MIT/GPL
/* empty - the smallest module Kbuild can make: the floor of pass 4. */
#include <linux/module.h>

static int __init empty_init(void)
{
	return 0;
}

static void __exit empty_exit(void)
{
}

module_init(empty_init);
module_exit(empty_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("empty module, the floor of pass 4");
