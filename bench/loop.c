/*
 * loop - makes a system call N times and prints the nanoseconds of one call: getppid, or with a
 * third word a read that fails.
 *
 * Under QEMU's -icount shift=0 a nanosecond of guest time is one instruction. The shortest of
 * several rounds is printed, so that a timer tick in one of them does not count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 20000;
	int rounds = argc > 2 ? atoi(argv[2]) : 5;
	int call = argc > 3 ? SYS_read : SYS_getppid;
	double best = 1e18;

	for (int round = 0; round < rounds; round++) {
		long long start = now();

		for (long i = 0; i < calls; i++)
			syscall(call, -1, NULL, 64);
		double cost = (double)(now() - start) / calls;
		if (cost < best)
			best = cost;
	}
	printf("ns_per_call %.1f\n", best);
	return 0;
}
