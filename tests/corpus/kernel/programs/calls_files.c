/* Descriptors, reading and writing, metadata: good arguments, odd ones and errors. */
#include "calls.h"

static void opening(void)
{
	long fd = call(open, "/tmp/calls-one", O_RDWR | O_CREAT | O_TRUNC, 0644);

	call(open, "/tmp/calls-none", O_RDONLY);
	call(open, 0, O_WRONLY | O_APPEND);
	call(open, BAD, O_RDONLY | O_CLOEXEC);
	call(open, many(0x1000, 'x', 300), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	call(open, "/tmp/line\nbreak\ttab\"quote\\back\001\377", O_RDONLY | O_NONBLOCK);
	call(open, "/tmp/calls-flags", 0x3afdc2, 07777);
	call(open, "", O_PATH);
	call(openat, -1, "calls-one", O_RDONLY | O_SYNC | O_DIRECT, 0);
	call(openat, -1, "calls-one", O_RDONLY | O_NOCTTY | O_NOATIME);
	call(openat, 77, 0, O_CREAT | O_EXCL, 0777);
	call(openat2, AT_FDCWD, "calls-one", at(0), 24);
	call(creat, "/tmp/calls-two", 0600);
	call(creat, "/nonesuch/two", 0);
	call(close, fd);
	call(close, -1);
	call(close, 12345);
	call(close_range, 50, 60, 0);
	call(close_range, 60, 50, 4);
}

static void reading(void)
{
	struct { void *base; unsigned long len; } *vec = at(0x2000);
	long fd = call(open, "/tmp/calls-three", O_RDWR | O_CREAT | O_TRUNC, 0600);

	call(write, fd, "hello\n", 6);
	call(write, fd, "a\tb\"c\\de\001\377f", 11);
	call(write, fd, many(0x1000, 'w', 200), 200);
	call(write, fd, BAD, 10);
	call(write, fd, 0, 0);
	call(write, -1, "x", 1);
	call(lseek, fd, 0, 0);
	call(lseek, fd, -5, 1);
	call(lseek, fd, 3, 2);
	call(lseek, fd, 0, 3);
	call(lseek, fd, 0, 4);
	call(lseek, fd, 0, 99);
	call(read, fd, at(0), 4);
	call(read, fd, BAD, -1L);
	call(read, -1, 0, 0);
	call(pread64, fd, at(0), 4, 2);
	call(pread64, fd, at(0), 4, -2);
	call(pwrite64, fd, "world", 5, 100);
	call(pwrite64, -3, "world", 3, -1L);
	vec[0].base = "one";
	vec[0].len = 3;
	vec[1].base = at(0x3000);
	vec[1].len = 2;
	call(writev, fd, vec, 2);
	call(writev, fd, 0, 0);
	vec[0].base = at(0x3100);
	call(readv, fd, vec, 2);
	call(readv, fd, vec, -1);
	call(preadv, fd, vec, 2, 7, 0);
	call(pwritev, fd, vec, 1, 0x123456789, 0);
	call(preadv2, fd, vec, 1, -1, -1, 0);
	call(pwritev2, fd, vec, 1, 3, 0, 1);
	call(sendfile, 1, fd, 0, 0);
	call(sendfile, -1, fd, at(0x10), 10);
	call(copy_file_range, fd, at(0x4000), fd, at(0x4008), 3, 0);
	call(splice, fd, 0, -1, 0, 10, 3);
	call(tee, 0, 1, 100, 1);
	call(vmsplice, fd, vec, 1, 0xf);
	call(readahead, fd, 10, 100);
	call(fadvise64, fd, 1, 2, 3);
	call(fadvise64, fd, -1, 2, 99);
	call(sync_file_range, fd, 0, 10, 7);
	call(fallocate, fd, 0, 0, 4096);
	call(fallocate, fd, 3, 5, -1);
	call(truncate, "/tmp/calls-three", 5);
	call(truncate, "/tmp/calls-none", -1);
	call(ftruncate, fd, 12);
	call(ftruncate, -1, 12);
	call(fsync, fd);
	call(fdatasync, fd);
	call(fdatasync, -1);
	call(sync);
	call(syncfs, fd);
	call(close, fd);
}

static void descriptors(void)
{
	struct { short type, whence; long start, len; int pid; } *lock = at(0x200);
	long fd = call(open, "/tmp/calls-three", O_RDWR);

	call(dup, fd);
	call(dup, -1);
	call(dup2, fd, 9);
	call(dup2, fd, -1);
	call(dup3, fd, 10, O_CLOEXEC);
	call(dup3, fd, fd, 1);
	call(fcntl, fd, 0, 20);
	call(fcntl, fd, 1, 0);
	call(fcntl, fd, 2, 1);
	call(fcntl, fd, 3, 0);
	call(fcntl, fd, 4, O_NONBLOCK | O_APPEND);
	lock->type = 1;
	lock->len = 10;
	call(fcntl, fd, 5, lock);
	call(fcntl, fd, 6, lock);
	lock->type = 2;
	lock->whence = 1;
	call(fcntl, fd, 7, lock);
	call(fcntl, fd, 6, 0);
	call(fcntl, fd, 8, 1);
	call(fcntl, fd, 9, 0);
	call(fcntl, fd, 37, lock);
	call(fcntl, fd, 1030, 0);
	call(fcntl, fd, 1031, 4096);
	call(fcntl, fd, 1032, 0);
	call(fcntl, fd, 1024, 1);
	call(fcntl, fd, 9999, -1);
	call(fcntl, -1, 1, 1);
	call(flock, fd, 2);
	call(flock, fd, 5);
	call(flock, -1, 8);
	call(flock, fd, 99);
	call(ioctl, 0, 0x5401, at(0x800));
	call(ioctl, -1, 0x5413, 0);
	call(ioctl, fd, 0x541b, at(0x800));
	call(ioctl, fd, -1, -1);
	call(memfd_create, "calls-memory", 3);
	call(memfd_create, 0, 0x80000000);
	call(umask, 022);
	call(umask, 07777);
	call(umask, 022);
}

static void calls(void)
{
	opening();
	reading();
	descriptors();
}
