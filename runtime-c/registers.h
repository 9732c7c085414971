/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Registers by their DWARF numbers, and arguments as places that guru scripts may write to.
 * Takes no locks. x86-64.
 */
#ifndef TAPIR_REGISTERS_H
#define TAPIR_REGISTERS_H

#include <linux/ptrace.h>
#include <linux/sched/task_stack.h>

/* Where register @number lies in @regs. Numbers are constants up to 16: this folds away. */
static __always_inline unsigned long *tapir_register(struct pt_regs *regs, unsigned int number)
{
	switch (number) {
	case 0:
		return &regs->ax;
	case 1:
		return &regs->dx;
	case 2:
		return &regs->cx;
	case 3:
		return &regs->bx;
	case 4:
		return &regs->si;
	case 5:
		return &regs->di;
	case 6:
		return &regs->bp;
	case 7:
		return &regs->sp;
	case 8:
		return &regs->r8;
	case 9:
		return &regs->r9;
	case 10:
		return &regs->r10;
	case 11:
		return &regs->r11;
	case 12:
		return &regs->r12;
	case 13:
		return &regs->r13;
	case 14:
		return &regs->r14;
	case 15:
		return &regs->r15;
	default:
		return &regs->ip;
	}
}

/* Where integer argument @number (0 to 5) lies at a function's entry. */
static __always_inline unsigned long *tapir_argument(struct pt_regs *regs, unsigned int number)
{
	switch (number) {
	case 0:
		return &regs->di;
	case 1:
		return &regs->si;
	case 2:
		return &regs->dx;
	case 3:
		return &regs->cx;
	case 4:
		return &regs->r8;
	default:
		return &regs->r9;
	}
}

/* Registers of the user-space program that entered the kernel; NULL for a kernel thread. */
static __always_inline struct pt_regs *tapir_user_regs(void)
{
	return current->mm ? task_pt_regs(current) : NULL;
}

#endif /* TAPIR_REGISTERS_H */
