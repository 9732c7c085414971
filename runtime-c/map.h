/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * What all script arrays share: storage of a fixed number of entries, hash chains, the order of
 * iteration (that of insertion, or what the last sort made of it). Keys and values are typed by
 * generated code, which also hashes, compares and copies them inline; here an entry is a header
 * followed by bytes.
 *
 * Storage is allocated once, before any probe is armed. The caller holds the global's lock:
 * exclusively to change the map or its order, shared to look up and to iterate.
 *
 * Entries are named by number, 1..capacity; 0 is none.
 */
#ifndef TAPIR_MAP_H
#define TAPIR_MAP_H

struct tapir_entry_head {
	u32 chain; /* next of the same bucket; next free entry */
	u32 bucket;
	u32 newer, older; /* in the order of iteration; new entries come last */
};

struct tapir_map {
	u32 *heads;
	char *entries; /* entry n is at entries + n * stride */
	u32 shift; /* of a hash, so that its bits that are left name the bucket */
	u32 stride;
	u32 free;
	u32 unused; /* entries above this number were never used */
	u32 oldest, newest;
	u32 count;
	u32 capacity;
};

static __always_inline struct tapir_entry_head *tapir_map_at(const struct tapir_map *m, u32 n)
{
	return (struct tapir_entry_head *)(m->entries + (size_t)n * m->stride);
}

static __always_inline u32 tapir_map_bucket(const struct tapir_map *m, u64 hash)
{
	return hash >> m->shift;
}

static int tapir_map_create(struct tapir_map *m, u32 capacity, u32 stride)
{
	u32 buckets = 16;

	m->shift = 60;
	while (buckets < capacity && buckets < (1U << 30)) {
		buckets <<= 1;
		m->shift--;
	}
	m->stride = stride;
	m->capacity = capacity;
	m->heads = tapir_allocate((u64)buckets * sizeof(u32));
	m->entries = tapir_allocate((u64)stride * ((u64)capacity + 1));
	return m->heads && m->entries ? 0 : -ENOMEM;
}

static void tapir_map_destroy(struct tapir_map *m)
{
	vfree(m->heads);
	vfree(m->entries);
	m->heads = NULL;
	m->entries = NULL;
}

/* Takes an entry out of the order. */
static void tapir_map_unlist(struct tapir_map *m, u32 n)
{
	struct tapir_entry_head *e = tapir_map_at(m, n);

	*(e->older ? &tapir_map_at(m, e->older)->newer : &m->oldest) = e->newer;
	*(e->newer ? &tapir_map_at(m, e->newer)->older : &m->newest) = e->older;
}

/* Takes an entry out of its chain and of the order; its bytes stay. */
static void tapir_map_unlink(struct tapir_map *m, u32 n)
{
	struct tapir_entry_head *e = tapir_map_at(m, n);
	u32 *link = &m->heads[e->bucket];

	while (*link != n)
		link = &tapir_map_at(m, *link)->chain;
	*link = e->chain;
	tapir_map_unlist(m, n);
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

/* Puts entry `n` between `older` and `newer`, where one of them may be none. */
static __always_inline void tapir_map_link(struct tapir_map *m, u32 older, u32 n, u32 newer)
{
	struct tapir_entry_head *e = tapir_map_at(m, n);

	e->older = older;
	e->newer = newer;
	*(older ? &tapir_map_at(m, older)->newer : &m->oldest) = n;
	*(newer ? &tapir_map_at(m, newer)->older : &m->newest) = n;
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
	tapir_map_link(m, m->newest, n, 0);
	m->count++;
	return n;
}

typedef int (*tapir_order_fn)(const struct tapir_map *m, u32 a, u32 b);

/* Merges two sorted chains of `newer`; `a` goes first among equals. `*last`: where the result ends. */
static u32 tapir_map_merge(struct tapir_map *m, u32 a, u32 b, tapir_order_fn order, u32 *last)
{
	u32 first = 0, *link = &first, n = 0;

	while (a || b) {
		if (!b || (a && order(m, a, b) <= 0)) {
			n = a;
			a = tapir_map_at(m, n)->newer;
		} else {
			n = b;
			b = tapir_map_at(m, n)->newer;
		}
		*link = n;
		link = &tapir_map_at(m, n)->newer;
	}
	*link = 0;
	*last = n;
	return first;
}

/* Cuts a chain of `newer` behind its first `length` entries; gives the rest. */
static u32 tapir_map_cut(struct tapir_map *m, u32 first, u32 length)
{
	u32 rest;

	while (first && --length)
		first = tapir_map_at(m, first)->newer;
	if (!first)
		return 0;
	rest = tapir_map_at(m, first)->newer;
	tapir_map_at(m, first)->newer = 0;
	return rest;
}

/* Stable merge sort of all entries, bottom up. */
static noinline void tapir_map_sort_all(struct tapir_map *m, tapir_order_fn order)
{
	u32 n, older = 0, run;

	for (run = 1; run < m->count; run *= 2) {
		u32 rest = m->oldest, *link = &m->oldest;

		while (rest) {
			u32 a = rest, b = tapir_map_cut(m, a, run), last;

			rest = tapir_map_cut(m, b, run);
			*link = tapir_map_merge(m, a, b, order, &last);
			link = &tapir_map_at(m, last)->newer;
		}
	}
	for (n = m->oldest; n; n = tapir_map_at(m, n)->newer) {
		tapir_map_at(m, n)->older = older;
		older = n;
	}
	m->newest = older;
}

/*
 * Brings the first `size` entries of the order to the front, sorted. An entry that is not before
 * the last of those so far stays where it is; one that is goes before the first that it precedes.
 */
static noinline void tapir_map_sort_first(struct tapir_map *m, tapir_order_fn order, u32 size)
{
	u32 n, next, last = 0, held = 0;

	for (n = m->oldest; n; n = next) {
		u32 to = m->oldest;

		next = tapir_map_at(m, n)->newer;
		if (last && order(m, n, last) < 0) {
			while (order(m, n, to) >= 0)
				to = tapir_map_at(m, to)->newer;
			tapir_map_unlist(m, n);
			tapir_map_link(m, tapir_map_at(m, to)->older, n, to);
			if (held == size)
				last = tapir_map_at(m, last)->older;
			else
				held++;
		} else if (held < size) {
			last = n;
			held++;
		}
	}
}

/* A limit above this is no cheaper than to sort all. */
#define TAPIR_SORT_FIRST 30

/*
 * Sorts for a foreach; `limit` is 0 if it has none. The order stays, and is what SystemTap leaves
 * behind: a later foreach without an order goes by it, new entries come after it.
 */
static __maybe_unused void tapir_map_sort(struct tapir_map *m, tapir_order_fn order, s64 limit)
{
	s32 last = (s32)(limit - 1);

	if (last == -1 || last >= TAPIR_SORT_FIRST)
		tapir_map_sort_all(m, order);
	else
		tapir_map_sort_first(m, order, max(last, 0) + 1);
}

static inline int tapir_order_long(s64 a, s64 b)
{
	return a < b ? -1 : a > b;
}

#endif
