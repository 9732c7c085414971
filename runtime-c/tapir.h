/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: tapir.h - what a generated module starts from
 *
 * The order of a generated file is
 *
 *   1. feature macros and limits (all optional, see below);
 *   2. #include "tapir.h"     kernel headers, limits, struct tapir_row, tapir_exit() and kin;
 *   3. union tapir_frames     one call frame: the locals of a handler or a function;
 *      struct tapir_entry     values that a return probe keeps from the entry;
 *   4. #include "context.h"   struct tapir_ctx and the print buffer;
 *   5. globals, functions, handlers, `static struct tapir_row tapir_rows[]`;
 *   6. #include "module.h"    arming, transport, device, init and exit.
 *
 * Feature macros: TAPIR_HAVE_TIMER, TAPIR_HAVE_FUNCTION, TAPIR_HAVE_KPROBE, TAPIR_HAVE_RETURN,
 * TAPIR_HAVE_TRACE, TAPIR_HAVE_PERF, TAPIR_HAVE_DATA, TAPIR_HAVE_PROCFS,
 * TAPIR_HAVE_NETFILTER say which families the rows use; TAPIR_HAVE_CONDITION that a row
 * has a condition; TAPIR_HAVE_CALLER that a row has a caller; TAPIR_HAVE_MODULES that one is in code
 * of a kernel module;
 * TAPIR_NEED_REGS asks for full registers in function entries; TAPIR_HAVE_SET_GLOBAL says that `static int tapir_set_global(unsigned int
 * index, const char *text)` exists (0 or a negative errno); TAPIR_HAVE_SETUP says that
 * `static int tapir_setup(void)` (allocates the maps) and `static void tapir_teardown(void)`
 * exist. TAPIR_NO_OVERLOAD switches the overload check off; TAPIR_RECORD
 * adds what `tapir record` needs (record.h).
 *
 * No locks.
 */
#ifndef TAPIR_H
#define TAPIR_H

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/init.h>
#include <linux/types.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/slab.h>
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/ptrace.h>
#include <linux/timex.h>
#include <asm/irq_regs.h>
#include "compat.h"
#include "uapi.h"
#include "spec.h"

#ifndef MAXSTRINGLEN
#define MAXSTRINGLEN 256
#endif
#ifndef MAXACTION
#define MAXACTION 1000
#endif
/* What a handler may do: SystemTap lets all be interrupted by default, and so gives all this much. */
#ifndef MAXACTION_INTERRUPTIBLE
#define MAXACTION_INTERRUPTIBLE (MAXACTION * 10)
#endif
#ifndef MAXNESTING
#define MAXNESTING 10
#endif
#ifndef MAXERRORS
#define MAXERRORS 0
#endif
#ifndef MAXSKIPPED
#define MAXSKIPPED 100
#endif
#if defined(STP_NO_OVERLOAD) || defined(STAP_NO_OVERLOAD)
#define TAPIR_NO_OVERLOAD
#endif
#ifdef STAP_SUPPRESS_HANDLER_ERRORS
#define TAPIR_SUPPRESS_HANDLER_ERRORS
#endif
#ifndef STP_OVERLOAD_INTERVAL
#define STP_OVERLOAD_INTERVAL 1000000000LL
#endif
#ifndef STP_OVERLOAD_THRESHOLD
#define STP_OVERLOAD_THRESHOLD 500000000LL
#endif

struct tapir_ctx;
struct pt_regs;

/* A local struct that is filled before it is read: kernels that clear all locals leave it alone. */
#if __has_attribute(uninitialized)
#define TAPIR_UNSET __attribute__((uninitialized))
#else
#define TAPIR_UNSET
#endif

/** enum tapir_family - how a row is armed. */
enum tapir_family {
	TAPIR_BEGIN,
	TAPIR_END,
	TAPIR_ERROR,
	TAPIR_NEVER,
	TAPIR_TIMER,	/* every @interval nanoseconds */
	TAPIR_JIFFIES,	/* every @interval jiffies */
	TAPIR_PROFILE,	/* on every CPU, at every tick */
	TAPIR_FUNCTION,	/* entry of @symbol or @address */
	TAPIR_KPROBE,	/* instruction at @symbol + @offset or @address */
	TAPIR_RETURN,	/* return of @symbol or @address */
	TAPIR_TRACE,	/* tracepoint named @symbol; @probe is the typed function */
	TAPIR_PERF,	/* overflow of a counter of events; @spec is a struct tapir_perf_spec */
	TAPIR_DATA,	/* access to memory at @symbol or @address; struct tapir_data_spec */
	TAPIR_PROCFS,	/* a file of /proc is read or written; struct tapir_procfs_spec */
	TAPIR_NETFILTER, /* a packet comes by; struct tapir_netfilter_spec */
};

/**
 * struct tapir_row - one armed point. The first part is emitted, the rest is the runtime's.
 * @family: see enum tapir_family
 * @point: what pp() gives
 * @name: what pn() gives
 * @symbol: function or tracepoint, or NULL
 * @function: what ppfunc() gives, if that is not @symbol
 * @module: kernel module that has the symbol, or NULL for any
 * @handler: the handler; leaves through its own end, sets c->error on a run-time error
 * @entry: return probes: fills c->entry when the function is entered, or NULL
 * @condition: true while the row shall run (reads globals only), or NULL
 * @constants: per-row constants, generated type
 * @order: begin, end and error: run in ascending order
 * @address: address, or 0 to resolve @symbol
 * @offset: added to the address
 * @interval: timers
 * @random: timers: each interval is changed by -random..+random
 * @maxactive: return probes: instances, or 0 for the kernel's choice
 * @arguments: tracepoints: how many the handler is given
 * @probe: tracepoints: void (*)(void *row, <tracepoint arguments>)
 * @caller: only hits that come from the code of @caller_size bytes at this symbol +
 *          @caller_offset count, or NULL
 * @spec: what the family needs to know beyond these, see spec.h; or NULL
 * @optional: failing to arm it is no failure of the session
 * @light: the handler does not use its context: it can neither fail nor print
 */
struct tapir_row {
	enum tapir_family family;
	const char *point;
	const char *name;
	const char *symbol;
	const char *function;
	const char *module;
	void (*handler)(struct tapir_ctx *c);
	void (*entry)(struct tapir_ctx *c);
	bool (*condition)(struct tapir_ctx *c);
	const void *constants;
	s64 order;
	unsigned long address;
	unsigned long offset;
	u64 interval;
	u64 random;
	u32 maxactive;
	u32 arguments;
	void *probe;
	const char *caller;
	unsigned long caller_offset;
	unsigned long caller_size;
	const void *spec;
	bool optional;
	bool light;
	bool joined; /* runs in one go with the row before it, unless aborted */

	/* the runtime's */
	u32 index;
	bool armed;
	unsigned long caller_address;
	bool unwanted;	/* its condition does not hold */
	bool off;	/* disarmed for that; arm and disarm it by condition.h */
	u64 maxactive_missed;
	u64 kernel_missed;
	void *arm;
};

/** enum tapir_state - where the session stands. */
enum tapir_state {
	TAPIR_LOADED,	/* nothing ran yet */
	TAPIR_STARTING,	/* begin probes run */
	TAPIR_RUNNING,	/* everything armed */
	TAPIR_STOPPING,	/* exit() or the reader asked for the end */
	TAPIR_FAILED,	/* as STOPPING, after an error: error probes run instead of end probes */
	TAPIR_DONE,	/* all over, nothing armed */
};

static int tapir_state = TAPIR_LOADED;
static s64 tapir_target;	/* target(): pid of -x or -c, 0 if none */

/** struct tapir_opener - who opened the device, and what it sees. It outlives all handlers. */
static struct {
	s64 pid;
	struct pid_namespace *pid_ns;
	struct user_namespace *user_ns;
	kuid_t uid;
	bool privileged;
} tapir_opener;

static inline s64 tapir_target_pid(void)
{
	return tapir_target;
}

/* A script may have half of the memory that is free: what it asks for must not kill others. */
static inline bool tapir_affordable(u64 bytes)
{
	return bytes >> PAGE_SHIFT <= (u64)max(si_mem_available(), 0L) / 2;
}

/* Zeroed memory for the data of a script, to be given back by vfree(); NULL if there is too little. */
static inline void *tapir_allocate(u64 bytes)
{
	if (!tapir_affordable(bytes))
		return NULL;
	return __vmalloc(bytes, GFP_KERNEL | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN);
}

/*
 * Is it the instruction that a function begins with under IBT: ENDBR64, or what kernels put there
 * when nothing calls the function indirectly (two forms, by age)?
 */
static inline bool tapir_is_endbr(u32 word)
{
	return word == 0xfa1e0ff3 || word == 0x001f0f66 || word == 0xd6401f0f;
}

#endif /* TAPIR_H */
