/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: value.h - $value: the text that a hit brings, or that its handler makes for whoever asked
 *
 * A family that has it passes a struct tapir_value as the hit's arguments. No locks.
 */
#ifndef TAPIR_VALUE_H
#define TAPIR_VALUE_H

#include "context.h"

/**
 * struct tapir_value - a text with room
 * @text: ends in NUL
 * @length: without the NUL
 * @size: room, with the NUL
 */
struct tapir_value {
	char *text;
	u32 length;
	u32 size;
};

static inline const char *tapir_value_text(struct tapir_ctx *c)
{
	return ((const struct tapir_value *)c->args)->text;
}

/* Sets the text, or appends to it; what does not fit is cut off. */
static noinline __maybe_unused void tapir_value_put(struct tapir_ctx *c, const char *text,
						    bool append)
{
	struct tapir_value *value = (struct tapir_value *)c->args;
	u32 length = strlen(text);

	if (!append)
		value->length = 0;
	length = min(length, value->size - 1 - value->length);
	memcpy(value->text + value->length, text, length);
	value->length += length;
	value->text[value->length] = 0;
}

#endif /* TAPIR_VALUE_H */
