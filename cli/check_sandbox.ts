/**
 * The checks of `tapir check --sandbox`: the same front end as a WebAssembly module, which has no
 * imports and so can do nothing but compute, whatever script it is given.
 */
import {
  btfOfFile,
  kernelBtf,
  kernelFunctions,
  moduleBtf,
} from "../compiler/debuginfo/kernel_image.ts";
import { type Kernel, kernelCache } from "../loader/kernels.ts";
import { projectRoot } from "../loader/root.ts";
import { Checker, type Wanted } from "../wasm/host.ts";
import { latin1Bytes } from "./bytes.ts";
import type { Settings } from "./options.ts";
import { folderIndex, kernelConfig } from "./sources.ts";

/** What a check found, as printed. */
export interface Findings {
  text: Uint8Array;
  errors: number;
  warnings: number;
}

/** The module with what it was given so far; checks one script after the other. */
export class Sandbox {
  private given = new Set<Wanted>();

  private constructor(
    private checker: Checker,
    private kernel: Kernel,
    /** A file to take the kernel's types from; "" for its own files. */
    private btf: string,
  ) {}

  /** Starts the module; throws if it is not built. */
  static async open(
    settings: Settings,
    kernel: Kernel,
    format: string,
    color: boolean,
  ): Promise<Sandbox> {
    const path = `${projectRoot()}/build/tapir-check.wasm`;
    const bytes = await Deno.readFile(path).catch(() => null);
    if (bytes == null) throw new Error(`there is no ${path}: 'deno task wasm' builds it`);
    const checker = await Checker.load(bytes);
    checker.setOptions({
      kernelRelease: kernel.release,
      guru: settings.guru,
      config: Object.fromEntries(kernelConfig(kernel.build)),
      format: format as "human" | "short" | "json",
      color: color && format == "human",
    });
    for (const folder of settings.includes) await addFolder(checker, folder);
    return new Sandbox(checker, kernel, settings.btf);
  }

  /** Checks one script; both texts are byte strings. */
  check(name: string, text: string): Findings {
    const { checker } = this;
    checker.forgetScripts();
    checker.addScript(latin1Bytes(name), latin1Bytes(text));
    let found = checker.checkBytes();
    // What is known of the kernel is large: it is given when a script turns out to need it.
    while (this.giveWanted()) found = checker.checkBytes();
    return { text: found, errors: checker.errors, warnings: checker.warnings };
  }

  /** Gives what the last check missed; false if there is nothing more to give. */
  private giveWanted(): boolean {
    let more = false;
    for (const wanted of this.checker.wanted()) {
      if (this.given.has(wanted)) continue;
      this.given.add(wanted);
      more = this.give(wanted) || more;
    }
    return more;
  }

  private give(wanted: Wanted): boolean {
    const { release } = this.kernel;
    const roots = [kernelCache(release)];
    if (this.btf != "" && wanted != "btf") return false;
    if (wanted == "functions") {
      const names = kernelFunctions(release, roots);
      if (names != "") this.checker.addFunctions(latin1Bytes(names));
      return names != "";
    }
    try {
      const module = wanted == "btf" ? "" : wanted.slice("module ".length);
      const bytes = this.btf != ""
        ? btfOfFile(this.btf)
        : module == ""
        ? kernelBtf(release, roots).bytes
        : moduleBtf(release, module, roots);
      if (bytes == null) return false;
      this.checker.addBtf(bytes, module);
      return true;
    } catch {
      // No types, or unusable ones: the findings say what could not be resolved without them.
      return false;
    }
  }
}

async function addFolder(checker: Checker, folder: string): Promise<void> {
  const index = await folderIndex(folder);
  const files = new Set([...index.matchAll(/^[famg] \S+ (.*)$/gm)].map((entry) => entry[1]));
  for (const file of files) checker.addLibraryFile(file, Deno.readFileSync(file));
  checker.addLibraryFile("index.txt", index);
}
