/* SPDX-License-Identifier: Dual MIT/GPL */
/*
 * Aggregates: count, sum, min, max, variance and histograms of a stream of values.
 *
 * A generated aggregate is a struct whose first member is a tapir_stat, optionally followed by
 * `s64 buckets[N]`. Scalar aggregates are kept per CPU and updated without a lock, each field by
 * one instruction or one compare-and-exchange on the CPU's own memory, so that an interrupt's
 * update cannot be lost; aggregates in maps are updated under the map's lock.
 */
#ifndef TAPIR_STAT_H
#define TAPIR_STAT_H

struct tapir_stat {
	s64 count;
	s64 sum;
	s64 min;
	s64 max;
	/* Welford's running mean and sum of squares, scaled by 2^shift; only if needed. */
	s64 mean;
	s64 squares;
};

#define TAPIR_HIST_LOG_BUCKETS 128
#define TAPIR_HIST_LOG_ZERO 64

static inline void tapir_stat_clear(struct tapir_stat *s)
{
	s->count = 0;
	s->sum = 0;
	s->min = S64_MAX;
	s->max = S64_MIN;
	s->mean = 0;
	s->squares = 0;
}

static inline void tapir_stat_add_count(struct tapir_stat *s)
{
	s->count++;
}

static inline void tapir_stat_add_sum(struct tapir_stat *s, s64 value)
{
	s->sum += value;
}

static inline void tapir_stat_add_range(struct tapir_stat *s, s64 value)
{
	if (value < s->min)
		s->min = value;
	if (value > s->max)
		s->max = value;
}

/* Welford: call after the count was raised. */
static inline void tapir_stat_add_variance(struct tapir_stat *s, s64 value, int shift)
{
	s64 scaled = (s64)((u64)value << shift);
	s64 delta = scaled - s->mean;

	s->mean += s->count ? tapir_div(delta, s->count) : 0;
	s->squares += (s64)((u64)delta * (u64)(scaled - s->mean));
}

/* Joins `from` (not empty) into `to`, with the variance of both parts combined. */
static inline void tapir_stat_merge(struct tapir_stat *to, const struct tapir_stat *from)
{
	s64 count = to->count + from->count;

	if (!from->count)
		return;
	if (!to->count) {
		to->mean = from->mean;
		to->squares = from->squares;
	} else {
		s64 delta = from->mean - to->mean;

		to->squares += from->squares +
			       tapir_div(delta * delta, count) * to->count * from->count;
		to->mean += tapir_div(delta * from->count, count);
	}
	to->count = count;
	to->sum += from->sum;
	if (from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
}

static inline s64 tapir_stat_avg(const struct tapir_stat *s)
{
	return tapir_div(s->sum, s->count);
}

/*
 * The running mean drifts by its rounding. As SystemTap does, what it is off the true mean is made
 * up for in an aggregate that was joined from all CPUs, not in one of a map.
 */
static inline s64 tapir_stat_variance(const struct tapir_stat *s, int shift, bool joined)
{
	s64 variance;

	if (s->count < 2)
		return 0;
	variance = tapir_div(s->squares, s->count - 1);
	if (joined) {
		u64 off = tapir_div((s64)((u64)s->sum << shift), s->count) - s->mean;

		variance += tapir_div((s64)(off * off * (u64)s->count), s->count - 1);
	}
	return variance >> (2 * shift > 63 ? 63 : 2 * shift);
}

/* 64 is zero; above it [2^(b-65), 2^(b-64)); below it the same of negative values. */
static inline u32 tapir_hist_log_bucket(s64 value)
{
	if (value > 0)
		return TAPIR_HIST_LOG_ZERO + 64 - __builtin_clzll(value);
	if (value < 0)
		return TAPIR_HIST_LOG_ZERO - 64 + __builtin_clzll(0 - (u64)value);
	return TAPIR_HIST_LOG_ZERO;
}

static inline s64 tapir_hist_log_value(u32 bucket)
{
	if (bucket > TAPIR_HIST_LOG_ZERO)
		return (s64)(1ULL << (bucket - TAPIR_HIST_LOG_ZERO - 1));
	if (bucket < TAPIR_HIST_LOG_ZERO)
		return (s64)(0 - (1ULL << (TAPIR_HIST_LOG_ZERO - bucket - 1)));
	return 0;
}

/*
 * 0: below low; 1..n: [low + (b-1)*width ...); n + 1: above. `buckets` is n + 2. What is so far
 * from low that the distance wraps is on the other side, as in SystemTap.
 */
static inline u32 tapir_hist_linear_bucket(s64 value, s64 low, s64 width, u32 buckets)
{
	s64 distance = (s64)((u64)value - (u64)low);
	u64 at;

	if (distance < 0)
		return 0;
	at = (u64)distance / (u64)width;
	return at < buckets - 2 ? (u32)at + 1 : buckets - 1;
}

#ifndef TAPIR_USERSPACE
/* Lock-free updates of this CPU's instance; `pcp` is a per-CPU struct tapir_stat. */
#define tapir_stat_pcpu_count(pcp) this_cpu_inc((pcp).count)
#define tapir_stat_pcpu_sum(pcp, value) this_cpu_add((pcp).sum, (value))
#define tapir_stat_pcpu_range(pcp, value) \
	do { \
		s64 _v = (value), _old; \
		while (unlikely(_v < (_old = this_cpu_read((pcp).min)))) \
			if (this_cpu_cmpxchg((pcp).min, _old, _v) == _old) \
				break; \
		while (unlikely(_v > (_old = this_cpu_read((pcp).max)))) \
			if (this_cpu_cmpxchg((pcp).max, _old, _v) == _old) \
				break; \
	} while (0)
#endif

#endif
