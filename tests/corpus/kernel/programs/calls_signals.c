/* Signals: sending, handlers, masks, waits. */
#include "calls.h"

struct action { void *handler; unsigned long flags; void *restorer; unsigned long mask; };

static void calls(void)
{
	struct action *action = at(0x100);
	long *mask = at(0x200), *time = at(0x300);
	int *info = at(0x400);

	for (int i = 0; i < 67; i++) {
		if (i == 16) /* SIGSTKFLT, which SystemTap has no name for */
			continue;
		call(kill, 0x7ffffffe, i);
	}
	call(kill, -1, -1);
	call(kill, 1, 0);
	call(tkill, -1, 9);
	call(tkill, 0x7ffffffe, 15);
	call(tgkill, -1, -1, 64);
	call(tgkill, 1, 0x7ffffffe, 65);
	action->handler = (void *)1;
	call(rt_sigaction, 10, action, at(0x140), 8);
	action->handler = 0;
	action->flags = 0xdc000007;
	action->mask = 0xa02;
	call(rt_sigaction, 12, action, 0, 8);
	action->handler = at(0x10);
	call(rt_sigaction, 17, action, 0, 8);
	call(rt_sigaction, 10, 0, at(0x140), 8);
	call(rt_sigaction, 9, action, 0, 8);
	call(rt_sigaction, -1, BAD, 0, 5);
	mask[0] = 0x200;
	call(rt_sigprocmask, 0, mask, at(0x240), 8);
	call(rt_sigprocmask, 1, mask, 0, 8);
	mask[0] = 0x202;
	call(rt_sigprocmask, 2, mask, 0, 8);
	mask[0] = 0;
	call(rt_sigprocmask, 2, mask, 0, 8);
	mask[0] = 0x7fff77ff;
	call(rt_sigprocmask, 9, mask, 0, 8);
	call(rt_sigprocmask, 0, 0, at(0x240), 8);
	call(rt_sigprocmask, 0, BAD, 0, 8);
	call(rt_sigpending, at(0x240), 8);
	call(rt_sigpending, 0, 5);
	mask[0] = 0x201;
	time[0] = 0;
	time[1] = 1;
	call(rt_sigtimedwait, mask, at(0x500), time, 8);
	call(rt_sigtimedwait, 0, 0, 0, 3);
	call(rt_sigsuspend, 0, 5);
	call(rt_sigsuspend, BAD, 8);
	info[0] = 10;
	info[2] = -1;
	call(rt_sigqueueinfo, 0x7ffffffe, 10, info);
	call(rt_sigqueueinfo, -1, 99, 0);
	call(rt_tgsigqueueinfo, 0x7ffffffe, 0x7ffffffe, 12, info);
	call(rt_tgsigqueueinfo, -1, -1, -1, BAD);
	call(sigaltstack, 0, at(0x600));
	call(sigaltstack, at(0x640), 0);
	call(sigaltstack, BAD, BAD);
	call(signalfd4, -1, mask, 8, 02004000);
	call(signalfd4, 77, BAD, 8, -1);
	call(restart_syscall);
}
