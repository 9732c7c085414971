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

#endif
