/* Memory. */
#include "calls.h"

static void memory(void)
{
	void *page = (void *)0x20000000;

	call(mmap, page, 0x4000, 3, 0x32, -1, 0);
	call(mmap, 0, 0, 1, 2, -1, 0);
	call(mmap, page + 0x100000, 0x1000, 0, 0x22, -1, 0);
	call(mmap, BAD, -1, 0x7, 0x1, 77, 0x5000);
	call(mmap, 0, 0x1000, 0x1000000, 0x7f972, -1, 3);
	call(mprotect, page, 0x1000, 1);
	call(mprotect, 1, 2, 0x3000007);
	call(mprotect, page, 0x1000, 0);
	call(madvise, page, 0x1000, 4);
	call(madvise, page, -1, 101);
	call(madvise, 1, 0, 77);
	call(msync, page, 0x1000, 4);
	call(msync, 1, 0x1000, 7);
	call(msync, 1, 0x1000, 0x18);
	call(mincore, page, 0x1000, at(0));
	call(mincore, 1, 0, 0);
	call(mlock, page, 0x1000);
	call(mlock, 0, -1);
	call(mlock2, page, 0x1000, 1);
	call(mlock2, page, 0x1000, 3);
	call(munlock, page, 0x1000);
	call(mlockall, 0x1f);
	call(mlockall, 0);
	call(munlockall);
	call(mremap, page, 0x1000, 0x2000, 0, 0);
	call(mremap, page, 0x1000, 0x2000, 3, 0x30000000);
	call(mremap, 1, 0, 0, 0xfb, BAD);
	call(munmap, 0x30000000, 0x2000);
	call(munmap, 1, 0);
	call(remap_file_pages, page, 0x1000, 0, 1, 0x10000);
	call(mbind, page, 0x1000, 1, at(0), 8, 0);
	call(mbind, 1, 0, 99, 0, 0, 0);
	call(get_mempolicy, at(0), at(8), 8, 0, 0);
	call(get_mempolicy, 0, 0, 0, page, 7);
	call(set_mempolicy, 0, 0, 0);
	call(set_mempolicy, 3, at(0), -1);
	call(migrate_pages, -1, 8, at(0), at(8));
	call(move_pages, -1, 1, at(0), 0, 0, 0);
	call(pkey_alloc, 1, 0);
	call(pkey_free, -1);
	call(pkey_mprotect, page, 0x1000, 3, -1);
}

static void calls(void)
{
	memory();
}
