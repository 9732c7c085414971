/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: spec.h - what some families need to know of a row beyond struct tapir_row (its @spec)
 *
 * Included by tapir.h, before the rows are. No locks.
 */
#ifndef TAPIR_SPEC_H
#define TAPIR_SPEC_H

#include <linux/types.h>

/**
 * struct tapir_perf_spec - perf.*
 * @type: of perf_event_attr
 * @config: of perf_event_attr
 * @period: events between two hits, or hits a second with @rate; 0 for a counter
 * @rate: see @period
 * @target: count only while the session's target process or its children run
 * @counter: the handler never runs: @perf reads the count
 */
struct tapir_perf_spec {
	u32 type;
	u64 config;
	u64 period;
	bool rate;
	bool target;
	bool counter;
};

/**
 * struct tapir_data_spec - kernel.data
 * @length: bytes watched: 1, 2, 4 or 8
 * @reads: reads are hits too
 */
struct tapir_data_spec {
	u32 length;
	bool reads;
};

/**
 * struct tapir_procfs_spec - procfs
 * @path: below the session's folder
 * @size: bytes that the text of a read may have; 0 for MAXSTRINGLEN
 * @umask: permissions that the file does not have
 * @reads: the handler makes what is read; else it takes what was written
 */
struct tapir_procfs_spec {
	const char *path;
	u32 size;
	u32 umask;
	bool reads;
};

/**
 * struct tapir_netfilter_spec - netfilter
 * @pf: NFPROTO_*
 * @hooknum: NF_*_PRE_ROUTING and kin; known to be a hook of @pf
 * @priority: lower ones see a packet earlier
 */
struct tapir_netfilter_spec {
	u8 pf;
	u32 hooknum;
	s32 priority;
};

#endif /* TAPIR_SPEC_H */
