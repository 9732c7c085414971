/* Waiting for descriptors; futexes. */
#include "calls.h"

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
	call(futex, at(0x400), 5, 1, 2, at(0x408), 0x94ffe001);
	call(futex, at(0x400), 5, 1, 2, at(0x408), 0x25001abc);
	call(futex, at(0x400), 9, 1, 0, 0, -1);
	call(futex, at(0x400), 9 + 256, 1, moment(0, 0, 1), 0, -1);
	call(futex, at(0x400), 0, 1, 0, 0, 0);
	call(futex, at(0x400), 129, 1, 0, 0, 0);
	call(futex, 0, 128 + 256, 1, 0, 0, 0);
	call(futex, BAD, 99, -1, BAD, 0, 0);
}

static void calls(void)
{
	waiting();
}
