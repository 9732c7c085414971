/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * DOC: probe_procfs.h - files below /proc/systemtap/MODULE
 *
 * A read handler runs when a file that was opened is first read from, a write handler at each write,
 * both in the caller's task. Texts are allocated before the handler runs.
 *
 * The folder /proc/systemtap belongs to all sessions, of which each looks whether it is there or
 * empty. The lock of one file's inode that every session can find keeps them apart. Taken inside
 * tapir_session_lock; handlers take no locks.
 */
#ifndef TAPIR_PROBE_PROCFS_H
#define TAPIR_PROBE_PROCFS_H

#include <linux/proc_fs.h>
#include <linux/fcntl.h>
#include <linux/namei.h>
#include <linux/stat.h>
#include "value.h"

#define TAPIR_PROCFS_ROOT "systemtap"

/**
 * struct tapir_procfs - one file
 * @entry: in /proc
 * @reader: row whose handler makes what is read, or NULL
 * @writer: row whose handler takes what is written, or NULL
 */
struct tapir_procfs {
	struct proc_dir_entry *entry;
	struct tapir_row *reader;
	struct tapir_row *writer;
};

/** struct tapir_procfs_open - a file that was opened; @filled once the handler ran. */
struct tapir_procfs_open {
	struct tapir_procfs *file;
	struct tapir_value value;
	struct mutex lock;
	bool filled;
};

static struct proc_dir_entry *tapir_procfs_folder;	/* the session's */

static u32 tapir_procfs_room(const struct tapir_procfs *file)
{
	const struct tapir_procfs_spec *spec = file->reader ? file->reader->spec : NULL;

	return spec && spec->size ? spec->size + 1 : MAXSTRINGLEN;
}

static int tapir_procfs_opened(struct inode *inode, struct file *file)
{
	struct tapir_procfs_open *open = kzalloc(sizeof(*open), GFP_KERNEL);

	if (!open)
		return -ENOMEM;
	open->file = pde_data(inode);
	open->value.size = tapir_procfs_room(open->file);
	if (file->f_mode & FMODE_READ) {
		open->value.text = kvzalloc(open->value.size, GFP_KERNEL);
		if (!open->value.text) {
			kfree(open);
			return -ENOMEM;
		}
	}
	mutex_init(&open->lock);
	file->private_data = open;
	return 0;
}

static int tapir_procfs_closed(struct inode *inode, struct file *file)
{
	struct tapir_procfs_open *open = file->private_data;

	kvfree(open->value.text);
	kfree(open);
	return 0;
}

/* A handler that did not run, or failed. */
static int tapir_procfs_failure(void)
{
	return READ_ONCE(tapir_state) == TAPIR_RUNNING ? -EIO : -ENODEV;
}

static ssize_t tapir_procfs_read(struct file *file, char __user *to, size_t count, loff_t *at)
{
	struct tapir_procfs_open *open = file->private_data;
	struct tapir_row *row = open->file->reader;
	ssize_t rc = 0;

	if (!row)
		return -EOPNOTSUPP;
	mutex_lock(&open->lock);
	if (!open->filled) {
		if (tapir_fire(row, row->handler, NULL, (const u64 *)&open->value, NULL, true))
			open->filled = true;
		else
			rc = tapir_procfs_failure();
	}
	if (!rc)
		rc = simple_read_from_buffer(to, count, at, open->value.text, open->value.length);
	mutex_unlock(&open->lock);
	return rc;
}

static ssize_t tapir_procfs_write(struct file *file, const char __user *from, size_t count,
				  loff_t *at)
{
	struct tapir_procfs_open *open = file->private_data;
	struct tapir_row *row = open->file->writer;
	struct tapir_value value = { .size = MAXSTRINGLEN };
	ssize_t rc;

	if (!row)
		return -EOPNOTSUPP;
	/* What does not fit is a write of its own. */
	value.length = min_t(size_t, count, MAXSTRINGLEN - 1);
	value.text = memdup_user_nul(from, value.length);
	if (IS_ERR(value.text))
		return PTR_ERR(value.text);
	rc = value.length;
	if (!tapir_fire(row, row->handler, NULL, (const u64 *)&value, NULL, true))
		rc = tapir_procfs_failure();
	kfree(value.text);
	return rc;
}

static const struct proc_ops tapir_procfs_operations = {
	.proc_open = tapir_procfs_opened,
	.proc_release = tapir_procfs_closed,
	.proc_read = tapir_procfs_read,
	.proc_write = tapir_procfs_write,
	.proc_lseek = default_llseek,
};

/* Keeps sessions apart; NULL if /proc is not where it always is, which is no error here. */
static struct inode *tapir_procfs_lock(struct path *path)
{
	if (kern_path("/proc/version", 0, path))
		return NULL;
	inode_lock(d_inode(path->dentry));
	return d_inode(path->dentry);
}

static void tapir_procfs_unlock(struct inode *inode, struct path *path)
{
	if (!inode)
		return;
	inode_unlock(inode);
	path_put(path);
}

/*
 * The links of a folder below /proc (2 and one for each folder in it), or 0 if it is not there.
 * What its inode says is old: /proc brings it up to date when it is asked.
 */
static unsigned int tapir_procfs_links(const char *name)
{
	struct kstat stat = {};
	struct path path;

	if (!kern_path(name, LOOKUP_DIRECTORY, &path)) {
		if (vfs_getattr(&path, &stat, STATX_NLINK, AT_STATX_SYNC_AS_STAT))
			stat.nlink = 0;
		path_put(&path);
	}
	return stat.nlink;
}

static int tapir_procfs_make_folder(void)
{
	char name[sizeof(TAPIR_PROCFS_ROOT "/") + MODULE_NAME_LEN];
	struct path path;
	struct inode *lock = tapir_procfs_lock(&path);

	snprintf(name, sizeof(name), TAPIR_PROCFS_ROOT "/%s", THIS_MODULE->name);
	if (tapir_procfs_links("/proc/" TAPIR_PROCFS_ROOT) || proc_mkdir(TAPIR_PROCFS_ROOT, NULL))
		tapir_procfs_folder = proc_mkdir(name, NULL);
	tapir_procfs_unlock(lock, &path);
	return tapir_procfs_folder ? 0 : -ENOMEM;
}

static void tapir_procfs_remove_folder(void)
{
	struct path path;
	struct inode *lock;

	if (!tapir_procfs_folder)
		return;
	lock = tapir_procfs_lock(&path);
	proc_remove(tapir_procfs_folder);
	tapir_procfs_folder = NULL;
	if (tapir_procfs_links("/proc/" TAPIR_PROCFS_ROOT) == 2)
		remove_proc_entry(TAPIR_PROCFS_ROOT, NULL);
	tapir_procfs_unlock(lock, &path);
}

static const struct tapir_procfs_spec *tapir_procfs_spec(const struct tapir_row *row)
{
	return row->spec;
}

/* Does the path lie in @folder, the first @length bytes of another path? */
static bool tapir_procfs_below(const char *path, const char *folder, size_t length)
{
	return !strncmp(path, folder, length) && path[length] == '/';
}

/* Makes the folders of a path that no row before it has, and checks that files are no folders. */
static int tapir_procfs_make_path(struct tapir_row *rows, unsigned int before)
{
	const char *path = tapir_procfs_spec(&rows[before])->path;
	const char *slash;
	unsigned int i;

	for (i = 0; i < before; i++) {
		const char *other;

		if (rows[i].family != TAPIR_PROCFS || !rows[i].arm)
			continue;
		other = tapir_procfs_spec(&rows[i])->path;
		if (tapir_procfs_below(path, other, strlen(other)) ||
		    tapir_procfs_below(other, path, strlen(path)))
			return -ENOTDIR;
	}
	for (slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		bool there = false;
		char *name;

		for (i = 0; i < before && !there; i++)
			there = rows[i].family == TAPIR_PROCFS && rows[i].arm &&
				tapir_procfs_below(tapir_procfs_spec(&rows[i])->path, path,
						   slash - path);
		if (there)
			continue;
		name = kstrndup(path, slash - path, GFP_KERNEL);
		there = name && proc_mkdir(name, tapir_procfs_folder);
		kfree(name);
		if (!there)
			return -ENOMEM;
	}
	return 0;
}

/* The file that an earlier row has of the same path, or NULL. */
static struct tapir_procfs *tapir_procfs_same(struct tapir_row *rows, unsigned int before)
{
	unsigned int i;

	for (i = 0; i < before; i++)
		if (rows[i].family == TAPIR_PROCFS && rows[i].arm &&
		    !strcmp(tapir_procfs_spec(&rows[i])->path,
			    tapir_procfs_spec(&rows[before])->path))
			return rows[i].arm;
	return NULL;
}

static umode_t tapir_procfs_mode(const struct tapir_procfs *file)
{
	umode_t mode = S_IFREG;

	if (file->reader)
		mode |= 0444 & ~tapir_procfs_spec(file->reader)->umask;
	if (file->writer)
		mode |= 0222 & ~tapir_procfs_spec(file->writer)->umask;
	return mode;
}

/* Enters a row into the file of its path, which is made for the path's first row. */
static int tapir_procfs_enter(struct tapir_row *rows, unsigned int at)
{
	struct tapir_procfs *file = tapir_procfs_same(rows, at);
	struct tapir_row *row = &rows[at];
	struct tapir_row **role;
	int rc;

	if (!file) {
		rc = tapir_procfs_make_path(rows, at);
		if (rc)
			return rc;
		file = kzalloc(sizeof(*file), GFP_KERNEL);
		if (!file)
			return -ENOMEM;
	}
	role = tapir_procfs_spec(row)->reads ? &file->reader : &file->writer;
	if (*role)
		return -EEXIST;
	*role = row;
	row->arm = file;
	return 0;
}

static const char *tapir_procfs_why(int rc)
{
	if (rc == -EEXIST)
		return "another probe of the script has this file already";
	if (rc == -ENOTDIR)
		return "a file of the script would be a folder too";
	return NULL;
}

static void tapir_procfs_arm_all(struct tapir_row *rows, unsigned int count)
{
	int rc = tapir_procfs_make_folder();
	unsigned int i;

	for (i = 0; i < count; i++)
		if (rows[i].family == TAPIR_PROCFS) {
			int own = rc ?: tapir_procfs_enter(rows, i);

			tapir_arm_refused(&rows[i], own, tapir_procfs_why(own));
		}
	/* Only now are the permissions of a path's file known. */
	for (i = 0; i < count; i++) {
		struct tapir_procfs *file = rows[i].arm;

		if (rows[i].family != TAPIR_PROCFS || !file || file->entry)
			continue;
		file->entry = proc_create_data(tapir_procfs_spec(&rows[i])->path,
					       tapir_procfs_mode(file), tapir_procfs_folder,
					       &tapir_procfs_operations, file);
		if (!file->entry)
			tapir_arm_failed(&rows[i], -ENOMEM);
	}
}

/* Waits for the handlers that run. What is still open afterwards can only be closed. */
static void tapir_procfs_disarm_all(struct tapir_row *rows, unsigned int count)
{
	unsigned int i;

	tapir_procfs_remove_folder();
	for (i = 0; i < count; i++) {
		struct tapir_procfs *file = rows[i].arm;

		if (rows[i].family != TAPIR_PROCFS || !file)
			continue;
		/* The last of the file's rows frees it. */
		if (file->reader == &rows[i])
			file->reader = NULL;
		else
			file->writer = NULL;
		if (!file->reader && !file->writer)
			kfree(file);
		rows[i].arm = NULL;
		rows[i].armed = false;
	}
}

#endif /* TAPIR_PROBE_PROCFS_H */
