/* Limits, use of resources, scheduling, priorities, prctl. */
#include "calls.h"

static void limits(void)
{
	long *limit = at(0x100), *ticks = at(0x1000), *info = at(0x1100);

	limit[0] = 100;
	limit[1] = -1;
	for (int i = 0; i < 17; i++)
		call(getrlimit, i, limit);
	call(getrlimit, -1, 0);
	call(setrlimit, 4, limit);
	call(setrlimit, 99, 0);
	limit[0] = 1000;
	limit[1] = 500;
	call(setrlimit, 7, limit);
	call(prlimit64, 0, 7, 0, limit);
	call(prlimit64, 1, 4, limit, 0);
	limit[1] = -1;
	call(prlimit64, -1, 4, limit, 0);
	call(prlimit64, -1, 55, BAD, BAD);
	call(getrusage, 0, at(0x200));
	call(getrusage, -1, 0);
	call(getrusage, 1, at(0x200));
	call(getrusage, 77, at(0x200));
	for (int i = 0; i < 11; i++)
		ticks[i] = info[i] = (i + 1) * 1000 + i;
	call(times, ticks);
	call(times, 0);
	call(times, BAD);
	call(sysinfo, info);
	call(sysinfo, 0);
	call(sysinfo, BAD);
	call(uname, at(0x600));
	call(uname, 0);
	call(sethostname, "some name", 100);
	call(sethostname, "tapir", 5);
	call(setdomainname, BAD, 3);
	call(getcpu, at(0x800), at(0x804), 0);
	call(getrandom, at(0x840), 4, 3);
	call(getrandom, BAD, 4, 8);
	call(syslog, 10, 0, 0);
	call(syslog, 3, at(0x900), -1);
	call(syslog, 99, 0, 5);
}

static void scheduling(void)
{
	int *param = at(0x100);
	long *mask = at(0x200), *attr = at(0xa00);

	call(getpriority, 0, 0);
	call(getpriority, 1, -1);
	call(getpriority, 2, 5);
	call(getpriority, 9, 5);
	call(setpriority, 0, 0, 3);
	call(setpriority, 1, 0x7fffffff, -30);
	call(setpriority, 7, 0, 0);
	call(sched_getscheduler, 0);
	call(sched_getscheduler, -1);
	*param = 5;
	call(sched_setscheduler, 0, 1, param);
	call(sched_getparam, 0, param);
	call(sched_setparam, 0, param);
	*param = 0;
	call(sched_setscheduler, 0, 0, param);
	call(sched_setscheduler, -1, 3, 0);
	call(sched_setscheduler, 0, 0x40000002, param);
	call(sched_setscheduler, 0, 99, BAD);
	call(sched_getparam, -1, 0);
	call(sched_get_priority_max, 1);
	call(sched_get_priority_min, 2);
	call(sched_get_priority_max, 5);
	call(sched_get_priority_min, 77);
	call(sched_rr_get_interval, 0, at(0x400));
	call(sched_rr_get_interval, -1, 0);
	call(sched_yield);
	call(sched_getaffinity, 0, 128, mask);
	mask[0] = 3;
	call(sched_setaffinity, 0, 8, mask);
	call(sched_setaffinity, -1, 0, 0);
	call(sched_setattr, 0, attr, 0);
	attr[0] = 0x300000030;
	attr[1] = 1;
	attr[2] = 0x7fffffffb;
	attr[3] = 1000;
	attr[4] = 2000;
	attr[5] = 3000;
	call(sched_setattr, -1, attr, 2);
	call(sched_setattr, -1, BAD, 2);
	call(sched_setattr, -1, 0, 1);
	call(sched_getattr, 0, attr, 48, 0);
	call(sched_getattr, -1, 0, 0, 5);
	call(ioprio_get, 1, 0);
	call(ioprio_set, 1, 0, 0x4004);
	call(ioprio_set, 3, -1, 0x2000);
	call(ioprio_get, 9, 9);
	for (int i = 0; i < 60; i++) {
		if (i == 28) /* bits above the 32nd, which are none of those that have names */
			continue;
		call(prctl, i, -1, -1, -1, -1);
	}
	call(prctl, 28, 0x7f, 0, 0, 0);
	call(prctl, 15, put(0x600, "calls_other"), 0, 0, 0);
	call(prctl, 0x59616d61, 1, 2, 3, 4);
	call(arch_prctl, 0x1003, at(0x500));
	call(arch_prctl, 0x1004, at(0x500));
	call(arch_prctl, 0x1001, -1);
	call(arch_prctl, 0x1011, 0);
	call(arch_prctl, 99, 0);
}

static void calls(void)
{
	limits();
	scheduling();
}
