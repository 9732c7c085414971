/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: record.h - what a hit was given, for `tapir record` (TAPIR_RECORD; mirrored by loader/record.ts)
 *
 * While a handler runs, every successful read of foreign memory is noted with its bytes, and
 * before that the hit's time, task, arguments or result. At the end of the handler they leave as one
 * record of kind CONTROL, from which the same handler can be run again elsewhere. A handler that
 * reads more than fits is marked as cut.
 *
 * The order of events is that in which a replay runs them, so it must be the order of what the
 * handlers print and of what they do to globals: handlers of different CPUs run one after another.
 *
 * Without TAPIR_RECORD everything here is empty.
 */
#ifndef TAPIR_RECORD_H
#define TAPIR_RECORD_H

#ifdef TAPIR_RECORD
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/task_stack.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#define TAPIR_EVENT_ARGS 12

enum tapir_event_flags {
	TAPIR_EVENT_ENTRY = 1,	/* the entry of a function whose return is probed */
	TAPIR_EVENT_RETVAL = 2,	/* @retval is one */
	TAPIR_EVENT_CUT = 4,	/* not everything that was read is there */
};

struct tapir_event {
	__u32 row;
	__u32 flags;
	__s64 time;
	__s64 retval;
	__s64 target;
	__s32 pid, tid, ppid, pgrp, sid;
	__u32 uid, euid, gid, egid;
	__u32 cpu;
	__u32 args;
	__u32 pad;
	char execname[16];
	char pexecname[16];
	__u64 arg[TAPIR_EVENT_ARGS];
	__u64 task;
	/* followed by pieces of memory */
};

struct tapir_piece {
	__u64 address;
	__u32 size;
	__u32 pad;
	/* followed by the bytes, padded to 8 */
};

static inline struct tapir_event *tapir_event_of(struct tapir_ctx *c)
{
	return (struct tapir_event *)c->note;
}

static void tapir_event_task(struct tapir_event *e)
{
	struct task_struct *parent;

	e->task = (unsigned long)current;
	e->pid = task_tgid_nr(current);
	e->tid = task_pid_nr(current);
	e->uid = from_kuid_munged(&init_user_ns, current_uid());
	e->euid = from_kuid_munged(&init_user_ns, current_euid());
	e->gid = from_kgid_munged(&init_user_ns, current_gid());
	e->egid = from_kgid_munged(&init_user_ns, current_egid());
	memcpy(e->execname, current->comm, sizeof(e->execname));
	rcu_read_lock();
	parent = rcu_dereference(current->real_parent);
	e->ppid = task_tgid_nr(parent);
	memcpy(e->pexecname, parent->comm, sizeof(e->pexecname));
	e->pgrp = pid_nr(task_pgrp(current));
	e->sid = pid_nr(task_session(current));
	rcu_read_unlock();
}

static void tapir_event_args(struct tapir_ctx *c, struct tapir_event *e)
{
	const struct tapir_row *row = c->row;
	u32 i;

	if (c->args) {
		e->args = min_t(u32, row->arguments, TAPIR_EVENT_ARGS);
		for (i = 0; i < e->args; i++)
			e->arg[i] = c->args[i];
		return;
	}
#ifdef CONFIG_X86_64
	/* A system call's own arguments, which its wrapper gets by reference. */
	if (row->symbol && strstarts(row->symbol, "__x64_sys_") && current->mm) {
		const struct pt_regs *regs = task_pt_regs(current);

		e->args = 6;
		e->arg[0] = regs->di;
		e->arg[1] = regs->si;
		e->arg[2] = regs->dx;
		e->arg[3] = regs->r10;
		e->arg[4] = regs->r8;
		e->arg[5] = regs->r9;
		return;
	}
#endif
	if (!c->regs || (row->family == TAPIR_RETURN && !(e->flags & TAPIR_EVENT_ENTRY)))
		return;
	if (row->family == TAPIR_FUNCTION || row->family == TAPIR_KPROBE ||
	    row->family == TAPIR_RETURN) {
		e->args = 6;
		for (i = 0; i < e->args; i++)
			e->arg[i] = regs_get_kernel_argument(c->regs, i);
	}
}

/* The CPU whose handler runs; -1 while none does. */
static atomic_t tapir_turn = ATOMIC_INIT(-1);
/* Rounds until a handler no longer waits for the one that runs: an order is not worth a lockup. */
#define TAPIR_TURN_ROUNDS (1 << 22)

/*
 * Waits for the handlers of other CPUs. One that interrupts a handler on its own CPU goes first: both
 * its event and its text come before those of the other. The caller stays on this CPU.
 */
static noinline void tapir_turn_begin(struct tapir_ctx *c)
{
	int cpu = raw_smp_processor_id();
	u32 round;

	c->turn = false;
	if (atomic_read(&tapir_turn) == cpu)
		return;
	for (round = 0; round < TAPIR_TURN_ROUNDS; round++) {
		if (atomic_cmpxchg(&tapir_turn, -1, cpu) == -1) {
			c->turn = true;
			return;
		}
		cpu_relax();
	}
}

/* The handler's event and text are out. */
static __always_inline void tapir_turn_end(struct tapir_ctx *c)
{
	if (c->turn) {
		c->turn = false;
		atomic_set_release(&tapir_turn, -1);
	}
}

/* A handler starts (@hit), or what a return probe does at the entry. */
static noinline void tapir_event_begin(struct tapir_ctx *c, bool hit)
{
	struct tapir_event *e = tapir_event_of(c);

	memset(e, 0, sizeof(*e));
	e->row = c->row->index;
	e->time = ktime_get_real_fast_ns();
	e->target = tapir_target;
	e->cpu = raw_smp_processor_id();
	tapir_event_task(e);
	if (!hit)
		e->flags |= TAPIR_EVENT_ENTRY;
	tapir_event_args(c, e);
	if (hit && c->row->family == TAPIR_RETURN && c->regs) {
		e->flags |= TAPIR_EVENT_RETVAL;
		e->retval = regs_return_value(c->regs);
	}
	c->note_length = sizeof(*e);
}

/* The handler is over. */
static noinline void tapir_event_end(struct tapir_ctx *c)
{
	u32 length = c->note_length;

	c->note_length = 0;
	if (length)
		tapir_send(c, TAPIR_REC_CONTROL, c->note, length);
}

/*
 * Notes what was read. The context is the one that is in use at this level; if none is, a begin, end
 * or error probe runs, while nothing else does.
 */
static noinline void tapir_note(s64 address, const void *data, u32 size)
{
	struct tapir_ctx *c = raw_cpu_ptr(&tapir_cpus)->context[tapir_level()];
	struct tapir_piece *piece;

	if (!c->busy)
		c = tapir_exclusive;
	if (!c->note_length)
		return;
	if (size + sizeof(*piece) + 8 > TAPIR_NOTE_MAX - c->note_length) {
		tapir_event_of(c)->flags |= TAPIR_EVENT_CUT;
		return;
	}
	piece = (struct tapir_piece *)(c->note + c->note_length);
	piece->address = address;
	piece->size = size;
	piece->pad = 0;
	memcpy(piece + 1, data, size);
	c->note_length += sizeof(*piece) + ALIGN(size, 8);
}

/* The wall clock of the hit: the same whenever the handler asks, as it will be in a replay. */
static inline __maybe_unused s64 tapir_wall_clock(struct tapir_ctx *c)
{
	return tapir_event_of(c)->time;
}

/* Called by generated code: how many values the tracepoint's handler is given. */
static inline __maybe_unused void tapir_event_arguments(void *row, u32 count)
{
	((struct tapir_row *)row)->arguments = count;
}

#else
static __always_inline __maybe_unused void tapir_event_arguments(void *row, u32 count)
{
}

static __always_inline void tapir_turn_begin(struct tapir_ctx *c)
{
}

static __always_inline void tapir_turn_end(struct tapir_ctx *c)
{
}

static __always_inline void tapir_event_begin(struct tapir_ctx *c, bool hit)
{
}

static __always_inline void tapir_event_end(struct tapir_ctx *c)
{
}

static __always_inline void tapir_note(s64 address, const void *data, u32 size)
{
}

#define tapir_wall_clock(c) ktime_get_real_fast_ns()
#endif

#endif /* TAPIR_RECORD_H */
