/**
 * What a host of the module has given so far, and a check over it. Portable: the module's entry
 * and the tests of both builds use this one file, so that what they compare is what ships.
 */
import { BtfData, openBtf } from "../compiler/front/btf/reader.ts";
import { check, CheckRequest } from "../compiler/front/check.ts";
import { programToJson } from "../compiler/front/ir/json.ts";
import { MemoryLibrary } from "../compiler/front/library/library.ts";
import { Diagnostic } from "../compiler/front/source/diagnostics.ts";
import { render, renderJson } from "../compiler/front/source/render.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import { JsonKind, JsonReader, JsonValue } from "./json_reader.ts";
import { applyOptions, OutputOptions } from "./options.ts";
import { WantingOracle } from "./wanted.ts";

/** Where a file given by the host belongs; the numbers are part of the ABI. */
export enum FileRole {
  /** A script to check. */
  Script = 0,
  /** A file of the script library, or its index under the name "index.txt". */
  Library = 1,
  /** The names of the functions in the kernel's image: ascending, one a line. */
  Functions = 2,
}

export class Session {
  private scriptNames: string[] = [];
  private scripts: string[] = [];
  private library: MemoryLibrary = new MemoryLibrary();
  private kernel: BtfData | null = null;
  private oracle: WantingOracle = new WantingOracle(openBtf(new Uint8Array(0), null));
  private functions: string = "";
  private settings: JsonValue = new JsonValue(JsonKind.Object);
  /** What the last check found, in the format that the options ask for. */
  result: string = "";
  /** Warnings of the last check. */
  warnings: i32 = 0;

  /** Takes a file; a script or library file of a name given before replaces that one. */
  addFile(name: string, text: string, role: i32): void {
    if (role == FileRole.Script) {
      const at: i32 = this.scriptNames.indexOf(name);
      if (at >= 0) this.scripts[at] = text;
      else {
        this.scriptNames.push(name);
        this.scripts.push(text);
      }
    } else if (role == FileRole.Functions) {
      this.functions = text;
      this.oracle.setSymbols(text);
    } else if (name == "index.txt") this.library.addIndex(text);
    else this.library.addFile(name, text);
  }

  /** Forgets the scripts; library, options and types stay. */
  forgetScripts(): void {
    this.scriptNames = [];
    this.scripts = [];
    this.result = "";
  }

  /** What the last check asked for and the host has not given, one a line. */
  wanted(): string {
    const list = this.oracle.wanted;
    return list.length == 0 ? "" : list.join("\n") + "\n";
  }

  /** BTF of the kernel (module "") or of a module, after the kernel's. Gives what is wrong with it. */
  addBtf(module: string, bytes: Uint8Array): string {
    if (module == "") {
      const data = openBtf(bytes, null);
      if (data.error != "") return data.error;
      this.kernel = data;
      this.oracle = new WantingOracle(data);
      if (this.functions != "") this.oracle.setSymbols(this.functions);
      return "";
    }
    const kernel = this.kernel;
    if (kernel == null) return "the kernel's BTF must be given before a module's";
    const data = openBtf(bytes, kernel);
    if (data.error == "") this.oracle.addModule(module, data);
    return data.error;
  }

  /** Options as a JSON object; gives what is wrong with it. */
  setOptions(json: string): string {
    const reader = new JsonReader(json);
    const value = reader.read();
    if (reader.error != "") return reader.error;
    if (value.kind != JsonKind.Object) return "options: an object is wanted";
    const wrong = applyOptions(value, new ParseOptions(), new OutputOptions());
    if (wrong == "") this.settings = value;
    return wrong;
  }

  /** Checks each script given; `result` then holds the findings. Gives the number of errors. */
  check(withPrograms: bool): i32 {
    const output = new OutputOptions();
    applyOptions(this.settings, new ParseOptions(), output);
    const found: Diagnostic[] = [];
    const programs: string[] = [];
    let errors: i32 = 0;
    this.warnings = 0;
    this.oracle.wanted = [];
    for (let i: i32 = 0; i < this.scripts.length; i++) {
      const result = check(this.request(i, output));
      const list = result.reporter.list;
      for (let k: i32 = 0; k < list.length; k++) found.push(list[k]);
      errors += result.reporter.errors;
      this.warnings += result.reporter.warnings;
      const program = result.program;
      programs.push(withPrograms && program != null ? programToJson(program) : "null");
    }
    if (output.format == "result") {
      this.result = this.resultJson(errors, found, withPrograms ? programs : null);
    } else this.result = render(found, output.format, output.color);
    return errors;
  }

  private request(index: i32, output: OutputOptions): CheckRequest {
    const options = new ParseOptions();
    applyOptions(this.settings, options, output);
    this.oracle.named = options.kernelRelease;
    return new CheckRequest(
      this.scriptNames[index],
      this.scripts[index],
      options,
      this.library,
      this.oracle,
      allFamilies(),
    );
  }

  private resultJson(errors: i32, found: Diagnostic[], programs: string[] | null): string {
    const parts: string[] = ['{"version":1,"errors":', errors.toString()];
    parts.push(',"warnings":' + this.warnings.toString());
    parts.push(',"diagnostics":' + renderJson(found));
    if (programs != null) parts.push(',"programs":[' + programs.join(",") + "]");
    parts.push("}\n");
    return parts.join("");
  }
}
