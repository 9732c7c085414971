/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Addresses of kernel symbols that the script names. The loader reads them from the kernel's own
 * list and gives them as a parameter, because the kernel does not export the look-up. No locks.
 */
#ifndef TAPIR_SYMBOLS_H
#define TAPIR_SYMBOLS_H

#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/smp.h>

static unsigned long tapir_symbols[TAPIR_SYMBOLS];
module_param_array_named(symbols, tapir_symbols, ulong, NULL, 0400);
MODULE_PARM_DESC(symbols, "addresses of the symbols of the manifest, in its order");

#endif /* TAPIR_SYMBOLS_H */
