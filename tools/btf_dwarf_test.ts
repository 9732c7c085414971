/** BTF and DWARF of the test kernels agree on every function, except where a rule says why not. */
import assert from "node:assert/strict";
import { locateKernel, placesOf } from "../compiler/debuginfo/locate.ts";
import { DebuginfoOracle } from "../compiler/oracle/kernel_oracle.ts";
import { cacheRoot, kernelCache, kernels } from "../loader/kernels.ts";
import { compare, EXPLAINED } from "./btf_dwarf.ts";

const releases = kernels().map((kernel) => kernel.release).filter((release) => {
  const places = { ...placesOf([kernelCache(release)], ""), servers: "" };
  return locateKernel(release, places).file != "";
});
if (releases.length == 0) console.log("skipped: no kernel with debuginfo");

for (const release of releases) {
  Deno.test(`every parameter of ${release} is explained`, () => {
    const { functions, parameters, kinds } = compare(release);
    assert.ok(functions > 10_000 && parameters > functions, `${functions}, ${parameters}`);
    const left = [...kinds].filter(([kind]) => !EXPLAINED.has(kind));
    assert.deepEqual(left, []);
  });

  Deno.test(`a function of ${release} with a namesake has its own parameters`, () => {
    const folders = { roots: [kernelCache(release)], cache: cacheRoot() };
    const oracle = new DebuginfoOracle(release, folders);
    // SELinux has one with code, fs/namei.c one with other parameters that is only inlined; where
    // that has code too, the name stands for both, and each probe has the variables of its own.
    if (oracle.ambiguous("may_create", "")) return;
    const site = oracle.namesakeSite("may_create", "");
    assert.ok(site != null);
    const [dir, dentry] = oracle.variablesAt(site)!;
    assert.deepEqual([dir.name, dir.place.location?.term?.number], ["dir", 5]);
    assert.deepEqual([dentry.name, dentry.place.location?.term?.number], ["dentry", 4]);
    assert.equal(site.returnType?.name, "int");
    assert.equal(oracle.namesakeSite("vfs_read", ""), null);
  });
}
