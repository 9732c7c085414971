// SPDX-License-Identifier: MIT
/*
 * The C of tapset/floatingpoint.stp in user space, which floatingpoint_test.ts gives as a header.
 * A line of input is two numbers in hexadecimal, or "text" and a decimal number; the line of output
 * has what the functions make of it, in the order of the test.
 */
#include <ctype.h>
#include "userspace_shim.h"

#define swap(a, b) \
	do { \
		__typeof__(a) swapped = (a); \
		(a) = (b); \
		(b) = swapped; \
	} while (0)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#include "floatingpoint.h"

static void show_numbers(u64 a, u64 b)
{
	s64 mode;

	printf("%llx %llx %llx %llx %llx %llx", __fp_add(a, b), __fp_sub(a, b), __fp_mul(a, b),
	       __fp_div(a, b), __fp_rem(a, b), __fp_sqrt(a));
	printf(" %x %x %x", __fp_ordered(a, b) && __fp_order(a) == __fp_order(b),
	       __fp_ordered(a, b) && __fp_order(a) <= __fp_order(b),
	       __fp_ordered(a, b) && __fp_order(a) < __fp_order(b));
	printf(" %llx %llx", __fp_from_long(a), __fp_from_single(a));
	for (mode = 0; mode < 5; mode++)
		printf(" %llx", __fp_to_long(a, mode));
	printf("\n");
}

int main(void)
{
	static char line[1 << 16];
	u64 a, b;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%llx %llx", &a, &b) == 2)
			show_numbers(a, b);
		else if (!strncmp(line, "text ", 5) && __fp_parse(line + 5, &a))
			printf("%llx\n", a);
		else
			printf("none\n");
	}
	return 0;
}
