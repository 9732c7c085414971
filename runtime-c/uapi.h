/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: uapi.h - the device between a module and its reader (mirrored by loader/device.ts)
 *
 * The device is /dev/<module>, opened by one reader at a time. It has 2 rings per possible CPU
 * (tasks and interrupts; NMIs), mapped at offset index * (page + @ring_bytes). The first page of a
 * mapping is struct tapir_ring_control, the rest the data (@nmi_bytes for NMIs, @ring_bytes else).
 * Positions run freely modulo 2^32; a record never wraps: a filler record ends the ring instead.
 * Records of all rings are numbered by one dense sequence, which is the order of the output.
 */
#ifndef TAPIR_UAPI_H
#define TAPIR_UAPI_H

#include <linux/types.h>
#include <linux/ioctl.h>

#define TAPIR_ABI 4

struct tapir_ring_control {
	__u32 head;	/* written by the kernel */
	__u32 lost;	/* records that found no space, or were overwritten */
	__u32 pad[14];
	__u32 tail;	/* written by the reader */
};

enum tapir_record_kind {
	TAPIR_REC_FILL,		/* skip to the start of the ring; has no sequence */
	TAPIR_REC_OUT,		/* standard output */
	TAPIR_REC_WARN,		/* standard error, dropped by -w */
	TAPIR_REC_ERROR,	/* standard error */
	TAPIR_REC_CONTROL,	/* for the reader itself */
};

struct tapir_record {
	__u32 sequence;
	__u32 shape;	/* length of the payload | kind << 16; records are padded to 8 bytes */
};

/* Set atomically in the shape by the reader of a record that ends at the head: it cannot grow. */
#define TAPIR_REC_CLOSED 0x80000000u

struct tapir_info {
	__u32 abi;
	__u32 rings;
	__u32 ring_bytes;
	__u32 rows;
	__u32 state;
	__u32 nmi_bytes;
	__u32 sequence;	/* number of the latest record */
	__u32 flight;	/* old records are overwritten while nobody is attached */
};

struct tapir_text {
	__u32 index;
	__u32 size;
	__u64 text;	/* pointer */
};

struct tapir_row_info {
	__u32 index;
	__u32 family;
	__u64 address;
	char symbol[128];
	char module[64];
};

/* Rows first..first+count-1; data points to an array with one element per row. */
struct tapir_batch {
	__u32 first;
	__u32 count;
	__u64 data;
};

struct tapir_row_summary {
	__u32 index;
	__u32 armed;
	__u64 handled;
	__u64 nesting;
	__u64 recursion;
	__u64 overload;
	__u64 maxactive;
	__u64 lock;
	__u64 timed;	/* with STP_TIMING: hits, and their cycles in the handler */
	__u64 cycles;
	__u64 least;
	__u64 most;
};

struct tapir_summary {
	__u32 errors;
	__u32 state;
	__u64 skipped;
	__u64 produced;
	__u64 delivered;
	__u64 lost;
};

#define TAPIR_IOC_INFO _IOR('T', 1, struct tapir_info)
#define TAPIR_IOC_TARGET _IOW('T', 2, __u64)
#define TAPIR_IOC_GLOBAL _IOW('T', 3, struct tapir_text)
/* Runs begin probes and arms everything; may wait for ring space. Returns the state. */
#define TAPIR_IOC_START _IO('T', 4)
/* Disarms everything and runs end or error probes. */
#define TAPIR_IOC_STOP _IO('T', 5)
#define TAPIR_IOC_SUMMARY _IOR('T', 6, struct tapir_summary)
/* struct tapir_row_summary, struct tapir_row_info, __u64 (0 leaves the row as it is). */
#define TAPIR_IOC_ROW_SUMMARIES _IOW('T', 7, struct tapir_batch)
#define TAPIR_IOC_ROWS _IOW('T', 8, struct tapir_batch)
#define TAPIR_IOC_ADDRESSES _IOW('T', 9, struct tapir_batch)
/* Makes begin and end probes stop waiting for ring space and end early. */
#define TAPIR_IOC_ABANDON _IO('T', 10)

/* Somebody reads from now on: nothing is overwritten. Records up to info.sequence may be missing. */
#define TAPIR_IOC_ATTACH _IO('T', 11)

#endif /* TAPIR_UAPI_H */
