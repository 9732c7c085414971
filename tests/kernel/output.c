// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* 400,000 lines from begin: none may be lost. Prints nothing else. */
#include "tapir.h"

union tapir_frames {
	s64 n;
};
struct tapir_entry {
	s64 unused;
};
#include "context.h"

static void handler_begin(struct tapir_ctx *c)
{
	int i;

	for (i = 0; i < 400000; i++) {
		char *at = tapir_out(c, 64);

		tapir_out_undo(c, 64 - scnprintf(at, 64, "%062d\n", i));
	}
	tapir_exit();
}

static struct tapir_row tapir_rows[] = {
	{ .family = TAPIR_BEGIN, .point = "begin", .name = "begin", .handler = handler_begin },
};

#include "module.h"
