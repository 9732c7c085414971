/* Paths: folders, links, owners, modes, times, statistics, extended attributes, mounts. */
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
	call(faccessat2, -1, "p-file", 99, 0x1100);
}

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
	call(statx, AT_FDCWD, "p-file", 0, 0x7ff, at(0x300));
	call(statx, -1, "p-file", 0x1000, 0, 0);
	call(statx, AT_FDCWD, "none", 0x6100, 0xfff, at(0x300));
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
	call(utime, "/tmp/p-file", 0);
	call(utime, "/tmp/none", BAD);
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

	call(setxattr, "/tmp/p-file", "user.one", "value", 5, 0);
	call(setxattr, "/tmp/none", "trusted.one", "va\nl\001", 5, 1);
	call(setxattr, "/tmp/p-file", 0, 0, 0, 2);
	call(setxattr, "/tmp/p-file", "user.long", many(0x2000, 'v', 300), 300, 99);
	call(lsetxattr, "/tmp/p-sym", "trusted.two", "v", 1, 1);
	call(fsetxattr, fd, "user.three", BAD, 10, 2);
	call(fsetxattr, -1, "user.three", "three", 5, 0);
	call(getxattr, "/tmp/p-file", "user.one", at(0x600), 100);
	call(getxattr, "/tmp/none", "user.none", 0, 0);
	call(lgetxattr, "/tmp/p-sym", "trusted.two", at(0x600), 0);
	call(fgetxattr, fd, "user.three", at(0x600), 1);
	call(fgetxattr, -1, 0, 0, 0);
	call(listxattr, "/tmp/p-file", at(0x600), 256);
	call(llistxattr, "/tmp/p-sym", at(0x600), 256);
	call(flistxattr, fd, 0, 0);
	call(flistxattr, -1, at(0x600), 256);
	call(removexattr, "/tmp/p-file", "user.one");
	call(lremovexattr, "/tmp/p-sym", "trusted.two");
	call(fremovexattr, fd, "user.none");
	call(fremovexattr, -1, BAD);
	call(close, fd);
}

static void mounts(void)
{
	call(mount, "none", "/tmp/p-dir", "tmpfs", 0x1, "size=1m");
	call(mount, 0, "/none", 0, 0x1020, 0);
	call(mount, "/dev/x", "/none", "ext4", 0xc0ed0401, BAD);
	call(mount, "a", "b", "c", 0x12b6e, "d\ne");
	call(umount2, "/tmp/p-dir", 2);
	call(umount2, "/tmp/p-dir", 0);
	call(umount2, "/none", 0xd);
	call(umount2, 0, 0x55);
	call(quotactl, 0x800002, "/dev/x", 5, at(0));
	call(quotactl, -1, 0, 0, 0);
	call(swapon, "/none", 0x18005);
	call(swapoff, "/none");
	call(acct, "/none");
	call(acct, 0);
	call(name_to_handle_at, AT_FDCWD, "p-file", at(0x700), at(0x780), 0x400);
	call(open_by_handle_at, -1, at(0x700), O_RDONLY);
	call(inotify_init);
	call(inotify_init1, 0x80800);
	call(inotify_init1, 0x80801);
	call(inotify_add_watch, 3, "/tmp", 0xfff);
	call(inotify_add_watch, -1, "/tmp", 0xe7000000);
	call(inotify_rm_watch, -1, 1);
	call(fanotify_init, 0x3f, 0x80000);
	call(fanotify_init, -1, -1);
	call(fanotify_mark, -1, 0xd, 0x4001003b, AT_FDCWD, "/tmp");
	call(fanotify_mark, 3, 0xffff, -1, 5, 0);
}

static void calls(void)
{
	names();
	owners();
	statistics();
	times();
	attributes();
	mounts();
}
