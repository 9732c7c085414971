/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: module.h - init and exit, the device, arming and disarming; included last
 *
 * tapir_session_lock (a mutex) keeps start and stop apart; handlers never take it.
 */
#ifndef TAPIR_MODULE_H
#define TAPIR_MODULE_H

#include <linux/cred.h>
#include <linux/pid_namespace.h>
#include "context.h"

static DEFINE_MUTEX(tapir_session_lock);
static bool tapir_armed;

#ifdef TAPIR_HAVE_TIMER
#include "probe_timer.h"
#endif
#if defined(TAPIR_HAVE_KPROBE) || defined(TAPIR_HAVE_FUNCTION)
#include "probe_kprobe.h"
#endif
#ifdef TAPIR_HAVE_FUNCTION
#include "probe_function.h"
#endif
#ifdef TAPIR_HAVE_RETURN
#include "probe_return.h"
#endif
#ifdef TAPIR_HAVE_TRACE
#include "probe_trace.h"
#endif
#ifdef TAPIR_HAVE_PERF
#include "probe_perf.h"
#endif
#ifdef TAPIR_HAVE_DATA
#include "probe_data.h"
#endif
#ifdef TAPIR_HAVE_PROCFS
#include "probe_procfs.h"
#endif
#ifdef TAPIR_HAVE_NETFILTER
#include "probe_netfilter.h"
#endif

#ifdef TAPIR_HAVE_CONDITION
#include "condition.h"
#endif

#ifdef TAPIR_HAVE_MODULES
#include "module_watch.h"
#endif

#define TAPIR_ROWS ((unsigned int)ARRAY_SIZE(tapir_rows))

/* The loader that must live as long as the module; else another one removes it. */
static int tapir_owner;
module_param(tapir_owner, int, 0444);
MODULE_PARM_DESC(tapir_owner, "pid of the loader");

static unsigned long tapir_opened;

static int tapir_arm_all(void)
{
	int rc = 0;
	unsigned int __maybe_unused i;

	tapir_armed = true;
#ifdef TAPIR_HAVE_CALLER
	tapir_resolve_callers(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_TRACE
	tapir_trace_arm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_RETURN
	for (i = 0; i < TAPIR_ROWS; i++)
		if (tapir_rows[i].family == TAPIR_RETURN)
			tapir_code_armed(&tapir_rows[i], tapir_return_arm(&tapir_rows[i]), NULL);
#endif
#ifdef TAPIR_HAVE_KPROBE
	for (i = 0; i < TAPIR_ROWS; i++)
		if (tapir_rows[i].family == TAPIR_KPROBE)
			tapir_code_armed(&tapir_rows[i], tapir_kprobe_arm(&tapir_rows[i]), NULL);
#endif
#ifdef TAPIR_HAVE_PERF
	tapir_perf_arm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_DATA
	for (i = 0; i < TAPIR_ROWS; i++)
		if (tapir_rows[i].family == TAPIR_DATA)
			tapir_data_arm(&tapir_rows[i]);
#endif
#ifdef TAPIR_HAVE_PROCFS
	tapir_procfs_arm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_NETFILTER
	tapir_netfilter_arm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_FUNCTION
	rc = tapir_function_arm_all(tapir_rows, TAPIR_ROWS, NULL);
#endif
#ifdef TAPIR_HAVE_TIMER
	for (i = 0; i < TAPIR_ROWS && !rc; i++)
		if (tapir_rows[i].family >= TAPIR_TIMER && tapir_rows[i].family <= TAPIR_PROFILE)
			tapir_arm_failed(&tapir_rows[i], tapir_timer_arm(&tapir_rows[i]));
#endif
	return rc;
}

static void tapir_disarm_all(void)
{
	unsigned int __maybe_unused i;

	if (!tapir_armed)
		return;
	tapir_armed = false;
#ifdef TAPIR_HAVE_FUNCTION
	tapir_function_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#if defined(TAPIR_HAVE_KPROBE) || defined(TAPIR_HAVE_FUNCTION)
	tapir_kprobe_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_RETURN
	tapir_return_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_TRACE
	tapir_trace_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_PERF
	tapir_perf_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_DATA
	for (i = 0; i < TAPIR_ROWS; i++)
		if (tapir_rows[i].family == TAPIR_DATA && tapir_rows[i].arm)
			tapir_data_disarm(&tapir_rows[i]);
#endif
#ifdef TAPIR_HAVE_PROCFS
	tapir_procfs_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_NETFILTER
	tapir_netfilter_disarm_all(tapir_rows, TAPIR_ROWS);
#endif
	synchronize_rcu();
#ifdef TAPIR_HAVE_TIMER
	for (i = 0; i < TAPIR_ROWS; i++)
		if (tapir_rows[i].arm && tapir_rows[i].family >= TAPIR_TIMER &&
		    tapir_rows[i].family <= TAPIR_PROFILE) {
			tapir_timer_disarm(&tapir_rows[i]);
			tapir_rows[i].armed = false;
		}
#endif
}

/* Begin probes, then everything is armed, then the session runs. Returns the state. */
static long tapir_start(void)
{
	int rc;

	mutex_lock(&tapir_session_lock);
	if (cmpxchg(&tapir_state, TAPIR_LOADED, TAPIR_STARTING) != TAPIR_LOADED) {
		mutex_unlock(&tapir_session_lock);
		return -EBUSY;
	}
#ifdef TAPIR_COUNTERS
	tapir_counters_make(tapir_rows, TAPIR_ROWS);
#endif
	tapir_run_all(tapir_rows, TAPIR_ROWS, TAPIR_BEGIN, TAPIR_STARTING);
	/* A loader that was killed closes the device next: arming would be in vain. */
	if (READ_ONCE(tapir_state) == TAPIR_STARTING && !fatal_signal_pending(current)) {
		rc = tapir_arm_all();
		if (rc) {
			struct tapir_ctx *c = tapir_exclusive;
			int length = scnprintf(c->error_text, sizeof(c->error_text),
					       "ERROR: cannot arm the probes (rc %d)\n", rc);

			atomic_inc(&tapir_errors);
			tapir_emit(c, TAPIR_REC_ERROR, c->error_text, length);
			tapir_request_stop(TAPIR_FAILED);
		}
#ifdef TAPIR_HAVE_CONDITION
		else
			tapir_conditions_apply(tapir_rows, TAPIR_ROWS);
#endif
		cmpxchg(&tapir_state, TAPIR_STARTING, TAPIR_RUNNING);
	}
	mutex_unlock(&tapir_session_lock);
	return READ_ONCE(tapir_state);
}

#ifdef TAPIR_HAVE_CONDITION
static void tapir_condition_look(struct work_struct *work)
{
	mutex_lock(&tapir_session_lock);
	if (tapir_armed && READ_ONCE(tapir_state) == TAPIR_RUNNING)
		tapir_conditions_apply(tapir_rows, TAPIR_ROWS);
	mutex_unlock(&tapir_session_lock);
}
#endif

/* Disarms everything, then runs end or error probes. */
static long tapir_stop(bool quiet)
{
	tapir_request_stop(TAPIR_STOPPING);
	mutex_lock(&tapir_session_lock);
	tapir_disarm_all();
	if (!quiet && tapir_skipped_too_many) {
		static const char text[] = "ERROR: Skipped too many probes, check MAXSKIPPED "
					   "or try again with tapir -t for more details.\n";

		tapir_skipped_too_many = false;
		tapir_emit(tapir_exclusive, TAPIR_REC_ERROR, text, sizeof(text) - 1);
	}
	if (!quiet)
		tapir_run_all(tapir_rows, TAPIR_ROWS, TAPIR_END, TAPIR_STOPPING);
	WRITE_ONCE(tapir_last, true);
	if (!quiet)
		tapir_run_all(tapir_rows, TAPIR_ROWS, TAPIR_ERROR, TAPIR_FAILED);
#ifdef TAPIR_COUNTERS
	tapir_counters_drop(tapir_rows, TAPIR_ROWS);
#endif
#ifdef TAPIR_HAVE_PERF
	tapir_perf_end();
#endif
	WRITE_ONCE(tapir_state, TAPIR_DONE);
	mutex_unlock(&tapir_session_lock);
	wake_up_interruptible(&tapir_reader);
	return 0;
}

static void tapir_sum_row(struct tapir_row *row, struct tapir_row_summary *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	sum->index = row->index;
	sum->armed = row->armed;
	sum->maxactive = row->maxactive_missed;
	sum->recursion = row->kernel_missed;
	for_each_possible_cpu(cpu) {
		struct tapir_hits *hits = &per_cpu_ptr(&tapir_cpus, cpu)->hits[row->index];

		sum->handled += hits->handled - hits->lock;
		sum->nesting += hits->nesting;
		sum->lock += hits->lock;
#ifdef STP_TIMING
		if (hits->timed) {
			sum->least = sum->timed ? min(sum->least, hits->least) : hits->least;
			sum->most = max(sum->most, hits->most);
			sum->timed += hits->timed;
			sum->cycles += hits->cycles;
		}
#endif
	}
}

static void tapir_sum(struct tapir_summary *sum)
{
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	sum->errors = atomic_read(&tapir_errors);
	sum->state = READ_ONCE(tapir_state);
	sum->skipped = atomic_read(&tapir_skips);
	for (i = 0; i < TAPIR_ROWS; i++)
		sum->skipped += tapir_rows[i].maxactive_missed + tapir_rows[i].kernel_missed;
	for (i = 0; i < 2 * nr_cpu_ids; i++) {
		struct tapir_ring *ring;

		if (!cpu_possible(i / 2))
			continue;
		ring = tapir_ring_at(i);
		sum->produced += ring->produced;
		sum->lost += ring->lost;
	}
	sum->delivered = sum->produced - sum->lost;
}

/* The requests that move one array element per row. */
static long tapir_batch(unsigned int command, struct tapir_batch *batch)
{
	u32 i;

	if (batch->first > TAPIR_ROWS || batch->count > TAPIR_ROWS - batch->first)
		return -EINVAL;
	for (i = 0; i < batch->count; i++) {
		struct tapir_row *row = &tapir_rows[batch->first + i];

		if (command == TAPIR_IOC_ROW_SUMMARIES) {
			struct tapir_row_summary sum;

			tapir_sum_row(row, &sum);
			if (copy_to_user((void __user *)(unsigned long)batch->data + i * sizeof(sum),
					 &sum, sizeof(sum)))
				return -EFAULT;
		} else if (command == TAPIR_IOC_ROWS) {
			struct tapir_row_info info;

			memset(&info, 0, sizeof(info));
			info.index = row->index;
			info.family = row->family;
			info.address = row->address;
			strscpy(info.symbol, row->symbol ? row->symbol : "", sizeof(info.symbol));
			strscpy(info.module, row->module ? row->module : "", sizeof(info.module));
			if (copy_to_user((void __user *)(unsigned long)batch->data +
					 i * sizeof(info), &info, sizeof(info)))
				return -EFAULT;
		} else {
			u64 address;

			if (READ_ONCE(tapir_state) != TAPIR_LOADED)
				return -EBUSY;
			if (copy_from_user(&address, (void __user *)(unsigned long)batch->data +
					   i * sizeof(address), sizeof(address)))
				return -EFAULT;
			if (address)
				row->address = address;
		}
		cond_resched();
	}
	return 0;
}

#ifdef TAPIR_HAVE_SET_GLOBAL
static long tapir_give_global(struct tapir_text *text)
{
	char *copy;
	int rc;

	if (READ_ONCE(tapir_state) != TAPIR_LOADED)
		return -EBUSY;
	if (text->size > 65536)
		return -E2BIG;
	copy = memdup_user_nul((void __user *)(unsigned long)text->text, text->size);
	if (IS_ERR(copy))
		return PTR_ERR(copy);
	rc = tapir_set_global(text->index, copy);
	kfree(copy);
	return rc;
}
#endif

static long tapir_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;

	switch (command) {
	case TAPIR_IOC_INFO: {
		struct tapir_info info = {
			.abi = TAPIR_ABI,
			.rings = 2 * nr_cpu_ids,
			.ring_bytes = tapir_ring_bytes,
			.rows = TAPIR_ROWS,
			.state = READ_ONCE(tapir_state),
			.nmi_bytes = tapir_nmi_bytes(tapir_ring_bytes),
			.sequence = atomic_read(&tapir_sequence),
			.flight = tapir_flight,
		};

		return copy_to_user(user, &info, sizeof(info)) ? -EFAULT : 0;
	}
	case TAPIR_IOC_TARGET: {
		u64 pid;

		if (copy_from_user(&pid, user, sizeof(pid)))
			return -EFAULT;
		tapir_target = pid;
		return 0;
	}
	case TAPIR_IOC_GLOBAL: {
#ifdef TAPIR_HAVE_SET_GLOBAL
		struct tapir_text text;

		if (copy_from_user(&text, user, sizeof(text)))
			return -EFAULT;
		return tapir_give_global(&text);
#else
		return -ENOENT;
#endif
	}
	case TAPIR_IOC_START:
		return tapir_start();
	case TAPIR_IOC_STOP:
		return tapir_stop(false);
	case TAPIR_IOC_ATTACH:
		WRITE_ONCE(tapir_attached, true);
		/* Writers have interrupts off: after this none of them moves a tail. */
		synchronize_rcu();
		return 0;
	case TAPIR_IOC_ABANDON:
		WRITE_ONCE(tapir_abandoned, true);
		return 0;
	case TAPIR_IOC_SUMMARY: {
		struct tapir_summary sum;

		tapir_sum(&sum);
		return copy_to_user(user, &sum, sizeof(sum)) ? -EFAULT : 0;
	}
	case TAPIR_IOC_ROW_SUMMARIES:
	case TAPIR_IOC_ROWS:
	case TAPIR_IOC_ADDRESSES: {
		struct tapir_batch batch;

		if (copy_from_user(&batch, user, sizeof(batch)))
			return -EFAULT;
		return tapir_batch(command, &batch);
	}
	}
	return -ENOTTY;
}

static int tapir_open(struct inode *inode, struct file *file)
{
	if (test_and_set_bit(0, &tapir_opened))
		return -EBUSY;
	tapir_opener.pid = current->tgid;
	tapir_opener.pid_ns = task_active_pid_ns(current);
	tapir_opener.user_ns = current_user_ns();
	tapir_opener.uid = current_uid();
	tapir_opener.privileged = capable(CAP_SYS_ADMIN);
	return nonseekable_open(inode, file);
}

/*
 * The reader is gone: nothing may stay armed, whatever it forgot. A flight recorder goes on, if it
 * was started.
 */
static int tapir_release(struct inode *inode, struct file *file)
{
	if (tapir_flight && READ_ONCE(tapir_state) != TAPIR_LOADED) {
		WRITE_ONCE(tapir_attached, false);
	} else {
		WRITE_ONCE(tapir_abandoned, true);
		tapir_stop(true);
	}
	clear_bit(0, &tapir_opened);
	return 0;
}

static bool tapir_has_records(void)
{
	unsigned int i;

	for (i = 0; i < 2 * nr_cpu_ids; i++) {
		struct tapir_ring *ring;

		if (!cpu_possible(i / 2))
			continue;
		ring = tapir_ring_at(i);
		if (READ_ONCE(ring->head) != READ_ONCE(ring->control->tail))
			return true;
	}
	return false;
}

static __poll_t tapir_poll(struct file *file, struct poll_table_struct *table)
{
	__poll_t mask = 0;

	poll_wait(file, &tapir_reader, table);
	/* The flag must be seen before the heads are read. */
	smp_store_mb(tapir_reader_waits, 1);
	if (tapir_has_records())
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(tapir_state) >= TAPIR_STOPPING)
		mask |= EPOLLPRI;
	if (mask)
		WRITE_ONCE(tapir_reader_waits, 0);
	return mask;
}

static int tapir_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pages = 1 + (tapir_ring_bytes >> PAGE_SHIFT);
	unsigned long index = vma->vm_pgoff / pages;

	if (vma->vm_pgoff % pages || index >= 2 * nr_cpu_ids || !cpu_possible(index / 2))
		return -EINVAL;
	return remap_vmalloc_range(vma, tapir_ring_at(index)->control, 0);
}

static const struct file_operations tapir_operations = {
	.owner = THIS_MODULE,
	.open = tapir_open,
	.release = tapir_release,
	.unlocked_ioctl = tapir_ioctl,
	.poll = tapir_poll,
	.mmap = tapir_mmap,
};

static struct miscdevice tapir_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.fops = &tapir_operations,
	.mode = 0600,
};

/* Hears of modules that come and go, as far as rows are in them. */
static int tapir_watch(void)
{
	int rc = 0;

#ifdef TAPIR_HAVE_TRACE
	rc = tapir_trace_watch();
	if (rc)
		return rc;
#endif
#ifdef TAPIR_HAVE_MODULES
	rc = register_module_notifier(&tapir_module_watcher);
#ifdef TAPIR_HAVE_TRACE
	if (rc)
		tapir_trace_unwatch();
#endif
#endif
	return rc;
}

static void tapir_unwatch(void)
{
#ifdef TAPIR_HAVE_MODULES
	unregister_module_notifier(&tapir_module_watcher);
#endif
#ifdef TAPIR_HAVE_TRACE
	tapir_trace_unwatch();
#endif
}

static int __init tapir_init(void)
{
	unsigned int i;
	int rc;

	for (i = 0; i < TAPIR_ROWS; i++)
		tapir_rows[i].index = i;
#ifdef TAPIR_HAVE_CONDITION
	init_irq_work(&tapir_condition_irq, tapir_condition_wake);
	INIT_DELAYED_WORK(&tapir_condition_work, tapir_condition_look);
#endif
	rc = tapir_make_contexts(TAPIR_ROWS);
	if (rc)
		return rc;
	rc = tapir_make_rings();
	if (rc)
		goto contexts;
#ifdef TAPIR_HAVE_SETUP
	rc = tapir_setup();
	if (rc)
		goto rings;
#endif
	rc = tapir_watch();
	if (rc)
		goto setup;
	/* Not KBUILD_MODNAME: the loader renames the module. */
	tapir_device.name = THIS_MODULE->name;
	rc = misc_register(&tapir_device);
	if (rc)
		goto watch;
	return 0;
watch:
	tapir_unwatch();
setup:
#ifdef TAPIR_HAVE_SETUP
	tapir_teardown();
rings:
#endif
	tapir_free_rings();
contexts:
	tapir_free_contexts();
	return rc;
}

static void __exit tapir_cleanup(void)
{
	misc_deregister(&tapir_device);
	/* A flight recorder may be removed while it runs. */
	WRITE_ONCE(tapir_abandoned, true);
	tapir_stop(true);
	tapir_unwatch();
#ifdef TAPIR_HAVE_CONDITION
	/* Nothing is armed, so nothing queues them again. */
	irq_work_sync(&tapir_condition_irq);
	cancel_delayed_work_sync(&tapir_condition_work);
#endif
	tapir_free_rings();
#ifdef TAPIR_HAVE_SETUP
	tapir_teardown();
#endif
	tapir_free_contexts();
}

module_init(tapir_init);
module_exit(tapir_cleanup);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Tapir session");

#endif /* TAPIR_MODULE_H */
