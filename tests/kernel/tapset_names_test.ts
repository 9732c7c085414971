/**
 * Probe aliases of the script library, system calls left out, on every test kernel: all can be used
 * with all their variables, except for those whose event is gone, which say so.
 * `tools/tapset_names.ts` lists every public name.
 */
import assert from "node:assert/strict";
import { kernels } from "../../loader/kernels.ts";
import { allNames, resultOf } from "../../tools/tapset_names.ts";

/** Aliases whose event is gone from current kernels, with what they ask for. */
const GONE = [
  'ioscheduler_trace.elv_abort_request: kernel.trace("block_rq_abort")',
  'ioscheduler_trace.unplug_timer: kernel.trace("block_unplug_timer")',
  'scheduler.balance: kernel.function("idle_balance")',
  'vm.kmalloc_node: kernel.trace("kmalloc_node")',
  'workqueue.create: kernel.trace("workqueue_creation")',
  'workqueue.destroy: kernel.trace("workqueue_destruction")',
];

for (const line of ["6.1", "6.12"]) {
  const kernel = kernels().find((k) => k.release.startsWith(line + ".") && k.build != "");
  Deno.test({
    name: `the library's aliases on ${line}`,
    ignore: kernel == null,
    async fn() {
      const gone: string[] = [];
      for (const name of allNames()) {
        if (name.kind != "probe" || /syscall/.test(name.name)) continue;
        const result = await resultOf(name, kernel!.release);
        const missing = result.replace(/^no match for probe point '(.*)'$/, "$1");
        if (result != "ok") gone.push(`${name.name}: ${missing}`);
      }
      assert.deepEqual(gone.sort(), GONE);
    },
  });
}
