import assert from "node:assert/strict";
import { generateCompat } from "./compat.ts";

async function tree(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir({ prefix: "tapir-compat-" });
  for (const [path, text] of Object.entries(files)) {
    const full = `${root}/${path}`.replaceAll("$ROOT", root);
    await Deno.mkdir(full.slice(0, full.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(full, text.replaceAll("$ROOT", root));
  }
  return root;
}

const features = (text: string) =>
  [...text.matchAll(/^#define TAPIR_COMPAT_(\w+) 1$/gm)].map((m) => m[1]);

Deno.test("compat.h of a bare folder claims nothing", async () => {
  const root = await tree({ "Makefile": "" });
  assert.deepEqual(features(generateCompat(root)), []);
  await Deno.remove(root, { recursive: true });
});

Deno.test("compat.h follows a wrapper Makefile to the common headers", async () => {
  const root = await tree({
    "build/Makefile": "include $ROOT/common/Makefile\n",
    "build/Module.symvers": "0x1\tftrace_set_filter_ips\tvmlinux\tEXPORT_SYMBOL_GPL\t\n",
    "common/include/linux/kprobes.h": "static struct kretprobe *get_kretprobe(void *ri);",
    "common/include/linux/timer.h": "extern int timer_delete_sync(struct timer_list *timer);",
    "common/include/linux/hrtimer.h": "void hrtimer_init(struct hrtimer *timer);",
    "common/include/linux/ftrace.h":
      "typedef void (*ftrace_func_t)(unsigned long ip, unsigned long parent_ip,\n" +
      "\tstruct ftrace_ops *op, struct ftrace_regs *fregs);",
  });
  assert.deepEqual(features(generateCompat(`${root}/build`)), [
    "FTRACE_REGS",
    "FTRACE_SET_FILTER_IPS",
    "GET_KRETPROBE",
    "TIMER_DELETE_SYNC",
  ]);
  await Deno.remove(root, { recursive: true });
});

Deno.test("a longer name in Module.symvers is not mistaken for an export", async () => {
  const root = await tree({ "Module.symvers": "0x1\tmy_ftrace_set_filter_ips\tvmlinux\tX\t\n" });
  assert.deepEqual(features(generateCompat(root)), []);
  await Deno.remove(root, { recursive: true });
});
