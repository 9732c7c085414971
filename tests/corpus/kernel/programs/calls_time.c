/* Clocks and timers, waiting for descriptors, futexes, memory, IPC. */
#include "calls.h"

struct time { long sec, sub; };

static struct time *moment(unsigned long offset, long sec, long sub)
{
	struct time *time = at(offset);

	time->sec = sec;
	time->sub = sub;
	return time;
}

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
	call(clock_nanosleep, 3, 99, BAD, 0);
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
	call(timer_settime, 0, 0, timer, at(0x140));
	call(timer_settime, -1, 1, 0, 0);
	call(timer_gettime, 0, at(0x140));
	call(timer_gettime, -1, 0);
	call(timer_getoverrun, 0);
	call(timer_getoverrun, -1);
	call(timer_delete, 0);
	call(timer_delete, -1);
	call(timerfd_create, 1, 02004000);
	call(timerfd_create, 99, -1);
	call(timerfd_settime, -1, 1, timer, 0);
	call(timerfd_settime, 3, 0, BAD, at(0x140));
	call(timerfd_gettime, -1, at(0x140));
	call(timerfd_gettime, 3, 0);
	call(adjtimex, at(0x400));
	call(adjtimex, 0);
	call(clock_adjtime, 0, at(0x400));
	call(clock_adjtime, 77, BAD);
}

static void waiting(void)
{
	struct { int fd; short events, revents; } *poll = at(0x100);
	struct { int events; long data; } __attribute__((packed)) *event = at(0x200);
	long *mask = at(0x300);

	poll[0].fd = 1;
	poll[0].events = 4;
	poll[1].fd = -1;
	poll[1].events = 0x7fff;
	call(poll, poll, 2, 0);
	call(poll, 0, 0, 1);
	call(poll, BAD, 1, -1);
	call(ppoll, poll, 1, moment(0, 0, 5), mask, 8);
	call(ppoll, 0, 0, moment(0, 0, 1), 0, 0);
	call(select, 2, 0, at(0x320), 0, moment(0, 0, 1));
	call(select, -1, at(0x320), 0, 0, 0);
	call(pselect6, 1, 0, 0, at(0x320), moment(0, 0, 1), 0);
	call(pselect6, -1, BAD, 0, 0, 0, at(0x330));
	call(epoll_create, 1);
	call(epoll_create, -1);
	call(epoll_create1, O_CLOEXEC);
	call(epoll_create1, 1);
	event->events = 1;
	event->data = 42;
	call(epoll_ctl, 3, 1, 0, event);
	event->events = 0xffffffff;
	call(epoll_ctl, -1, 3, 1, event);
	call(epoll_ctl, -1, 2, 1, 0);
	call(epoll_ctl, -1, 99, 1, BAD);
	call(epoll_wait, 3, event, 5, 0);
	call(epoll_wait, -1, 0, -1, -1);
	call(epoll_pwait, 3, event, 5, 0, mask, 8);
	call(epoll_pwait, -1, 0, 0, 0, 0, 0);
	call(epoll_pwait2, -1, event, 1, moment(0, 0, 1), 0, 0);
	call(eventfd, 3);
	call(eventfd2, 5, 02004001);
	call(eventfd2, -1, -1);
	for (int i = 0; i < 14; i++)
		call(futex, at(0x400), i, 1, moment(0, 0, 1), at(0x408), 3);
	call(futex, at(0x400), 128, 1, 0, 0, 0);
	call(futex, at(0x400), 129, 1, 0, 0, 0);
	call(futex, 0, 128 + 256, 1, 0, 0, 0);
	call(futex, BAD, 99, -1, BAD, 0, 0);
}

static void memory(void)
{
	void *page = (void *)0x20000000;

	call(mmap, page, 0x4000, 3, 0x32, -1, 0);
	call(mmap, 0, 0, 1, 2, -1, 0);
	call(mmap, page, 0x1000, 0, 0x100022, -1, 0);
	call(mmap, BAD, -1, 0x7, 0x1, 77, 0x5000);
	call(mmap, 0, 0x1000, 0x1000000, 0xfffff, -1, 3);
	call(mprotect, page, 0x1000, 1);
	call(mprotect, 1, 2, 0x3000007);
	call(mprotect, page, 0x1000, 0);
	call(madvise, page, 0x1000, 4);
	call(madvise, page, -1, 101);
	call(madvise, 1, 0, 77);
	call(msync, page, 0x1000, 4);
	call(msync, 1, 0x1000, 7);
	call(msync, 1, 0x1000, 0x18);
	call(mincore, page, 0x1000, at(0));
	call(mincore, 1, 0, 0);
	call(mlock, page, 0x1000);
	call(mlock, 0, -1);
	call(mlock2, page, 0x1000, 1);
	call(mlock2, page, 0x1000, 3);
	call(munlock, page, 0x1000);
	call(mlockall, 0x1f);
	call(mlockall, 0);
	call(munlockall);
	call(mremap, page, 0x1000, 0x2000, 0, 0);
	call(mremap, page, 0x1000, 0x2000, 3, 0x30000000);
	call(mremap, 1, 0, 0, 0xff, BAD);
	call(munmap, 0x30000000, 0x2000);
	call(munmap, 1, 0);
	call(brk, 1);
	call(remap_file_pages, page, 0x1000, 0, 1, 0x10000);
	call(mbind, page, 0x1000, 1, at(0), 8, 1);
	call(mbind, 1, 0, 99, 0, 0, 77);
	call(get_mempolicy, at(0), at(8), 8, 0, 0);
	call(get_mempolicy, 0, 0, 0, page, 7);
	call(set_mempolicy, 0, 0, 0);
	call(set_mempolicy, 0x8003, at(0), -1);
	call(migrate_pages, -1, 8, at(0), at(8));
	call(move_pages, -1, 1, at(0), 0, 0, 2);
	call(pkey_alloc, 1, 0);
	call(pkey_free, -1);
	call(pkey_mprotect, page, 0x1000, 3, -1);
}

static void messages(void)
{
	long *message = at(0x100);
	short *ops = at(0x200);

	call(msgget, 0, 01600);
	call(msgget, 0x1234, 06777);
	call(msgctl, -1, 0, 0);
	call(msgctl, -1, 2, at(0x400));
	call(msgctl, -1, 99, BAD);
	message[0] = 5;
	put(0x108, "note");
	call(msgsnd, -1, message, 4, 04000);
	call(msgsnd, -1, 0, -1, 0);
	call(msgrcv, -1, at(0x180), 8, -5, 014000);
	call(msgrcv, -1, 0, 0, 0, 0);
	call(semget, 0, 2, 01600);
	call(semget, 0x1234, -1, 06777);
	call(semctl, -1, 0, 12, 0);
	call(semctl, -1, 1, 16, 7);
	call(semctl, -1, 0, 0, 0);
	call(semctl, -1, -1, 99, BAD);
	ops[1] = -1;
	call(semop, -1, ops, 1);
	call(semop, -1, 0, 0);
	call(semtimedop, -1, ops, 1, moment(0, 1, 2));
	call(semtimedop, -1, BAD, 2, 0);
	call(shmget, 0, 4096, 01600);
	call(shmget, 0x1234, -1, 0xffff);
	call(shmat, -1, 0, 010000);
	call(shmat, -1, BAD, 070000);
	call(shmdt, 1);
	call(shmctl, -1, 0, 0);
	call(shmctl, -1, 11, 0);
	call(shmctl, -1, 99, BAD);
	call(mq_open, "calls", O_RDWR | O_CREAT, 0600, 0);
	call(mq_open, 0, O_RDONLY, 0, BAD);
	call(mq_timedsend, -1, "text", 4, 5, moment(0, 1, 2));
	call(mq_timedsend, -1, 0, 0, 0, 0);
	call(mq_timedreceive, -1, at(0x180), 4, at(0x10), moment(0, 1, 2));
	call(mq_timedreceive, -1, 0, 0, 0, 0);
	call(mq_notify, -1, 0);
	call(mq_getsetattr, -1, at(0), 0);
	call(mq_unlink, "calls");
	call(mq_unlink, 0);
}

static void calls(void)
{
	clocks();
	waiting();
	memory();
	messages();
}
