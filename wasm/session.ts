/**
 * What a host of the module has given so far, and a check over it. Portable: the module's entry
 * and the tests of both builds use this one file, so that what they compare is what ships.
 */
import { BtfData, openBtf } from "../compiler/front/btf/reader.ts";
import { BtfOracle } from "../compiler/front/btf/oracle.ts";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { jsonText, renderJson } from "../compiler/front/source/render.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { printScript } from "../compiler/front/syntax/print.ts";
import { JsonKind, JsonReader, JsonValue } from "./json_reader.ts";
import { LibraryMacros } from "./macros.ts";
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
  private library: Map<string, string> = new Map<string, string>();
  private kernel: BtfData | null = null;
  private oracle: BtfOracle | null = null;
  private settings: JsonValue = new JsonValue(JsonKind.Object);
  /** What the last check found, as JSON. */
  result: string = "";

  addFile(name: string, text: string, role: i32): void {
    if (role == FileRole.Library) this.library.set(name, text);
    else {
      this.scriptNames.push(name);
      this.scripts.push(text);
    }
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

  /** Checks all scripts; `result` then holds the findings. Gives the number of errors. */
  check(withTree: bool): i32 {
    const options = new ParseOptions();
    applyOptions(this.settings, options);
    const reporter = new Reporter();
    const macros = new LibraryMacros(this.library, options, reporter);
    const trees: string[] = [];
    for (let i: i32 = 0; i < this.scripts.length; i++) {
      const source = new Source(
        this.scriptNames[i],
        this.scripts[i],
        SourceKind.User,
        options.guru,
      );
      const tree = parseScript(source, options, macros, reporter);
      if (withTree) trees.push(jsonText(printScript(tree, true)));
    }
    const parts: string[] = ['{"version":1,"errors":', reporter.errors.toString()];
    parts.push(',"warnings":' + reporter.warnings.toString());
    parts.push(',"diagnostics":' + renderJson(reporter.list));
    if (withTree) parts.push(',"trees":[' + trees.join(",") + "]");
    parts.push("}\n");
    this.result = parts.join("");
    return reporter.errors;
  }
}
