/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * 64-bit arithmetic with a defined result in every corner. Takes no locks.
 *
 * Kernel code is compiled with wrapping signed arithmetic (-fno-strict-overflow), so + - * need
 * no help. Division by zero is the caller's to exclude.
 */
#ifndef TAPIR_ARITH_H
#define TAPIR_ARITH_H

static inline s64 tapir_div(s64 a, s64 b)
{
	return b == -1 ? (s64)(0 - (u64)a) : a / b;
}

static inline s64 tapir_mod(s64 a, s64 b)
{
	return b == -1 ? 0 : a % b;
}

/*
 * Division of what is known to be small and not negative, by a constant: @factor >> @shift is as
 * near to its inverse as is needed (compiler/backend/c/ranges.ts).
 */
static __always_inline __maybe_unused s64 tapir_short_div(s64 a, u32 factor, u32 shift)
{
	return (s64)(((u64)a * factor) >> shift);
}

static __always_inline __maybe_unused s64 tapir_short_mod(s64 a, u32 factor, u32 shift, s64 by)
{
	return a - tapir_short_div(a, factor, shift) * by;
}

static inline s64 tapir_shl(s64 a, s64 n)
{
	return (s64)((u64)a << (n & 63));
}

static inline s64 tapir_sar(s64 a, s64 n)
{
	return a >> (n & 63);
}

static inline s64 tapir_shr(s64 a, s64 n)
{
	return (s64)((u64)a >> (n & 63));
}

#endif
