/* SPDX-License-Identifier: Dual MIT/GPL */
/**
 * DOC: unwind.h - kernel backtraces of the running task
 *
 * Offers tapir_pc() and tapir_unwind(). No locks, any context: the kernel's unwinder checks every
 * word of the stack that it follows.
 */
#ifndef TAPIR_UNWIND_H
#define TAPIR_UNWIND_H

#include <linux/ptrace.h>
#include <linux/stacktrace.h>
#ifdef CONFIG_X86
#include <asm/unwind.h>
#endif
#include "embedded.h"
#include "symbol.h"

#ifndef MAXBACKTRACE
#define MAXBACKTRACE 20
#endif

/**
 * tapir_pc() - address where the probe fired: the start of a function at its entry, else the
 * interrupted instruction; 0 if there is none
 */
static inline unsigned long tapir_pc(struct tapir_ctx *c)
{
	if (c->row->family == TAPIR_FUNCTION && c->row->address)
		return tapir_row_address(c->row);
	return c->regs ? instruction_pointer(c->regs) : 0;
}

/* Start of the function whose return fired; 0 if unknown. */
static inline unsigned long tapir_returning_from(struct tapir_ctx *c)
{
	return c->row->family == TAPIR_RETURN ? tapir_row_address(c->row) : 0;
}

#ifdef CONFIG_X86
/* Without registers the stack is followed from here: the frames of probes are left out. */
static bool tapir_unwind_own(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];

	if (within_module(address, THIS_MODULE))
		return true;
	sprint_symbol_no_offset(name, address);
	return !strncmp(name, "__traceiter_", 12) || !strncmp(name, "__bpf_trace_", 12);
}

static u32 tapir_unwind_frames(struct tapir_ctx *c, unsigned long *to, u32 max)
{
	struct unwind_state state;
	unsigned long address;
	bool own = !c->regs;
	u32 n = 0;

	if (c->regs && user_mode(c->regs))
		return 0;
	/* From registers the unwinder begins with the frame behind theirs. */
	if (c->regs && max)
		to[n++] = instruction_pointer(c->regs);
	unwind_start(&state, current, c->regs, NULL);
	for (; n < max && !unwind_done(&state); unwind_next_frame(&state)) {
		address = unwind_get_return_address(&state);
		if (!address)
			break;
		if (own && tapir_unwind_own(address))
			continue;
		own = false;
		to[n++] = address;
	}
	return n;
}
#else
static u32 tapir_unwind_frames(struct tapir_ctx *c, unsigned long *to, u32 max)
{
	return stack_trace_save(to, max, 2);
}
#endif

/**
 * tapir_unwind() - addresses of the kernel stack, innermost first
 * @c: context of the handler
 * @to: room
 * @max: how many there is room for
 *
 * At a function's return the first is the function's start, the second where it returns to.
 *
 * Return: how many were found.
 */
static noinline u32 tapir_unwind(struct tapir_ctx *c, unsigned long *to, u32 max)
{
	u32 n = 0;

	if (c->row->family == TAPIR_RETURN && max)
		to[n++] = tapir_returning_from(c);
	n += tapir_unwind_frames(c, to + n, max - n);
	if (n && c->row->family == TAPIR_FUNCTION)
		to[0] = tapir_pc(c);
	return n;
}

#endif /* TAPIR_UNWIND_H */
