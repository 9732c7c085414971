/** The oracle of a kernel of this machine, for the program's own folders. */
import { DebuginfoOracle } from "../compiler/oracle/kernel_oracle.ts";
import { cacheRoot, kernelCache } from "../loader/kernels.ts";

export class LazyOracle extends DebuginfoOracle {
  /**
   * `btf`: a file to take the types from, instead of those of the kernel's own files; with
   * `typesOnly` debuginfo is not looked at.
   */
  constructor(release: string, btf = "", typesOnly = false) {
    super(release, { roots: [kernelCache(release)], cache: cacheRoot() }, btf, typesOnly);
  }
}
