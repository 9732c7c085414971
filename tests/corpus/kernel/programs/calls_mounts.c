/* Mounts, swap space, file handles, watches on files. */
#include "calls.h"

static void mounts(void)
{
	call(mkdir, "/tmp/p-dir", 0700);
	call(mount, "none", "/tmp/p-dir", "tmpfs", 0x1, "size=1m");
	call(mount, 0, "/none", 0, 0x1020, 0);
	call(mount, "/dev/x", "/none", "ext4", 0xc0ed0401, BAD);
	call(mount, "a", "b", "c", 0x12b6e, "d\ne");
	call(umount2, "/tmp/p-dir", 2);
	call(umount2, "/tmp/p-dir", 0);
	call(umount2, "/none", 0xd);
	call(umount2, 0, 0x55);
	call(swapon, "/none", 0x18005);
	call(swapoff, "/none");
	call(acct, "/none");
	call(acct, 0);
	call(name_to_handle_at, AT_FDCWD, "p-file", at(0x700), at(0x780), 0x400);
	call(open_by_handle_at, AT_FDCWD, at(0x700), O_RDONLY);
	call(inotify_init);
	call(inotify_init1, 0x80800);
	call(inotify_init1, 0x80801);
	call(inotify_add_watch, 3, "/tmp", 0xfff);
	call(inotify_add_watch, -1, "/tmp", 0xe7000000);
	call(fanotify_init, 0xc0000033, 0x80000);
	call(fanotify_init, 0xc0000004, 0x80002);
	call(fanotify_init, 0xc000003a, 0x801);
	call(fanotify_mark, -1, 0xd, 0x4001003b, AT_FDCWD, "/tmp");
	call(fanotify_mark, -1, 0xff, 0x4803403b, 5, 0);
}

static void calls(void)
{
	mounts();
}
