/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * What all script arrays share: storage of a fixed number of entries, hash chains, the order of
 * insertion, iteration. Keys and values are typed by generated code, which also hashes, compares
 * and copies them inline; here an entry is a header followed by bytes.
 *
 * Storage is allocated once, before any probe is armed. The caller holds the global's lock:
 * exclusively to change the map and to iterate over it (the index is shared), shared to look up.
 *
 * Entries are named by number, 1..capacity; 0 is none.
 */
#ifndef TAPIR_MAP_H
#define TAPIR_MAP_H

struct tapir_entry_head {
	u32 chain; /* next of the same bucket; next free entry */
	u32 bucket;
	u32 newer, older; /* in order of insertion */
};

struct tapir_map {
	u32 *heads;
	char *entries; /* entry n is at entries + n * stride */
	u32 mask;
	u32 stride;
	u32 free;
	u32 unused; /* entries above this number were never used */
	u32 oldest, newest;
	u32 count;
	u32 capacity;
	u32 *index; /* `sites` arrays of 2 * capacity, one per foreach of the program */
};

static __always_inline struct tapir_entry_head *tapir_map_at(const struct tapir_map *m, u32 n)
{
	return (struct tapir_entry_head *)(m->entries + (size_t)n * m->stride);
}

static int tapir_map_create(struct tapir_map *m, u32 capacity, u32 stride, u32 sites)
{
	u32 buckets = 16;

	while (buckets < capacity && buckets < (1U << 30))
		buckets <<= 1;
	m->stride = stride;
	m->capacity = capacity;
	m->mask = buckets - 1;
	m->heads = tapir_allocate((u64)buckets * sizeof(u32));
	m->entries = tapir_allocate((u64)stride * ((u64)capacity + 1));
	m->index = sites ? tapir_allocate(2 * sizeof(u32) * (u64)capacity * sites) : NULL;
	return m->heads && m->entries && (m->index || !sites) ? 0 : -ENOMEM;
}

static void tapir_map_destroy(struct tapir_map *m)
{
	vfree(m->heads);
	vfree(m->entries);
	vfree(m->index);
	m->heads = NULL;
	m->entries = NULL;
	m->index = NULL;
}

/* Takes an entry out of its chain and of the order; its bytes stay. */
static void tapir_map_unlink(struct tapir_map *m, u32 n)
{
	struct tapir_entry_head *e = tapir_map_at(m, n);
	u32 *link = &m->heads[e->bucket];

	while (*link != n)
		link = &tapir_map_at(m, *link)->chain;
	*link = e->chain;
	if (e->older)
		tapir_map_at(m, e->older)->newer = e->newer;
	else
		m->oldest = e->newer;
	if (e->newer)
		tapir_map_at(m, e->newer)->older = e->older;
	else
		m->newest = e->older;
	m->count--;
}

static void tapir_map_remove(struct tapir_map *m, u32 n)
{
	tapir_map_unlink(m, n);
	tapir_map_at(m, n)->chain = m->free;
	m->free = n;
}

static void tapir_map_clear(struct tapir_map *m)
{
	u32 n;

	for (n = m->oldest; n; n = tapir_map_at(m, n)->newer)
		m->heads[tapir_map_at(m, n)->bucket] = 0;
	m->free = 0;
	m->unused = 0;
	m->oldest = 0;
	m->newest = 0;
	m->count = 0;
}

/* Links a new entry into `bucket`; 0 if the map is full and does not wrap. */
static noinline u32 tapir_map_insert(struct tapir_map *m, u32 bucket, bool wraps)
{
	struct tapir_entry_head *e;
	u32 n = m->free;

	if (n) {
		m->free = tapir_map_at(m, n)->chain;
	} else if (m->unused < m->capacity) {
		n = ++m->unused;
	} else if (wraps && m->oldest) {
		n = m->oldest;
		tapir_map_unlink(m, n);
	} else {
		return 0;
	}
	e = tapir_map_at(m, n);
	e->bucket = bucket;
	e->chain = m->heads[bucket];
	m->heads[bucket] = n;
	e->newer = 0;
	e->older = m->newest;
	if (m->newest)
		tapir_map_at(m, m->newest)->newer = n;
	else
		m->oldest = n;
	m->newest = n;
	m->count++;
	return n;
}

/*
 * Fills the index of a foreach with the entries in order of insertion; gives their number.
 * The entries after them in the index are scratch for the sort.
 */
static u32 tapir_map_list(struct tapir_map *m, u32 *index)
{
	u32 n, at = 0;

	for (n = m->oldest; n; n = tapir_map_at(m, n)->newer)
		index[at++] = n;
	return at;
}

typedef int (*tapir_order_fn)(const struct tapir_map *m, u32 a, u32 b);

/* Stable merge sort, bottom up; gives the array that holds the result: index or index + count. */
static u32 *tapir_map_sort(const struct tapir_map *m, u32 *index, u32 count, tapir_order_fn order)
{
	u32 *from = index, *to = index + count;
	u32 run;

	for (run = 1; run < count; run *= 2) {
		u32 start, *swap;

		for (start = 0; start < count; start += 2 * run) {
			u32 middle = min(start + run, count), end = min(start + 2 * run, count);
			u32 a = start, b = middle, at = start;

			while (a < middle && b < end)
				to[at++] = order(m, from[a], from[b]) <= 0 ? from[a++] : from[b++];
			while (a < middle)
				to[at++] = from[a++];
			while (b < end)
				to[at++] = from[b++];
		}
		swap = from;
		from = to;
		to = swap;
	}
	return from;
}

static inline int tapir_order_long(s64 a, s64 b)
{
	return a < b ? -1 : a > b;
}

#endif
