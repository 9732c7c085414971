/* Owners, statistics, times and extended attributes of paths. */
#include "calls.h"

static void owners(void)
{
	long fd = call(open, "/tmp/p-file", O_RDWR);

	call(chmod, "/tmp/p-file", 0600);
	call(chmod, "/tmp/none", 07777);
	call(chmod, 0, -1);
	call(fchmod, fd, 0644);
	call(fchmod, -1, 0);
	call(fchmodat, AT_FDCWD, "p-file", 0755);
	call(fchmodat, -1, "p-file", 01);
	call(chown, "/tmp/p-file", 0, 0);
	call(chown, "/tmp/none", -1, 5);
	call(lchown, "/tmp/p-sym", 1, 2);
	call(lchown, BAD, -1, -1);
	call(fchown, fd, 3, -1);
	call(fchown, -1, 3, 70000);
	call(fchownat, AT_FDCWD, "p-file", 0, 0, 0x100);
	call(fchownat, -1, 0, -1, 7, 0x1000);
	call(close, fd);
}

static void statistics(void)
{
	long fd = call(open, "/tmp/p-file", O_RDWR);

	call(stat, "/tmp/p-file", at(0x300));
	call(stat, "/tmp/none", at(0x300));
	call(stat, 0, 0);
	call(lstat, "/tmp/p-sym", at(0x300));
	call(lstat, BAD, BAD);
	call(fstat, fd, at(0x300));
	call(fstat, -1, at(0x300));
	call(newfstatat, AT_FDCWD, "p-file", at(0x300), 0);
	call(newfstatat, fd, "", at(0x300), 0x1000);
	call(newfstatat, -1, "x", 0, 0x900);
	call(statfs, "/tmp", at(0x400));
	call(statfs, "/none", 0);
	call(fstatfs, fd, at(0x400));
	call(fstatfs, -1, at(0x400));
	call(ustat, 0x801, at(0x400));
	call(getdents, fd, at(0x1000), 100);
	call(getdents, -1, 0, 0);
	call(getdents64, 0, at(0x1000), 1000);
	call(getdents64, -1, BAD, -1);
	call(close, fd);
}

static void times(void)
{
	struct { long sec, sub; } *time = at(0x500);
	long *two = at(0x540);

	two[0] = 1000000000;
	two[1] = 1000000001;
	time[0].sec = 1;
	time[0].sub = 2;
	time[1].sec = 3;
	time[1].sub = 4;
	call(utime, "/tmp/p-file", two);
	call(utime, "/tmp/none", two);
	call(utimes, "/tmp/p-file", time);
	call(utimes, "/tmp/p-file", 0);
	call(futimesat, AT_FDCWD, "p-file", time);
	call(futimesat, -1, "p-file", 0);
	call(futimesat, 3, 0, time);
	call(utimensat, AT_FDCWD, "p-file", time, 0);
	time[0].sub = 0x3fffffff;
	time[1].sub = 0x3ffffffe;
	call(utimensat, AT_FDCWD, "p-file", time, 0x100);
	call(utimensat, -1, 0, 0, 0);
	call(utimensat, 5, "p-file", BAD, 0x800);
}

static void attributes(void)
{
	long fd = call(open, "/tmp/p-file", O_RDWR);

	call(setxattr, "/tmp/p-file", "none.one", "value", 5, 0);
	call(setxattr, "/tmp/none", "trusted.one", "va\nl\001", 5, 1);
	call(setxattr, "/tmp/none", "trusted.one", "q\"u\\o\200t\0e", 9, 1);
	call(setxattr, "/tmp/none", "trusted.one", at(0x500), 0, 1);
	call(setxattr, "/tmp/p-file", 0, 0, 0, 2);
	call(setxattr, "/tmp/p-file", "none.long", many(0x2000, 'v', 300), 300, 99);
	call(lsetxattr, "/tmp/p-sym", "trusted.two", "v", 1, 1);
	call(fsetxattr, fd, "none.three", BAD, 10, 2);
	call(fsetxattr, -1, "none.three", "three", 5, 0);
	call(getxattr, "/tmp/p-file", "none.one", at(0x600), 100);
	call(getxattr, "/tmp/none", "none.none", 0, 0);
	call(lgetxattr, "/tmp/p-sym", "trusted.two", at(0x600), 0);
	call(fgetxattr, fd, "none.three", at(0x600), 1);
	call(fgetxattr, -1, 0, 0, 0);
	call(listxattr, "/tmp/p-file", at(0x600), 256);
	call(llistxattr, "/tmp/p-sym", at(0x600), 256);
	call(flistxattr, fd, 0, 0);
	call(flistxattr, -1, at(0x600), 256);
	call(removexattr, "/tmp/p-file", "none.one");
	call(lremovexattr, "/tmp/p-sym", "trusted.two");
	call(fremovexattr, fd, "none.none");
	call(fremovexattr, -1, BAD);
	call(close, fd);
}

static void calls(void)
{
	long fd = call(creat, "/tmp/p-file", 0640);

	call(close, fd);
	call(symlink, "p-file", "/tmp/p-sym");
	owners();
	statistics();
	times();
	attributes();
}
