/* SPDX-License-Identifier: MIT */
/* What the value headers of runtime-c take from the kernel, for tests in user space. */
#ifndef USERSPACE_SHIM_H
#define USERSPACE_SHIM_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAPIR_USERSPACE
#ifndef MAXSTRINGLEN
#define MAXSTRINGLEN 64
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef long long s64;

#define S64_MAX INT64_MAX
#define S64_MIN INT64_MIN
#define likely(x) (x)
#define unlikely(x) (x)
#define noinline
#define cpu_to_be64(value) __builtin_bswap64(value)
#define OPTIMIZER_HIDE_VAR(variable) __asm__("" : "=r"(variable) : "0"(variable))
#define __maybe_unused __attribute__((unused))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define vzalloc(size) calloc(1, size)
/* In tapir.h with a check of the memory that is free. */
#define tapir_allocate(bytes) vzalloc(bytes)
#define vfree(memory) free(memory)

/* The print buffer of a context, in the small. */
struct tapir_ctx {
	u32 out_length;
	char out[65536];
};

static inline char *tapir_out(struct tapir_ctx *c, u32 length)
{
	char *at = c->out + c->out_length;

	c->out_length += length;
	return at;
}

static inline void tapir_out_undo(struct tapir_ctx *c, u32 length)
{
	c->out_length -= length;
}

static inline bool tapir_read(void *to, s64 address, u32 size, bool user)
{
	(void)user;
	memcpy(to, (const void *)(intptr_t)address, size);
	return true;
}

#endif
