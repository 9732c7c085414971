/** BTF and DWARF of the test kernels agree on every function, except where a rule says why not. */
import assert from "node:assert/strict";
import { locateKernel, placesOf } from "../compiler/debuginfo/locate.ts";
import { CodeQuery, type CodeSite } from "../compiler/front/oracle/code.ts";
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
    const argumentsAt = (site: CodeSite) =>
      oracle.variablesAt(site)!.filter((v) => !v.local)
        .map((v) => [v.name, v.place.location?.term?.number]);
    const query = new CodeQuery();
    query.pattern = "may_create";
    query.inlined = false;
    const all = oracle.code(query).sites.map(argumentsAt);
    const selinux = all.find((list) => list.some(([name]) => name == "dentry"));
    assert.deepEqual(selinux?.slice(0, 2), [["dir", 5], ["dentry", 4]]);
    // That of fs/namei.c has other parameters. Where it is only inlined, the name stands for one
    // function; where it has code too, for both.
    assert.equal(oracle.ambiguous("may_create", ""), all.length > 1);
    if (all.length == 1) {
      const site = oracle.namesakeSite("may_create", "")!;
      assert.deepEqual(argumentsAt(site), selinux);
      assert.equal(site.returnType?.name, "int");
    } else assert.ok(all.some((list) => list.some(([name]) => name == "child")));
    assert.equal(oracle.namesakeSite("vfs_read", ""), null);
  });
}
