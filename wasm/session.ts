/**
 * What a host of the module has given so far, and a check over it. Portable: the module's entry
 * and the tests of both builds use this one file, so that what they compare is what ships.
 */
import { BtfData, openBtf } from "../compiler/front/btf/reader.ts";
import { BtfOracle } from "../compiler/front/btf/oracle.ts";
import { check, CheckRequest } from "../compiler/front/check.ts";
import { programToJson } from "../compiler/front/ir/json.ts";
import { MemoryLibrary } from "../compiler/front/library/library.ts";
import { KernelOracle } from "../compiler/front/oracle/oracle.ts";
import { Diagnostic } from "../compiler/front/source/diagnostics.ts";
import { renderJson } from "../compiler/front/source/render.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import { JsonKind, JsonReader, JsonValue } from "./json_reader.ts";
import { applyOptions } from "./options.ts";

/** Where a file given by the host belongs; the numbers are part of the ABI. */
export enum FileRole {
  /** A script to check. */
  Script = 0,
  /** A file of the script library, or its index under the name "index.txt". */
  Library = 1,
}

export class Session {
  private scriptNames: string[] = [];
  private scripts: string[] = [];
  private library: MemoryLibrary = new MemoryLibrary();
  private kernel: BtfData | null = null;
  private oracle: BtfOracle | null = null;
  private settings: JsonValue = new JsonValue(JsonKind.Object);
  /** What the last check found, as JSON. */
  result: string = "";

  addFile(name: string, text: string, role: i32): void {
    if (role == FileRole.Script) {
      this.scriptNames.push(name);
      this.scripts.push(text);
    } else if (name == "index.txt") this.library.addIndex(text);
    else this.library.addFile(name, text);
  }

  /** BTF of the kernel (module "") or of a module, after the kernel's. Gives what is wrong with it. */
  addBtf(module: string, bytes: Uint8Array): string {
    if (module == "") {
      const data = openBtf(bytes, null);
      if (data.error != "") return data.error;
      this.kernel = data;
      this.oracle = new BtfOracle(data, "");
      return "";
    }
    const kernel = this.kernel;
    const oracle = this.oracle;
    if (kernel == null || oracle == null) return "the kernel's BTF must be given before a module's";
    const data = openBtf(bytes, kernel);
    if (data.error == "") oracle.addModule(module, data);
    return data.error;
  }

  /** Options as a JSON object; gives what is wrong with it. */
  setOptions(json: string): string {
    const reader = new JsonReader(json);
    const value = reader.read();
    if (reader.error != "") return reader.error;
    if (value.kind != JsonKind.Object) return "options: an object is wanted";
    const wrong = applyOptions(value, new ParseOptions());
    if (wrong == "") this.settings = value;
    return wrong;
  }

  /** The kernel's oracle, or one that knows nothing. */
  private kernelOracle(): KernelOracle {
    const oracle = this.oracle;
    return oracle == null ? new BtfOracle(openBtf(new Uint8Array(0), null), "") : oracle;
  }

  /** Checks each script given; `result` then holds the findings. Gives the number of errors. */
  check(withPrograms: bool): i32 {
    const oracle = this.kernelOracle();
    const found: Diagnostic[] = [];
    const programs: string[] = [];
    let errors: i32 = 0;
    let warnings: i32 = 0;
    for (let i: i32 = 0; i < this.scripts.length; i++) {
      const options = new ParseOptions();
      applyOptions(this.settings, options);
      const request = new CheckRequest(
        this.scriptNames[i],
        this.scripts[i],
        options,
        this.library,
        oracle,
        allFamilies(),
      );
      const result = check(request);
      const list = result.reporter.list;
      for (let k: i32 = 0; k < list.length; k++) found.push(list[k]);
      errors += result.reporter.errors;
      warnings += result.reporter.warnings;
      const program = result.program;
      programs.push(withPrograms && program != null ? programToJson(program) : "null");
    }
    const parts: string[] = ['{"version":1,"errors":', errors.toString()];
    parts.push(',"warnings":' + warnings.toString());
    parts.push(',"diagnostics":' + renderJson(found));
    if (withPrograms) parts.push(',"programs":[' + programs.join(",") + "]");
    parts.push("}\n");
    this.result = parts.join("");
    return errors;
  }
}
