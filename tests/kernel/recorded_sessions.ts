/** Sessions to record, a family of probes or of values each; all print what the machine gave them. */

export interface RecordedSession {
  name: string;
  script: string;
  /** What -c runs; it prints nothing, as a replay does not run it. */
  command: string;
  /** A line that the session prints for it. */
  shows: RegExp;
}

const COPY =
  "cat /proc/self/status /proc/mounts >/tmp/x; head -n 3 /tmp/x | cat >/tmp/y; rm /tmp/y";

export const RECORDED_SESSIONS: RecordedSession[] = [
  {
    name: "a system call's alias with its argument string",
    command: COPY,
    shows: /^cat\(\d+\) openat\(AT_FDCWD, "\/proc\/mounts", O_RDONLY.*\)$/m,
    script: `
probe syscall.openat, syscall.read, syscall.unlinkat, syscall.execve {
  printf("%s(%d) %s(%s)\\n", execname(), pid(), name, argstr)
}
probe syscall.openat.return, syscall.read.return, syscall.wait4.return {
  printf("%s %s = %s\\n", pn(), name, retstr)
}`,
  },
  {
    name: "an alias of the kernel's library with variables",
    command: COPY,
    shows: /^vfs\.read vfs\.read \(.*\) of \/tmp\/x at 0: dev .* ino \d+ file [0-9a-f]+$/m,
    script: `
probe vfs.read, vfs.write {
  printf("%s %s (%s) of %s at %d: dev %d,%d %s ino %d file %x\\n", pn(), name, argstr, pathname, pos,
    MAJOR(dev), MINOR(dev), devname, ino, file)
}
probe vfs.read.return { printf("%s %d %d\\n", name, $return, ret) }`,
  },
  {
    name: "arguments by number at a kprobe without debug information",
    command: COPY,
    shows: /^do_sys_openat2 -100 "\/proc\/mounts" [0-9a-f]+$/m,
    script: `
probe kprobe.function("do_sys_openat2") {
  printf("%s %d %s %x\\n", ppfunc(), int_arg(1), user_string_quoted(pointer_arg(2)), ulong_arg(3))
}
probe kprobe.function("do_sys_openat2").return { printf("%d\\n", returnval()) }
probe kprobe.function("getname_flags") { println(user_string(pointer_arg(1), "not mapped yet")) }`,
  },
  {
    name: "results with what the entry knew",
    command: COPY,
    shows: /^mounts\n(.*\n)*\d+ of \d+ at 0 \(head\) took time$/m,
    script: `
probe kernel.function("vfs_read").return {
  printf("%d of %d at %d (%s) took %s\\n", $return, @entry($count), @entry($file->f_pos),
    @entry(execname()), @entry(gettimeofday_ns()) <= gettimeofday_ns() ? "time" : "less than none")
}
probe kernel.function("do_filp_open").return {
  if ($return < -4095) printf("%s\\n", kernel_string(@cast($return, "file")->f_path->dentry->d_name->name))
}`,
  },
  {
    name: "tracepoints with their arguments",
    command: COPY,
    shows: /^exe \d+ \/proc\/self\/exe p=0x[0-9a-f]+ old_pid=0x[0-9a-f]+ bprm=0x/m,
    script: `
probe kernel.trace("sched_process_fork") {
  printf("%s %d -> %d\\n", kernel_string($parent->comm), $parent->pid, $child->pid)
}
probe kernel.trace("sched_process_exec") {
  printf("%s %d %s %s\\n", kernel_string($p->comm), $old_pid, kernel_string($bprm->filename), $$parms)
}
probe kernel.trace("sched_process_exit") { printf("%s %s\\n", $p->comm$, execname()) }
probe kernel.trace("sys_enter") { ids[$id]++ }
global ids
probe end { foreach (id+ in ids) printf("%d: %d\\n", id, ids[id]) }`,
  },
  {
    name: "timers between begin and end",
    command: "sleep 0.5",
    shows: /^10 at \d+ on \d\n(.*\n)*end \d+ [1-9]/m,
    script: `
global ticks, jiffy
probe begin { printf("begin %d %s %d\\n", gettimeofday_s(), ctime(gettimeofday_s()), target()) }
probe timer.ms(50) { printf("%d at %d on %d\\n", ++ticks, gettimeofday_ns(), cpu()) }
probe timer.jiffies(20) { jiffy++ }
probe timer.profile { profiled[cpu()]++ }
global profiled
probe end { printf("end %d %d %d\\n", ticks, jiffy, gettimeofday_us())
  foreach (c+ in profiled) printf("%d %d\\n", c, profiled[c]) }`,
  },
  {
    name: "a map with string keys, sorted at the end",
    command: COPY,
    shows: /^vfs_read by cat: [1-9]\d*$/m,
    script: `
global calls, last
probe kernel.function("vfs_*") {
  calls[ppfunc(), execname()]++
  last[execname()] = ppfunc()
}
probe end {
  foreach ([func, who] in calls-) printf("%s by %s: %d\\n", func, who, calls[func, who])
  foreach ([func+, who] in calls limit 5) printf("%s by %s\\n", func, who)
  foreach (who- in last) printf("%s: %s\\n", who, last[who])
}`,
  },
  {
    name: "aggregates and their histograms",
    command: COPY,
    shows: /^cat [1-9]\d* \d+ \d+ \d+ \d+\nvalue \|-/m,
    script: `
global sizes, rows, by, times
probe vfs.read.return {
  if (ret > 0) { sizes <<< ret; rows <<< ret; by[execname()] <<< ret }
  times <<< gettimeofday_ns() - @entry(gettimeofday_ns())
}
probe end {
  print(@hist_log(sizes))
  print(@hist_linear(rows, 0, 4000, 500))
  foreach (who in by) {
    printf("%s %d %d %d %d %d\\n", who, @count(by[who]), @sum(by[who]), @min(by[who]), @max(by[who]),
      @avg(by[who]))
    print(@hist_log(by[who]))
  }
  printf("%d\\n", @count(times))
  print(@hist_log(times))
}`,
  },
  {
    name: "members of structures within structures",
    command: COPY,
    shows: /^\/\/x on tmpfs ino \d+ mode 100644 uid 0 \{\.mnt=0x/m,
    script: `
probe kernel.function("vfs_read"), kernel.function("vfs_write") {
  printf("%s/%s on %s ino %d mode %o uid %d %s\\n",
    kernel_string($file->f_path->dentry->d_parent->d_name->name),
    d_name($file->f_path->dentry), kernel_string($file->f_path->dentry->d_sb->s_id),
    $file->f_inode->i_ino, $file->f_inode->i_mode, $file->f_cred->uid->val, $file->f_path$)
  printf("%s %s\\n", $$parms, $file->f_path->dentry->d_name$$)
}
probe kernel.function("wake_up_new_task") {
  printf("%s %d %s %s\\n", kernel_string($p->comm), task_pid($p), task_execname(task_parent($p)),
    @cast(task_current(), "task_struct")->signal->rlim[7]$)
}`,
  },
  {
    name: "texts of the kernel and of programs",
    command:
      "(echo some words; printf 'a\\tb\\n'; true 'two words' --option) >/tmp/x; cat /tmp/x >/tmp/y",
    shows: /^"a\\tb\\n" "a\\tb\\n" 4$/m,
    script: `
probe kernel.function("ksys_write") {
  printf("%s %s %d\\n", user_string_n_quoted($buf, $count), user_buffer_quoted($buf, $count, 20), $count)
}
probe kernel.function("getname_flags").return {
  if ($return < -4095) printf("%s %s\\n", kernel_string(@cast($return, "filename")->name), user_string(@entry($filename)))
}
probe kernel.trace("sched_process_exec") {
  printf("%s %s %s\\n", kernel_string_quoted($bprm->filename), kernel_string_n($bprm->interp, 4),
    kernel_string2(0, "nothing"))
}
probe kernel.function("ksys_read").return {
  if ($return > 0) printf("%d %s\\n", $return, user_string_n(@entry($buf), $return))
}`,
  },
];
