/* Identities and capabilities. */
#include "calls.h"

static void identities(void)
{
	int *ids = at(0);

	call(getuid); call(geteuid); call(getgid); call(getegid);
	call(getresuid, ids, ids + 1, ids + 2);
	call(getresgid, ids, ids + 1, 0);
	call(setuid, 0);
	call(setuid, -1);
	call(setgid, 0);
	call(setgid, 70000);
	call(setreuid, -1, 0);
	call(setregid, 0, -1);
	call(setresuid, -1, -1, -1);
	call(setresuid, 0, 0, 0);
	call(setresgid, 0, -1, 5);
	call(setresgid, 0, 0, 0);
	call(setfsuid, 0);
	call(setfsgid, -1);
	call(getgroups, 0, 0);
	call(getgroups, -1, ids);
	ids[0] = 4;
	ids[1] = 5;
	call(setgroups, 2, ids);
	call(setgroups, 0, 0);
	call(setgroups, -1, 0);
	call(getpgid, 1);
	call(getpgid, -1);
	call(setpgid, 0x7fffffff, 0);
	call(setpgid, 0, -1);
	call(getsid, 1);
	call(getsid, -1);
	call(capget, at(0x40), at(0x60));
	call(capset, at(0x40), 0);
	call(personality, 0xffffffff);
	call(personality, 8);
	call(personality, 0);
}

static void calls(void)
{
	identities();
}
