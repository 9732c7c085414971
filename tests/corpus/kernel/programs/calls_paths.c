/* Names in folders: making, linking, renaming, removing, asking. */
#include "calls.h"

static void names(void)
{
	long fd;

	call(unlink, "/tmp/p-file");
	fd = call(creat, "/tmp/p-file", 0640);
	call(close, fd);
	call(mkdir, "/tmp/p-dir", 0755);
	call(mkdir, "/tmp/p-dir", 01777);
	call(mkdir, 0, 0);
	call(mkdirat, AT_FDCWD, "p-dir2", 0700);
	call(mkdirat, -7, BAD, 0);
	call(mknod, "/tmp/p-fifo", 0010644, 0);
	call(mknod, "/tmp/p-char", 0020600, 0x103);
	call(mknod, "/tmp/p-block", 0060000, 0x801);
	call(mknod, "/tmp/p-sock", 0140777, 0);
	call(mknod, "/nonesuch/x", 0170000, -1);
	call(mknodat, AT_FDCWD, "p-reg", 0100600, 0);
	call(mknodat, 5, "p-reg", 0, 1);
	call(symlink, "/tmp/p-file", "/tmp/p-sym");
	call(symlink, "", 0);
	call(symlinkat, "p-file", AT_FDCWD, "p-sym2");
	call(symlinkat, "p-file", -1, "p-sym2");
	call(link, "/tmp/p-file", "/tmp/p-hard");
	call(link, 0, BAD);
	call(linkat, AT_FDCWD, "p-file", AT_FDCWD, "p-hard2", 0x400);
	call(linkat, -1, "p-file", 3, "p-hard2", 0x1400);
	call(linkat, -1, "p-file", 3, "p-hard2", 0xfff);
	call(readlink, "/tmp/p-sym", at(0x100), 64);
	call(readlink, "/tmp/p-file", at(0x100), -1);
	call(readlinkat, AT_FDCWD, "p-sym2", at(0x100), 64);
	call(readlinkat, 77, "p-sym2", 0, 0);
	call(rename, "/tmp/p-hard", "/tmp/p-hard3");
	call(rename, "/tmp/none", 0);
	call(renameat, AT_FDCWD, "p-hard3", AT_FDCWD, "p-hard");
	call(renameat, -1, "p-hard3", 4, "p-hard");
	call(renameat2, AT_FDCWD, "p-hard", AT_FDCWD, "p-hard4", 1);
	call(renameat2, AT_FDCWD, "p-hard", -1, "p-hard4", 6);
	call(unlinkat, AT_FDCWD, "p-dir2", 0x200);
	call(unlinkat, -1, "p-dir2", 0);
	call(unlinkat, AT_FDCWD, "p-dir2", 0x1234);
	call(rmdir, "/tmp/p-dir3");
	call(rmdir, BAD);
	call(chdir, "/tmp/p-dir");
	call(chdir, "none");
	call(fchdir, -1);
	fd = call(open, "/tmp", O_RDONLY);
	call(fchdir, fd);
	call(getcwd, at(0x200), 100);
	call(getcwd, at(0x200), 1);
	call(getcwd, 0, 0);
	call(chroot, "/nonesuch");
	call(pivot_root, "/a", "/b");
	call(access, "/tmp/p-file", 0);
	call(access, "/tmp/p-file", 4);
	call(access, "/tmp/p-file", 7);
	call(access, 0, 8);
	call(faccessat, AT_FDCWD, "p-file", 6);
	call(faccessat, 100, "p-file", 1);
	call(faccessat2, AT_FDCWD, "p-file", 4, 0x200);
	call(faccessat2, -1, "p-file", 99, 0x300);
}

static void calls(void)
{
	names();
}
