/* Clocks and timers. */
#include "calls.h"

static void clocks(void)
{
	struct time *timer = at(0x100);
	int *id = at(0x200), *event = at(0x300);

	call(time, 0);
	call(time, at(0));
	call(gettimeofday, at(0), at(0x20));
	call(gettimeofday, 0, 0);
	call(settimeofday, moment(0, -1, 5), 0);
	call(settimeofday, 0, BAD);
	for (int i = 0; i < 12; i++)
		call(clock_gettime, i, at(0));
	call(clock_gettime, -5, 0);
	call(clock_settime, 1, moment(0, 1, 2));
	call(clock_settime, 99, 0);
	call(clock_getres, 0, at(0));
	call(clock_getres, -1, 0);
	call(clock_nanosleep, 1, 0, moment(0, 0, 1000), at(0x20));
	call(clock_nanosleep, 0, 1, moment(0, 5, 7), 0);
	call(nanosleep, moment(0, 0, 10), at(0x20));
	call(nanosleep, moment(0, -1, 10), 0);
	call(nanosleep, 0, 0);
	call(alarm, 0);
	call(alarm, 100);
	call(alarm, 0);
	timer[0].sec = 0;
	timer[1].sec = 50;
	timer[1].sub = 60;
	call(setitimer, 0, timer, 0);
	call(getitimer, 0, at(0x140));
	call(setitimer, 0, at(0x180), at(0x140));
	call(setitimer, 2, 0, 0);
	call(setitimer, 7, BAD, BAD);
	call(getitimer, 9, 0);
	call(timer_create, 1, 0, id);
	event[2] = 10;
	event[3] = 1;
	call(timer_create, 0, event, BAD);
	call(timer_create, 77, BAD, 0);
	call(timer_settime, -1, 1, 0, 0);
	call(timer_gettime, 0, at(0x140));
	call(timer_gettime, -1, 0);
	call(timer_getoverrun, 0);
	call(timer_getoverrun, -1);
	call(timer_delete, 0);
	call(timer_delete, -1);
	call(timerfd_create, 1, 02004000);
	call(timerfd_settime, 3, 0, BAD, at(0x140));
	call(timerfd_gettime, -1, at(0x140));
	call(timerfd_gettime, 3, 0);
	call(clock_adjtime, 77, BAD);
}

static void calls(void)
{
	clocks();
}
