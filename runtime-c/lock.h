/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * The lock of one script global: many readers or one writer, taken only by bounded trying, so that
 * no context (not even an NMI) can wait for ever. The generated code takes all locks of a handler
 * at its start, in the order of the globals' numbers; a handler that fails is skipped and counted.
 */
#ifndef TAPIR_LOCK_H
#define TAPIR_LOCK_H

/* In session.h: counts a handler that was skipped. */
static void tapir_skip_lock(struct tapir_ctx *c);

struct tapir_lock {
	atomic_t holders; /* -1: a writer; n: n readers */
} ____cacheline_aligned_in_smp;

static noinline bool tapir_lock_wait(struct tapir_lock *lock, bool write)
{
	int tries, old;

	for (tries = 0; tries < MAXTRYLOCK; tries++) {
		int spin;

		for (spin = 0; spin < 64; spin++) {
			old = atomic_read(&lock->holders);
			if (write ? old == 0 : old >= 0) {
				if (atomic_try_cmpxchg_acquire(&lock->holders, &old,
							       write ? -1 : old + 1))
					return true;
			}
			cpu_relax();
		}
		udelay(TRYLOCKDELAY);
	}
	return false;
}

static __always_inline bool tapir_lock_write(struct tapir_lock *lock)
{
	int old = 0;

	if (likely(atomic_try_cmpxchg_acquire(&lock->holders, &old, -1)))
		return true;
	return tapir_lock_wait(lock, true);
}

static __always_inline bool tapir_lock_read(struct tapir_lock *lock)
{
	int old = atomic_read(&lock->holders);

	if (likely(old >= 0 && atomic_try_cmpxchg_acquire(&lock->holders, &old, old + 1)))
		return true;
	return tapir_lock_wait(lock, false);
}

static __always_inline void tapir_unlock_write(struct tapir_lock *lock)
{
	atomic_set_release(&lock->holders, 0);
}

static __always_inline void tapir_unlock_read(struct tapir_lock *lock)
{
	atomic_dec_return_release(&lock->holders);
}

/*
 * The lock of a global that is kept in a part per CPU is one lock per CPU. Who adds takes its own
 * CPU's (shared: an interrupt of the same CPU may add meanwhile), so that CPUs do not meet; who
 * wants the whole takes all, in order. The caller stays on its CPU.
 */
#define tapir_lock_own(pcp) tapir_lock_read(this_cpu_ptr(pcp))
#define tapir_unlock_own(pcp) tapir_unlock_read(this_cpu_ptr(pcp))

/* Releases the locks of the CPUs below `end`. */
static __maybe_unused void tapir_unlock_below(struct tapir_lock __percpu *locks, int end)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (cpu < end)
			tapir_unlock_write(per_cpu_ptr(locks, cpu));
}

static __maybe_unused bool tapir_lock_all(struct tapir_lock __percpu *locks)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (tapir_lock_write(per_cpu_ptr(locks, cpu)))
			continue;
		tapir_unlock_below(locks, cpu);
		return false;
	}
	return true;
}

#define tapir_unlock_all(pcp) tapir_unlock_below(pcp, nr_cpu_ids)

#endif
