/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * The names that embedded C bodies use. Each stands inside a generated function that has the
 * context `c`, a label `out`, and TAPIR_SITE, the place for messages. Takes no locks.
 */
#ifndef TAPIR_EMBEDDED_H
#define TAPIR_EMBEDDED_H

#define CONTEXT c

#ifndef TAPIR_COMPAT_STRLCPY
/* Newer kernels have dropped it; scripts' embedded C goes on using it. */
static __maybe_unused size_t strlcpy(char *to, const char *from, size_t size)
{
	if (size)
		strscpy(to, from, size);
	return strlen(from);
}
#endif

/*
 * The registers of a call: arguments, result and stack pointer. Naming `regs` of the context itself
 * asks for all registers at function entries, which costs more.
 */
#define CALL_REGS (c->regs)

/*
 * Start of the function that a row probes, 0 if unknown: with IBT a function begins with ENDBR (or
 * what the kernel put there instead), and probes stand behind it.
 */
static __maybe_unused unsigned long tapir_row_address(const struct tapir_row *row)
{
	unsigned long address = row->address;
#ifdef CONFIG_X86_KERNEL_IBT
	u32 word;

	if ((address & 15) == 4 &&
	    !copy_from_kernel_nofault(&word, (void *)(address - 4), sizeof(word)) &&
	    tapir_is_endbr(word))
		return address - 4;
#endif
	return address;
}

static noinline __printf(2, 3) __maybe_unused void tapir_printf(struct tapir_ctx *c,
								const char *format, ...)
{
	char *at = tapir_out(c, 1024);
	va_list args;
	int length;

	va_start(args, format);
	length = vscnprintf(at, 1024, format, args);
	va_end(args);
	tapir_out_undo(c, 1024 - length);
}

#define STAP_PRINTF(format, ...) tapir_printf(c, format, ##__VA_ARGS__)

/* The name of a task, by words: it may be changed while it is read, so it is ended here. */
static __always_inline void tapir_comm(char *to, const struct task_struct *task)
{
	u64 first, last;

	BUILD_BUG_ON(sizeof(task->comm) != 2 * sizeof(u64));
	if (MAXSTRINGLEN < TASK_COMM_LEN) {
		tapir_str_copy(to, task->comm, MAXSTRINGLEN);
		return;
	}
	memcpy(&first, task->comm, 8);
	memcpy(&last, task->comm + 8, 8);
	last &= cpu_to_le64(~0ULL >> 8);
	memcpy(to, &first, 8);
	memcpy(to + 8, &last, 8);
}

#define STAP_ERROR(format, ...) \
	do { \
		tapir_raisef(c, TAPIR_SITE, format, ##__VA_ARGS__); \
		goto out; \
	} while (0)

#define DEREF_FAULT(address) \
	({ \
		tapir_read_fault(c, (s64)(unsigned long)(address), TAPIR_SITE); \
		goto out; \
	})
#define STORE_DEREF_FAULT(address) \
	({ \
		tapir_write_fault(c, (s64)(unsigned long)(address), TAPIR_SITE); \
		goto out; \
	})
#define CATCH_DEREF_FAULT()

#define TAPIR_TYPED_READ(pointer, user) \
	({ \
		union { \
			typeof(*(pointer)) value; \
			char bytes[sizeof(*(pointer))]; \
		} _read; \
		if (!tapir_read(_read.bytes, (s64)(unsigned long)(pointer), sizeof(_read.bytes), \
				user)) \
			DEREF_FAULT(pointer); \
		_read.value; \
	})
#define kread(pointer) TAPIR_TYPED_READ(pointer, false)
#define uread(pointer) TAPIR_TYPED_READ(pointer, true)

#define TAPIR_SIZED_READ(size, address, user) \
	({ \
		s64 _value = 0; \
		if (!tapir_read_int(&_value, (s64)(unsigned long)(address), size, false, user)) \
			DEREF_FAULT(address); \
		_value; \
	})
#define kderef(size, address) TAPIR_SIZED_READ(size, address, false)
#define uderef(size, address) TAPIR_SIZED_READ(size, address, true)

#define TAPIR_SIZED_WRITE(size, address, value, user) \
	do { \
		if (!tapir_write_int((s64)(unsigned long)(address), size, (s64)(value), user)) \
			STORE_DEREF_FAULT(address); \
	} while (0)
#define store_kderef(size, address, value) TAPIR_SIZED_WRITE(size, address, value, false)
#define store_uderef(size, address, value) TAPIR_SIZED_WRITE(size, address, value, true)
#define kwrite(pointer, value) store_kderef(sizeof(*(pointer)), pointer, (unsigned long)(value))
#define uwrite(pointer, value) store_uderef(sizeof(*(pointer)), pointer, (unsigned long)(value))

#define kderef_buffer(to, address, size) \
	({ \
		if (!tapir_read(to, (s64)(unsigned long)(address), size, false)) \
			DEREF_FAULT(address); \
		(to); \
	})
#define kderef_string(to, address, size) \
	({ \
		if (!tapir_read_string(to, (s64)(unsigned long)(address), size, false)) \
			DEREF_FAULT(address); \
		(to); \
	})
#define uderef_string(to, address, size) \
	({ \
		if (!tapir_read_string(to, (s64)(unsigned long)(address), size, true)) \
			DEREF_FAULT(address); \
		(to); \
	})

#endif
