/* SPDX-License-Identifier: Dual MIT/GPL */
/**
 * DOC: symbol.h - names of kernel addresses
 *
 * Offers tapir_symbol_line() and tapir_symbol_text(). The kernel's own search expands compressed
 * names and costs thousands of instructions, and backtraces name the same few hundred return
 * addresses again and again: texts of the kernel image, which never move, stay in a table. Names in
 * modules are looked up each time, since modules come and go.
 *
 * Table: a slot is claimed by cmpxchg of its address (0 -> 1), filled, and published by a release
 * store of the address. It is never changed again. No locks, any context.
 */
#ifndef TAPIR_SYMBOL_H
#define TAPIR_SYMBOL_H

#include <linux/kallsyms.h>
#include "context.h"

#define TAPIR_SYMBOL_SLOTS 1024
#define TAPIR_SYMBOL_PROBES 4
/* " 0xffffffff81000000 : " */
#define TAPIR_SYMBOL_PREFIX 22

/**
 * struct tapir_symbol_slot - one known address
 * @address: the address; 0 free, 1 being filled
 * @length: bytes of @line
 * @line: ` 0xADDRESS : name+0xOFFSET/0xSIZE [kernel]` and a newline
 */
struct tapir_symbol_slot {
	unsigned long address;
	u32 length;
	char line[116];
};

static struct tapir_symbol_slot tapir_symbol_slots[TAPIR_SYMBOL_SLOTS];

/** struct tapir_symbol_line - a line for an address that has no slot. */
struct tapir_symbol_line {
	char text[TAPIR_SYMBOL_PREFIX + KSYM_SYMBOL_LEN + 16];
};

/* Writes the line; true if it may be kept. */
static noinline bool tapir_symbol_format(struct tapir_symbol_line *to, unsigned long address,
					 u32 *length)
{
	u32 at = scnprintf(to->text, sizeof(to->text), " 0x%016lx : ", address);
	bool keep = false;

	at += sprint_symbol(to->text + at, address);
	if (to->text[TAPIR_SYMBOL_PREFIX] != '0' && to->text[at - 1] != ']') {
		at += scnprintf(to->text + at, sizeof(to->text) - at, " [kernel]");
		keep = true;
	}
	to->text[at++] = '\n';
	to->text[at] = 0;
	*length = at;
	return keep;
}

/**
 * tapir_symbol_line() - the line of a backtrace for an address
 * @to: room, used if the table has no place
 * @address: any value
 * @length: set to the bytes of the line
 *
 * Return: the line, in @to or in the table.
 */
static const char *tapir_symbol_line(struct tapir_symbol_line *to, unsigned long address,
				     u32 *length)
{
	u32 at = (u32)((address * 0x9e3779b97f4a7c15UL) >> 40), i;
	struct tapir_symbol_slot *slot = NULL;
	bool keep;

	for (i = 0; i < TAPIR_SYMBOL_PROBES; i++) {
		unsigned long have;

		slot = &tapir_symbol_slots[(at + i) % TAPIR_SYMBOL_SLOTS];
		have = smp_load_acquire(&slot->address);
		if (have == address && address > 1) {
			*length = slot->length;
			return slot->line;
		}
		if (!have)
			break;
	}
	keep = tapir_symbol_format(to, address, length);
	if (keep && i < TAPIR_SYMBOL_PROBES && *length <= sizeof(slot->line) &&
	    cmpxchg(&slot->address, 0UL, 1UL) == 0) {
		memcpy(slot->line, to->text, *length);
		slot->length = *length;
		smp_store_release(&slot->address, address);
	}
	return to->text;
}

/**
 * tapir_symbol_text() - `name+0xOFFSET/0xSIZE [module]`, or `0xADDRESS` if there is no symbol
 * @out: where to write
 * @size: its room
 * @address: any value
 * @offset: false: the name alone
 */
static noinline __maybe_unused void tapir_symbol_text(char *out, u32 size, unsigned long address,
						      bool offset)
{
	struct tapir_symbol_line room;
	u32 length, n;
	const char *text = tapir_symbol_line(&room, address, &length) + TAPIR_SYMBOL_PREFIX;

	length -= TAPIR_SYMBOL_PREFIX + 1;
	for (n = 0; n < length && n + 1 < size; n++) {
		if (!offset && text[n] == '+')
			break;
		out[n] = text[n];
	}
	out[n] = 0;
}

#endif /* TAPIR_SYMBOL_H */
