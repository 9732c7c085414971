/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: transport.h - records from handlers to the reader
 *
 * Two rings per CPU: one for tasks and interrupts, written with interrupts off for the time of a
 * copy, one for NMI level. So each ring has one writer at a time and no lock. A record gets its
 * number from one global counter after its space is found, which makes the numbers dense: the
 * reader puts the rings together in exactly this order.
 *
 * Takes no locks.
 */
#ifndef TAPIR_TRANSPORT_H
#define TAPIR_TRANSPORT_H

static unsigned int tapir_ring_kb = 1024;
module_param_named(ring_kb, tapir_ring_kb, uint, 0400);
MODULE_PARM_DESC(ring_kb, "KiB of each ring, rounded to a power of two");

/**
 * struct tapir_ring - kernel side of one ring
 * @control: first page of the mapping
 * @data: the records
 * @head: bytes written so far; the truth, @control->head is a copy for the reader
 * @lost: records that found no space
 * @produced: records written or lost
 */
struct tapir_ring {
	struct tapir_ring_control *control;
	char *data;
	u32 head;
	u32 lost;
	u64 produced;
};

/** struct tapir_hits - what happened at a row, on one CPU. */
struct tapir_hits {
	u64 handled;
	u64 nesting;
	u64 lock;
};

/** struct tapir_cpu - everything of one CPU that a hit needs. */
struct tapir_cpu {
	struct tapir_ctx *context[TAPIR_LEVELS];
	struct tapir_hits *hits;
	u64 spent;	/* cycles in handlers since @since */
	u64 since;
	struct tapir_ring ring[2];
	struct irq_work wake;
};

static DEFINE_PER_CPU(struct tapir_cpu, tapir_cpus);

static u32 tapir_ring_bytes;
static atomic_t tapir_sequence = ATOMIC_INIT(0);
static int tapir_reader_waits;	/* the reader sleeps in poll() */
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
	for_each_possible_cpu(cpu)
		init_irq_work(&per_cpu_ptr(&tapir_cpus, cpu)->wake, tapir_wake_reader);
	for_each_possible_cpu(cpu) {
		for (i = 0; i < 2; i++) {
			struct tapir_ring *ring = &per_cpu_ptr(&tapir_cpus, cpu)->ring[i];

			ring->control = vmalloc_user(PAGE_SIZE + (unsigned long)tapir_ring_bytes);
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
 * Writes one record, if there is room. The caller is the only writer of the ring and stays on
 * this CPU.
 */
static __always_inline bool tapir_put(struct tapir_ring *ring, int kind, const char *text,
				      u32 length)
{
	u32 size = ALIGN(length + sizeof(struct tapir_record), 8);
	u32 head = ring->head;
	u32 at = head & (tapir_ring_bytes - 1);
	u32 used = head - READ_ONCE(ring->control->tail);
	u32 fill = 0;
	struct tapir_record *record;

	if (unlikely(at + size > tapir_ring_bytes))
		fill = tapir_ring_bytes - at;
	/* A tail that lies is the reader's loss, but never ours: positions are masked. */
	if (unlikely(used > tapir_ring_bytes || size + fill > tapir_ring_bytes - used))
		return false;
	if (unlikely(fill)) {
		record = (struct tapir_record *)(ring->data + at);
		record->sequence = 0;
		record->length = 0;
		record->kind = TAPIR_REC_FILL;
		head += fill;
		at = 0;
	}
	record = (struct tapir_record *)(ring->data + at);
	record->sequence = (u32)atomic_inc_return(&tapir_sequence);
	record->length = length;
	record->kind = kind;
	memcpy(record + 1, text, length);
	ring->head = head + size;
	ring->produced++;
	/* The head must be seen before the reader's flag is read. */
	smp_store_mb(ring->control->head, head + size);
	return true;
}

/* One try to hand a record over, on the CPU that we happen to be on. */
static bool tapir_try_put(struct tapir_ctx *c, int kind, const char *text, u32 length, bool lose)
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
	if (READ_ONCE(tapir_reader_waits)) {
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

static inline void tapir_send(struct tapir_ctx *c, int kind, const char *text, u32 length)
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
	if (length)
		tapir_send(c, TAPIR_REC_OUT, c->out, length);
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
