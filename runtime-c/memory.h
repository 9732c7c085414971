/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Safe access to foreign memory. Nothing here sleeps: a page that is not present is a fault, and a
 * fault is an error that the caller reports. Takes no locks.
 */
#ifndef TAPIR_MEMORY_H
#define TAPIR_MEMORY_H

#include <linux/uaccess.h>

static inline bool tapir_read(void *to, s64 address, u32 size, bool user)
{
	bool good;

	if (user)
		good = !copy_from_user_nofault(to, (const void __user *)(unsigned long)address, size);
	else
		good = !copy_from_kernel_nofault(to, (const void *)(unsigned long)address, size);
	if (good)
		tapir_note(address, to, size);
	return good;
}

/* One integer of 1, 2, 4 or 8 bytes, extended to 64 bits. */
static __always_inline bool tapir_read_int(s64 *to, s64 address, u32 size, bool is_signed, bool user)
{
	union {
		u8 b;
		u16 h;
		u32 w;
		u64 d;
	} v = { .d = 0 };

	if (unlikely(!tapir_read(&v, address, size, user)))
		return false;
	switch (size) {
	case 1:
		*to = is_signed ? (s64)(s8)v.b : (s64)v.b;
		break;
	case 2:
		*to = is_signed ? (s64)(s16)v.h : (s64)v.h;
		break;
	case 4:
		*to = is_signed ? (s64)(s32)v.w : (s64)v.w;
		break;
	default:
		*to = (s64)v.d;
	}
	return true;
}

/*
 * A NUL-terminated string from kernel memory. strncpy_from_kernel_nofault() is not exported, so
 * this reads pieces that stay inside an aligned block of 64 bytes, hence inside a page.
 */
static noinline bool tapir_read_kernel_string(char *to, unsigned long address, u32 size)
{
	u32 at = 0;

	while (at < size) {
		u32 piece = min_t(u32, size - at, 64 - ((address + at) & 63));

		if (copy_from_kernel_nofault(to + at, (const void *)(address + at), piece))
			return false;
		if (memchr(to + at, 0, piece))
			return true;
		at += piece;
	}
	return true;
}

/* A NUL-terminated string, cut to size - 1 bytes. */
static inline bool tapir_read_string(char *to, s64 address, u32 size, bool user)
{
	bool good = false;

	if (user) {
		const char __user *from = (const char __user *)(unsigned long)address;

		/* strncpy_from_user_nofault() is not exported; this is what it does. */
		if (access_ok(from, 1)) {
			pagefault_disable();
			good = strncpy_from_user(to, from, size) >= 0;
			pagefault_enable();
		}
	} else {
		good = tapir_read_kernel_string(to, (unsigned long)address, size);
	}
	if (good) {
		tapir_note(address, to, strnlen(to, size - 1) + 1);
		to[size - 1] = 0;
	} else {
		to[0] = 0;
	}
	return good;
}

/*
 * Guru writes. copy_to_kernel_nofault() is not exported to modules, so a kernel address is first
 * read (which proves that it is mapped) and then stored to in one instruction.
 */
static inline bool tapir_write_int(s64 address, u32 size, s64 value, bool user)
{
	u64 probe;

	if (user) {
		void __user *at = (void __user *)(unsigned long)address;
		long left;

		if (!access_ok(at, size))
			return false;
		pagefault_disable();
		left = __copy_to_user_inatomic(at, &value, size);
		pagefault_enable();
		return !left;
	}
	if (!tapir_read(&probe, address, size, false))
		return false;
	switch (size) {
	case 1:
		WRITE_ONCE(*(u8 *)(unsigned long)address, (u8)value);
		break;
	case 2:
		WRITE_ONCE(*(u16 *)(unsigned long)address, (u16)value);
		break;
	case 4:
		WRITE_ONCE(*(u32 *)(unsigned long)address, (u32)value);
		break;
	default:
		WRITE_ONCE(*(u64 *)(unsigned long)address, (u64)value);
	}
	return true;
}

/* The field of `bits` bits at `offset` of a word. */
static inline s64 tapir_bits(s64 word, u32 offset, u32 bits, bool is_signed)
{
	u64 top = (u64)word << (64 - offset - bits);

	return is_signed ? (s64)top >> (64 - bits) : (s64)(top >> (64 - bits));
}

#endif
