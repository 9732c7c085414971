/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: transport.h - records from handlers to the reader
 *
 * Two rings per CPU: one for tasks and interrupts, written with interrupts off for the time of a
 * copy, one for NMI level. So each ring has one writer at a time and no lock. A record gets its
 * number from one global counter after its space is found, which makes the numbers dense: the
 * reader puts the rings together in exactly this order. In a flight recorder a full ring loses its
 * oldest records while nobody reads; else a record that finds no space is lost. Both are counted.
 *
 * The newest record of a ring grows as long as it is the newest of all rings and the reader has not
 * closed it, so that many short lines cost the reader one record. Writer and reader agree by one
 * atomic word, the record's shape: the reader sets TAPIR_REC_CLOSED there before it takes a record
 * that ends at the head, the writer raises the length by compare and exchange.
 *
 * Takes no locks.
 */
#ifndef TAPIR_TRANSPORT_H
#define TAPIR_TRANSPORT_H

static unsigned int tapir_ring_kb = 4096;
module_param_named(ring_kb, tapir_ring_kb, uint, 0400);
MODULE_PARM_DESC(ring_kb, "KiB of each ring, rounded up to a power of two");

static bool tapir_flight;
module_param_named(flight, tapir_flight, bool, 0400);
MODULE_PARM_DESC(flight, "flight recorder: runs without a reader and overwrites what is old");

/* Rings of NMI level, where handlers of traps print: none from most scripts. */
static u32 tapir_nmi_bytes(u32 ring_bytes)
{
	return max(min(ring_bytes, 1u << 20), ring_bytes / 4);
}

/**
 * struct tapir_ring - kernel side of one ring
 * @control: first page of the mapping
 * @data: the records
 * @head: bytes written so far; the truth, @control->head is a copy for the reader
 * @bytes: size of @data, a power of two
 * @lost: pieces of output that found no space, and records that were overwritten
 * @produced: records written, of one or more pieces of output, and pieces lost
 * @open: the record that may grow, or NULL
 * @open_at: its place, counted as @head is
 */
struct tapir_ring {
	struct tapir_ring_control *control;
	char *data;
	u32 bytes;
	u32 head;
	u32 lost;
	u64 produced;
	struct tapir_record *open;
	u32 open_at;
};

/** struct tapir_hits - what happened at a row, on one CPU. */
struct tapir_hits {
	u64 handled;
	u64 nesting;
	u64 lock;
#ifdef STP_TIMING
	u64 cycles;	/* in the handler, of all hits together */
	u64 least;
	u64 most;
	u64 timed;	/* hits */
#endif
};

/*
 * The overload check counts with as few bits as the interval needs. Where the counter wraps between
 * rare hits an interval is taken for a longer one.
 */
#if STP_OVERLOAD_INTERVAL < 0x80000000
typedef u32 tapir_cycles;
#else
typedef u64 tapir_cycles;
#endif

/** struct tapir_cpu - everything of one CPU that a hit needs. */
struct tapir_cpu {
	struct tapir_ctx *context[TAPIR_LEVELS];
	struct tapir_hits *hits;
	u64 spent;	/* cycles in handlers since @since */
	tapir_cycles since;
	struct tapir_ring ring[2];
	struct irq_work wake;
};

/* Longest record that grows: what a reader takes at once. */
#define TAPIR_OPEN_MAX 32768

static DEFINE_PER_CPU(struct tapir_cpu, tapir_cpus);

static u32 tapir_ring_bytes;
static atomic_t tapir_sequence = ATOMIC_INIT(0);
static int tapir_reader_waits;	/* the reader sleeps in poll() */
static bool tapir_attached;	/* flight recorder: somebody reads */
static bool tapir_abandoned;	/* nobody reads any more: do not wait for space */
static DECLARE_WAIT_QUEUE_HEAD(tapir_reader);

static void tapir_wake_reader(struct irq_work *work)
{
	wake_up_interruptible(&tapir_reader);
}

/* The ring that number @index names in the mapping; even numbers are not NMI. */
static struct tapir_ring *tapir_ring_at(unsigned int index)
{
	return &per_cpu_ptr(&tapir_cpus, index / 2)->ring[index % 2];
}

static void tapir_free_rings(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct tapir_cpu *here = per_cpu_ptr(&tapir_cpus, cpu);

		irq_work_sync(&here->wake);
		vfree(here->ring[0].control);
		vfree(here->ring[1].control);
		here->ring[0].control = NULL;
		here->ring[1].control = NULL;
	}
}

static int tapir_make_rings(void)
{
	int cpu, i;

	tapir_ring_bytes = roundup_pow_of_two(clamp(tapir_ring_kb, 64u, 1u << 20)) << 10;
	if (!tapir_affordable((u64)num_possible_cpus() *
			      (tapir_ring_bytes + tapir_nmi_bytes(tapir_ring_bytes))))
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu_ptr(&tapir_cpus, cpu)->wake, tapir_wake_reader);
	for_each_possible_cpu(cpu) {
		for (i = 0; i < 2; i++) {
			struct tapir_ring *ring = &per_cpu_ptr(&tapir_cpus, cpu)->ring[i];

			ring->bytes = i ? tapir_nmi_bytes(tapir_ring_bytes) : tapir_ring_bytes;
			ring->control = vmalloc_user(PAGE_SIZE + (unsigned long)ring->bytes);
			if (!ring->control) {
				tapir_free_rings();
				return -ENOMEM;
			}
			ring->data = (char *)ring->control + PAGE_SIZE;
		}
	}
	return 0;
}

/*
 * By words, which may write up to 7 bytes more; both sides have them to spare. Long texts by the
 * processor's own copy, which is a byte at a time in memcpy() and slow where it is emulated.
 */
static __always_inline void tapir_copy_out(char *to, const char *from, u32 length)
{
	u32 at = 0;

	if (unlikely(length > 256)) {
#ifdef CONFIG_X86_64
		unsigned long words = DIV_ROUND_UP(length, 8);

		asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
#else
		memcpy(to, from, length);
#endif
		return;
	}
	do {
		u64 word;

		memcpy(&word, from + at, sizeof(word));
		memcpy(to + at, &word, sizeof(word));
		at += sizeof(word);
	} while (at < length);
}

/* Adds to the newest record, if it may grow by this much. The caller is the ring's only writer. */
static __always_inline bool tapir_extend(struct tapir_ring *ring, const char *text, u32 length)
{
	struct tapir_record *record = ring->open;
	u32 old, now, end, start = ring->open_at;

	if (!record || record->sequence != (u32)atomic_read(&tapir_sequence))
		return false;
	old = READ_ONCE(record->shape);
	now = (old & 0xffff) + length;
	end = start + ALIGN(now + (u32)sizeof(*record), 8);
	/* Whatever a reader has written over the record, what is checked here is what is used. */
	if (unlikely(now > ring->bytes / 8 || now > TAPIR_OPEN_MAX || (old & TAPIR_REC_CLOSED) ||
		     (start & (ring->bytes - 1)) + (end - start) + 8 > ring->bytes ||
		     end + 8 - READ_ONCE(ring->control->tail) > ring->bytes))
		return false;
	tapir_copy_out((char *)(record + 1) + (old & 0xffff), text, length);
	if (unlikely(cmpxchg(&record->shape, old, old + length) != old))
		return false;
	ring->head = end;
	return true;
}

/*
 * Gives up the oldest records until @need bytes are free. Nobody else moves the tail: an attaching
 * reader waits until this is over. Lengths in the ring may be a former reader's lies, so the tail
 * is taken no further than the head.
 */
static noinline bool tapir_overwrite(struct tapir_ring *ring, u32 need)
{
	u32 tail = READ_ONCE(ring->control->tail) & ~7u;

	while (ring->head - tail > ring->bytes - need) {
		u32 at = tail & (ring->bytes - 1);
		const struct tapir_record *record = (struct tapir_record *)(ring->data + at);
		u32 shape = READ_ONCE(record->shape) & ~TAPIR_REC_CLOSED;
		u32 step = ALIGN((shape & 0xffff) + sizeof(*record), 8);

		if (shape >> 16 == TAPIR_REC_FILL)
			step = ring->bytes - at;
		else
			ring->lost++;
		if (step > ring->head - tail)
			return false;
		tail += step;
	}
	WRITE_ONCE(ring->control->tail, tail);
	WRITE_ONCE(ring->control->lost, ring->lost);
	return true;
}

/*
 * Writes one record, if there is room. The caller is the only writer of the ring and stays on
 * this CPU.
 */
static __always_inline bool tapir_append(struct tapir_ring *ring, int kind, const char *text,
					 u32 length)
{
	u32 size = ALIGN(length + sizeof(struct tapir_record), 8);
	u32 head = ring->head;
	u32 at = head & (ring->bytes - 1);
	u32 used = head - READ_ONCE(ring->control->tail);
	u32 fill = 0;
	struct tapir_record *record;

	if (unlikely(at + size > ring->bytes))
		fill = ring->bytes - at;
	/* A tail that lies is the reader's loss, but never ours: positions are masked. */
	if (unlikely(used > ring->bytes || size + fill > ring->bytes - used)) {
		if (!tapir_flight || READ_ONCE(tapir_attached) || size + fill > ring->bytes)
			return false;
		if (!tapir_overwrite(ring, size + fill))
			return false;
	}
	if (unlikely(fill)) {
		record = (struct tapir_record *)(ring->data + at);
		record->sequence = 0;
		record->shape = TAPIR_REC_FILL << 16;
		head += fill;
		at = 0;
	}
	record = (struct tapir_record *)(ring->data + at);
	record->sequence = (u32)atomic_inc_return(&tapir_sequence);
	record->shape = length | kind << 16;
	if (kind == TAPIR_REC_OUT)
		tapir_copy_out((char *)(record + 1), text, length);
	else
		memcpy(record + 1, text, length);
	ring->open = kind == TAPIR_REC_OUT ? record : NULL;
	ring->open_at = head;
	ring->head = head + size;
	ring->produced++;
	return true;
}

static __always_inline bool tapir_put(struct tapir_ring *ring, int kind, const char *text,
				      u32 length)
{
	if (!(kind == TAPIR_REC_OUT && tapir_extend(ring, text, length)) &&
	    !tapir_append(ring, kind, text, length))
		return false;
	/* The head must be seen before the reader's flag is read. */
	smp_store_mb(ring->control->head, ring->head);
	return true;
}

/* One try to hand a record over, on the CPU that we happen to be on. */
static __always_inline bool tapir_try_put(struct tapir_ctx *c, int kind, const char *text,
					  u32 length, bool lose)
{
	struct tapir_cpu *here;
	struct tapir_ring *ring;
	unsigned long flags;
	bool done;

	raw_local_irq_save(flags);
	here = this_cpu_ptr(&tapir_cpus);
	ring = &here->ring[c->level == 3];
	done = tapir_put(ring, kind, text, length);
	if (unlikely(!done && lose)) {
		ring->lost++;
		ring->produced++;
		WRITE_ONCE(ring->control->lost, ring->lost);
	}
	if (unlikely(READ_ONCE(tapir_reader_waits))) {
		WRITE_ONCE(tapir_reader_waits, 0);
		irq_work_queue(&here->wake);
	}
	raw_local_irq_restore(flags);
	return done;
}

static noinline void tapir_put_waiting(struct tapir_ctx *c, int kind, const char *text, u32 length)
{
	while (!READ_ONCE(tapir_abandoned)) {
		if (tapir_try_put(c, kind, text, length, false))
			return;
		if (fatal_signal_pending(current))
			break;
		usleep_range(200, 400);
	}
	tapir_try_put(c, kind, text, length, true);
}

static noinline void tapir_send(struct tapir_ctx *c, int kind, const char *text, u32 length)
{
	if (c->exclusive)
		tapir_put_waiting(c, kind, text, length);
	else
		tapir_try_put(c, kind, text, length, true);
}

static noinline void tapir_flush(struct tapir_ctx *c)
{
	u32 length = c->out_length;

	c->out_length = 0;
	if (!length)
		return;
	if (unlikely(c->exclusive))
		tapir_put_waiting(c, TAPIR_REC_OUT, c->out, length);
	else
		tapir_try_put(c, TAPIR_REC_OUT, c->out, length, true);
}

static noinline void tapir_emit(struct tapir_ctx *c, int kind, const char *text, u32 length)
{
	tapir_flush(c);
	tapir_send(c, kind, text, min_t(u32, length, TAPIR_OUT_MAX));
}

static __maybe_unused bool tapir_relax(struct tapir_ctx *c)
{
	if (!c->exclusive)
		return false;
	cond_resched();
	return READ_ONCE(tapir_abandoned) || fatal_signal_pending(current);
}

#endif /* TAPIR_TRANSPORT_H */
