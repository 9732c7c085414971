/* Tracing, modules, keys, asynchronous input and output, the machine. */
#include "calls.h"

static void calls(void)
{
	call(kcmp, -1, -1, 0, 1, 2);
	call(kcmp, 1, 1, 5, 1, 2);
	for (int i = 1; i < 36; i++) /* not the first, which would stop the program at its signals */
		call(ptrace, i, -1, 0x123, 0x456);
	for (int i = 0x4200; i < 0x4210; i++)
		call(ptrace, i, -1, 0x123, 0x456);
	call(ptrace, 0x4200, -1, 0, 0x7f);
	call(ptrace, 0x4200, -1, 0, 0xffffffff);
	call(ptrace, 99, -1, 0, 0);
	call(ptrace, -1, -1, -1, -1);
	call(process_vm_readv, -1, at(0), 1, at(0x10), 1, 0);
	call(process_vm_writev, -1, 0, 0, 0, 0, 1);
	call(seccomp, 0, 1, 0);
	call(bpf, 5, 0, 8);
	call(bpf, 99, BAD, 8);
	call(perf_event_open, 0, 0, -1, -1, 0);
	call(perf_event_open, BAD, 0, -1, -1, 15);
	call(delete_module, "nonesuch", O_NONBLOCK);
	call(delete_module, 0, O_TRUNC);
	call(init_module, 0, 0, "a=b");
	call(finit_module, -1, "c=d", 3);
	call(reboot, 1, 2, 3, 0);
	call(kexec_load, 0, 99, 0, 3);
	call(iopl, 9);
	call(ioperm, 0x10000, 1, 1);
	call(add_key, "user", "calls", "da\nta", 5, 99);
	call(add_key, BAD, BAD, BAD, 5, -99);
	call(add_key, 0, 0, 0, 0, 0);
	call(request_key, "user", "none", 0, -3);
	call(rseq, 0, 0, 7, 0);
	call(membarrier, 99, -1, 0);
	call(modify_ldt, 0, at(0x100), 0);
	call(modify_ldt, 99, 0, -1);
	call(userfaultfd, -1);
	call(io_setup, -1, 0);
	call(io_destroy, 0);
	call(io_submit, 0, 1, 0);
	call(io_cancel, 0, at(0), 0);
	call(io_getevents, 0, 1, 1, 0, 0);
	call(pidfd_open, -1, 0);
	call(pidfd_send_signal, -1, 9, 0, 0);
}
