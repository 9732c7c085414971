/* Processes: identities, limits, scheduling, priorities, prctl, fork, execve and waits. */
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

static void limits(void)
{
	long *limit = at(0x100);

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
	call(prlimit64, -1, 55, BAD, BAD);
	call(getrusage, 0, at(0x200));
	call(getrusage, -1, 0);
	call(getrusage, 1, at(0x200));
	call(getrusage, 77, at(0x200));
	call(times, at(0x300));
	call(times, 0);
	call(sysinfo, at(0x400));
	call(uname, at(0x600));
	call(uname, 0);
	call(sethostname, "some name", 100);
	call(sethostname, "tapir", 5);
	call(setdomainname, BAD, 3);
	call(getcpu, at(0x800), at(0x804), 0);
	call(getrandom, at(0x800), 4, 3);
	call(getrandom, BAD, 4, 8);
	call(syslog, 10, 0, 0);
	call(syslog, 3, at(0x900), -1);
	call(syslog, 99, 0, 5);
}

static void scheduling(void)
{
	int *param = at(0x100);
	long *mask = at(0x200), *attr = at(0x300);

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
	call(sched_setattr, -1, 0, 1);
	call(sched_getattr, 0, attr, 48, 0);
	call(sched_getattr, -1, 0, 0, 5);
	call(ioprio_get, 1, 0);
	call(ioprio_set, 1, 0, 0x4004);
	call(ioprio_set, 3, -1, 0x2000);
	call(ioprio_get, 9, 9);
	for (int i = 0; i < 60; i++)
		call(prctl, i, -1, -1, -1, -1);
	call(prctl, 15, "calls_process", 0, 0, 0);
	call(prctl, 0x59616d61, 1, 2, 3, 4);
	call(arch_prctl, 0x1003, at(0x500));
	call(arch_prctl, 0x1004, at(0x500));
	call(arch_prctl, 0x1001, -1);
	call(arch_prctl, 0x1011, 0);
	call(arch_prctl, 99, 0);
}

static void children(void)
{
	const char **args = at(0x100), **env = at(0x200);
	int *status = at(0x300);
	long child;

	args[0] = "program";
	args[1] = "one two";
	args[2] = "a\nb\"";
	env[0] = "A=1";
	env[1] = "B=2";
	call(execve, "/nonesuch", args, env);
	call(execve, "/nonesuch", 0, 0);
	call(execve, 0, BAD, BAD);
	call(execve, "", args + 3, env + 2);
	for (int i = 0; i < 40; i++)
		args[i + 2] = "word";
	call(execve, "/nonesuch2", args, 0);
	call(execveat, AT_FDCWD, "none", args, env, 0x1100);
	call(execveat, -1, "none", 0, 0, 3);
	call(wait4, -1, status, 1, 0);
	call(wait4, 0x7ffffffe, 0, 0xf, at(0x400));
	call(wait4, 0, 0, 0xe0000002, 0);
	call(wait4, -1, 0, 0x12345678, 0);
	call(waitid, 0, 0, at(0x400), 4, 0);
	call(waitid, 1, 55, 0, 0x1000005, at(0x500));
	call(waitid, 9, -1, 0, 0, 0);
	child = call(fork);
	if (child == 0)
		call(exit, 3);
	call(wait4, -1, status, 0, 0);
	child = call(clone, 17, 0, 0, 0, 0);
	if (child == 0)
		call(exit_group, -2);
	call(waitid, 0, 0, at(0x400), 4, 0);
	call(clone, 0xffffffff, 0, 0, 0, 0);
	call(clone, 0x10000, 0, at(0x10), at(0x14), 0);
	call(clone3, BAD, 64);
	call(clone3, at(0x10), 1);
	call(unshare, 0x10000);
	call(unshare, 0);
	call(unshare, 0x7e020000);
	call(setns, -1, 0x20000000);
	call(setns, 0, 0);
	call(set_robust_list, at(0x10), 24);
	call(set_robust_list, 0, 0);
	call(get_robust_list, 0, at(0x20), at(0x28));
	call(get_robust_list, -1, 0, 0);
	call(kcmp, -1, -1, 0, 1, 2);
	call(kcmp, 1, 1, 5, 1, 2);
	call(ptrace, 16, -1, 0, 0);
	call(ptrace, 1, -1, 0x123, 0x456);
	call(ptrace, 0x4200, -1, 0, 0x7f);
	call(ptrace, 99, -1, 0, 0);
	call(process_vm_readv, -1, at(0), 1, at(0x10), 1, 0);
	call(process_vm_writev, -1, 0, 0, 0, 0, 1);
	call(seccomp, 0, 1, 0);
	call(seccomp, 2, 0, at(0));
	call(bpf, 5, 0, 0);
	call(bpf, 99, BAD, 8);
	call(perf_event_open, 0, 0, -1, -1, 0);
	call(perf_event_open, BAD, 0, -1, -1, 15);
	call(delete_module, "nonesuch", O_NONBLOCK);
	call(delete_module, 0, O_TRUNC);
	call(init_module, 0, 0, "a=b");
	call(finit_module, -1, "c=d", 3);
	call(reboot, 1, 2, 3, 0);
	call(kexec_load, 0, 99, 0, 5);
	call(iopl, 9);
	call(ioperm, 0x10000, 1, 1);
	call(add_key, "user", "calls", "data", 4, -2);
	call(add_key, 0, 0, 0, 0, 0);
	call(request_key, "user", "none", 0, -3);
	call(keyctl, 99, 1, 2, 3, 4);
	call(keyctl, 0, -1, 0, 0, 0);
	call(rseq, 0, 0, 7, 0);
	call(membarrier, 0, 0, 0);
	call(membarrier, 99, -1, 0);
	call(modify_ldt, 0, at(0x100), 0);
	call(modify_ldt, 99, 0, -1);
	call(userfaultfd, -1);
	call(io_setup, -1, 0);
	call(io_destroy, 0);
	call(io_submit, 0, 1, 0);
	call(io_cancel, 0, at(0), 0);
	call(io_getevents, 0, 1, 1, 0, 0);
	call(lookup_dcookie, 1, 0, 0);
	call(pidfd_open, -1, 0);
	call(pidfd_send_signal, -1, 9, 0, 0);
}

static void calls(void)
{
	identities();
	limits();
	scheduling();
	children();
}
