/**
 * What a kernel's BTF answers: functions with named parameters, types, enumerators, tracepoints.
 *
 * BTF knows no files and no lines. Tracepoints are found by what their definition leaves behind:
 * a function `__traceiter_NAME` whose parameters have names, or else a typedef `btf_trace_NAME`
 * of a pointer to a prototype without them; the trace system is not told.
 */
import { CKind, CParam, CType, resolved } from "../oracle/ctype.ts";
import {
  GlobalVariable,
  KernelFunction,
  KernelOracle,
  Place,
  PlaceKind,
  Tracepoint,
  Variable,
} from "../oracle/oracle.ts";
import { Nearest } from "../oracle/similar.ts";
import { SymbolList } from "../oracle/symbols.ts";
import { lookup } from "../portable/target.ts";
import { globMatch, globPrefix, isGlob } from "../source/glob.ts";
import { BtfData, BtfKind } from "./reader.ts";
import { BtfTypes, enumeratorValue } from "./types.ts";

const TRACE_FUNCTION: string = "__traceiter_";
const TRACE_TYPEDEF: string = "btf_trace_";
const HINTS: i32 = 5;

/** One blob: the kernel image (name "") or a module. */
class Image {
  types: BtfTypes;

  constructor(public name: string, public data: BtfData) {
    this.types = new BtfTypes(data);
  }
}

function order(a: string, b: string): i32 {
  return a == b ? 0 : (a < b ? -1 : 1);
}

function byName(a: KernelFunction, b: KernelFunction): i32 {
  const names: i32 = order(a.name, b.name);
  return names != 0 ? names : order(a.module, b.module);
}

function byTracepoint(a: Tracepoint, b: Tracepoint): i32 {
  const names: i32 = order(a.name, b.name);
  return names != 0 ? names : order(a.module, b.module);
}

/** The oracle over the BTF of one kernel; modules are added with `addModule`. */
export class BtfOracle extends KernelOracle {
  private images: Image[] = [];
  private enumerators: Map<string, string> = new Map<string, string>();
  private symbols: SymbolList | null = null;

  constructor(data: BtfData, private kernelRelease: string) {
    super();
    if (data.error == "") this.images.push(new Image("", data));
  }

  /** `data` must have been opened with the kernel image's data as its base, and without error. */
  addModule(name: string, data: BtfData): void {
    if (data.error == "" && this.images.length > 0) this.images.push(new Image(name, data));
  }

  /**
   * The names of the functions that the kernel image really has: ascending, each followed by a
   * newline; "" if not known. Functions are then told by this list, types by BTF.
   */
  setSymbols(text: string): void {
    this.symbols = text == "" ? null : new SymbolList(text);
  }

  available(): bool {
    return this.images.length > 0;
  }

  release(): string {
    return this.kernelRelease;
  }

  functions(pattern: string, module: string): KernelFunction[] {
    const found: KernelFunction[] = [];
    for (let i: i32 = 0; i < this.images.length; i++) {
      const image = this.images[i];
      if (!moduleMatches(image.name, module)) continue;
      if (isGlob(pattern)) functionsByGlob(image, pattern, found);
      else {
        const id: i32 = image.data.findOwn(pattern, BtfKind.Func);
        if (id != 0) found.push(functionOf(image, id, pattern));
        else if (image.name == "" && this.hasSymbol(pattern)) {
          found.push(new KernelFunction(pattern, "", "", 0, null));
        }
      }
    }
    const symbols = this.symbols;
    if (symbols == null) return found;
    const there = symbols.present(found);
    for (let i: i32 = 0; i < there.length; i++) {
      if (there[i].module == "") there[i].times = symbols.times(there[i].name);
    }
    return there;
  }

  override functionAbsence(name: string, module: string): string {
    const symbols = this.symbols;
    if (symbols == null || module != "" || isGlob(name) || this.images.length == 0) return "";
    if (symbols.has(name) || this.images[0].data.findOwn(name, BtfKind.Func) == 0) return "";
    const text = "the kernel has no code of its own for " + name + ": the compiler ";
    const copies = symbols.copies(name);
    if (copies.length == 0) return text + "inlined it into its callers or removed it";
    return text + "made " + copies.join(", ") + " of it, which can be probed by that name";
  }

  override exported(name: string, module: string): i32 {
    const symbols = this.symbols;
    return symbols == null || module != "" ? -1 : symbols.exported(name);
  }

  override ambiguous(name: string, module: string): bool {
    const symbols = this.symbols;
    if (module == "" && symbols != null && symbols.times(name) > 1) return true;
    for (let i: i32 = 0; i < this.images.length; i++) {
      const image = this.images[i];
      if (moduleMatches(image.name, module) && prototypesOf(image.data, name).length > 1) {
        return true;
      }
    }
    return false;
  }

  private hasSymbol(name: string): bool {
    const symbols = this.symbols;
    return symbols != null && symbols.has(name);
  }

  tracepoints(_system: string, pattern: string): Tracepoint[] {
    const found: Tracepoint[] = [];
    for (let i: i32 = 0; i < this.images.length; i++) {
      const image = this.images[i];
      const names: string[] = [];
      if (isGlob(pattern)) tracepointNames(image, pattern, names);
      else names.push(pattern);
      for (let n: i32 = 0; n < names.length; n++) {
        const point = tracepointOf(image, names[n]);
        if (point != null) found.push(point);
      }
    }
    found.sort(byTracepoint);
    return found;
  }

  typeByName(name: string, module: string): CType | null {
    for (let i: i32 = this.images.length - 1; i >= 0; i--) {
      const image = this.images[i];
      if (!moduleMatches(image.name, module)) continue;
      const id: i32 = typeNumber(image.data, name);
      if (id != 0) return image.types.get(id);
    }
    // A module's own BTF may be missing: what it uses is most often the kernel's.
    return module == "" ? null : this.typeByName(name, "");
  }

  enumerator(name: string): string {
    const known = lookup<string, string>(this.enumerators, name);
    if (known != null) return known;
    let value = "";
    for (let i: i32 = 0; i < this.images.length && value == ""; i++) {
      value = enumeratorIn(this.images[i].data, name);
    }
    this.enumerators.set(name, value);
    return value;
  }

  override globalVariable(name: string, file: string, module: string): GlobalVariable | null {
    // BTF names no files: where only one file has the variable, the answer is right all the same.
    if (file.startsWith("/")) return null;
    for (let i: i32 = 0; i < this.images.length; i++) {
      const image = this.images[i];
      if (!moduleMatches(image.name, module)) continue;
      const id: i32 = image.data.findOwn(name, BtfKind.Var);
      if (id == 0) continue;
      const type = image.types.get(image.data.target(id));
      return new GlobalVariable(name, image.name, type, name, 0, isPerCpu(image.data, id));
    }
    return null;
  }

  override globalAbsence(name: string, module: string): string {
    if (this.images.length == 0) return "no type information of the kernel (BTF) was found";
    const where = module == "" ? "the kernel" : "module " + module;
    return "BTF of " + where + " has per-CPU variables only, and no '" + name +
      "': other variables need debuginfo";
  }

  similarFunctions(name: string): string[] {
    const nearest = new Nearest(name, HINTS);
    for (let i: i32 = 0; i < this.images.length; i++) {
      const data = this.images[i].data;
      for (let id: i32 = data.firstId; id < data.endId(); id++) {
        if (data.kind(id) != BtfKind.Func) continue;
        const other = data.name(id);
        if (nearest.worthOffering(other.length)) nearest.offer(other);
      }
    }
    const best = nearest.best();
    const symbols = this.symbols;
    if (symbols == null) return best;
    const there: string[] = [];
    for (let i: i32 = 0; i < best.length; i++) {
      if (this.images.length > 1 || symbols.has(best[i])) there.push(best[i]);
    }
    return there;
  }

  similarTracepoints(name: string): string[] {
    const nearest = new Nearest(name, HINTS);
    for (let i: i32 = 0; i < this.images.length; i++) {
      const names: string[] = [];
      tracepointNames(this.images[i], "*", names);
      for (let n: i32 = 0; n < names.length; n++) nearest.offer(names[n]);
    }
    return nearest.best();
  }
}

/** Module names are equal whether written with `-` or `_`. */
function moduleMatches(image: string, wanted: string): bool {
  if (image == "" || wanted == "") return image == wanted;
  return globMatch(underscores(wanted), underscores(image));
}

function underscores(name: string): string {
  // Not inside brackets, where `-` makes a range.
  if (name.indexOf("[") >= 0) return name;
  let text = "";
  for (let i: i32 = 0; i < name.length; i++) {
    const c = name.charAt(i);
    text += c == "-" ? "_" : c;
  }
  return text;
}

/** Is the variable in a section of the per-CPU area? */
function isPerCpu(data: BtfData, variable: i32): bool {
  for (let id: i32 = data.firstId; id < data.endId(); id++) {
    if (data.kind(id) != BtfKind.DataSec || data.name(id) != ".data..percpu") continue;
    const count: i32 = data.vlen(id);
    for (let i: i32 = 0; i < count; i++) if (data.extra(id, i * 3) == variable) return true;
  }
  return false;
}

// ----------------------------------------------------------------------------- functions

function functionOf(image: Image, id: i32, name: string): KernelFunction {
  const prototype: i32 = image.data.strip(image.data.target(id));
  const known = image.data.kind(prototype) == BtfKind.FuncProto;
  const type: CType | null = known ? image.types.get(prototype) : null;
  const f = new KernelFunction(name, image.name, "", 0, type);
  const all = prototypesOf(image.data, name);
  for (let i: i32 = 0; all.length > 1 && i < all.length; i++) {
    if (all[i] != prototype) f.otherTypes.push(image.types.get(all[i]));
  }
  return f;
}

/** The different prototypes that functions of a name have. */
function prototypesOf(data: BtfData, name: string): i32[] {
  const found: i32[] = [];
  for (let id: i32 = data.findOwn(name, BtfKind.Func); id != 0; id = data.nextOwn(id)) {
    const prototype: i32 = data.strip(data.target(id));
    if (data.kind(prototype) == BtfKind.FuncProto && !found.includes(prototype)) {
      found.push(prototype);
    }
  }
  return found;
}

function functionsByGlob(image: Image, pattern: string, found: KernelFunction[]): void {
  const data = image.data;
  const prefix = globPrefix(pattern);
  const all: KernelFunction[] = [];
  for (let id: i32 = data.firstId; id < data.endId(); id++) {
    if (data.kind(id) != BtfKind.Func || !data.nameStarts(id, prefix)) continue;
    const name = data.name(id);
    if (globMatch(pattern, name)) all.push(functionOf(image, id, name));
  }
  all.sort(byName);
  for (let i: i32 = 0; i < all.length; i++) {
    // Two functions of one name are one here, which knows of the other.
    if (i == 0 || all[i].name != all[i - 1].name) found.push(all[i]);
  }
}

// --------------------------------------------------------------------------- tracepoints

/** Adds the names that match, each once, in no particular order. */
function tracepointNames(image: Image, pattern: string, names: string[]): void {
  const data = image.data;
  const seen = new Map<string, bool>();
  for (let id: i32 = data.firstId; id < data.endId(); id++) {
    const kind: i32 = data.kind(id);
    let prefix: i32 = 0;
    if (kind == BtfKind.Func && data.nameStarts(id, TRACE_FUNCTION)) {
      prefix = TRACE_FUNCTION.length;
    } else if (kind == BtfKind.Typedef && data.nameStarts(id, TRACE_TYPEDEF)) {
      prefix = TRACE_TYPEDEF.length;
    }
    if (prefix == 0) continue;
    const name = data.name(id).substring(prefix);
    if (seen.has(name) || !globMatch(pattern, name)) continue;
    seen.set(name, true);
    names.push(name);
  }
}

function tracepointOf(image: Image, name: string): Tracepoint | null {
  const data = image.data;
  const iterator: i32 = data.findOwn(TRACE_FUNCTION + name, BtfKind.Func);
  let prototype: i32 = iterator == 0 ? 0 : data.strip(data.target(iterator));
  if (iterator == 0) {
    const alias: i32 = data.findOwn(TRACE_TYPEDEF + name, BtfKind.Typedef);
    if (alias == 0) return null;
    const pointer: i32 = data.strip(data.target(alias));
    prototype = data.kind(pointer) == BtfKind.Ptr ? data.strip(data.target(pointer)) : 0;
  }
  const point = new Tracepoint(name, "", image.name, []);
  if (data.kind(prototype) != BtfKind.FuncProto) return point;
  const params = image.types.get(prototype).params();
  // The first parameter is the kernel's own __data.
  for (let i: i32 = 1; i < params.length; i++) {
    const param = params[i];
    point.args.push(new Variable(param.name, param.type, tracepointPlace(param, i - 1)));
  }
  return point;
}

function tracepointPlace(param: CParam, index: i32): Place {
  const type = resolved(param.type);
  if (type.kind == CKind.Float) {
    return new Place(PlaceKind.Unknown, -1, "it is a floating-point number");
  }
  if (type.size > 8) return new Place(PlaceKind.Unknown, -1, "it is wider than 64 bits");
  return new Place(PlaceKind.TracepointArgument, index, "");
}

// --------------------------------------------------------------------------------- types

function typeNumber(data: BtfData, name: string): i32 {
  if (name.startsWith("struct ")) return tagged(data, name.substring(7).trim(), BtfKind.Struct);
  if (name.startsWith("union ")) return tagged(data, name.substring(6).trim(), BtfKind.Union);
  if (name.startsWith("enum ")) return tagged(data, name.substring(5).trim(), BtfKind.Enum);
  let id: i32 = data.find(name, BtfKind.Typedef);
  if (id == 0) id = data.find(canonicalInteger(name), BtfKind.Int);
  if (id == 0) id = data.find(name, BtfKind.Struct);
  if (id == 0) id = data.find(name, BtfKind.Union);
  if (id == 0) id = tagged(data, name, BtfKind.Enum);
  return id;
}

function tagged(data: BtfData, name: string, kind: i32): i32 {
  let id: i32 = data.find(name, kind);
  if (id == 0 && kind == BtfKind.Enum) id = data.find(name, BtfKind.Enum64);
  if (id == 0 && kind != BtfKind.Enum) id = data.find(name, BtfKind.Fwd);
  return id;
}

/** The compiler's own spelling of a C integer type: "unsigned long" is "long unsigned int". */
function canonicalInteger(name: string): string {
  if (name == "") return name;
  const words = name.split(" ");
  let unsigned = false;
  let signed = false;
  let longs: i32 = 0;
  let short = false;
  let char = false;
  for (let i: i32 = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "unsigned") unsigned = true;
    else if (word == "signed") signed = true;
    else if (word == "long") longs++;
    else if (word == "short") short = true;
    else if (word == "char") char = true;
    else if (word != "int" && word != "") return name;
  }
  if (char) return unsigned ? "unsigned char" : (signed ? "signed char" : "char");
  if (short) return unsigned ? "short unsigned int" : "short int";
  if (longs == 0) return unsigned ? "unsigned int" : "int";
  return (longs == 1 ? "long " : "long long ") + (unsigned ? "unsigned int" : "int");
}

function enumeratorIn(data: BtfData, name: string): string {
  for (let id: i32 = data.firstId; id < data.endId(); id++) {
    const kind: i32 = data.kind(id);
    if (kind != BtfKind.Enum && kind != BtfKind.Enum64) continue;
    const count: i32 = data.vlen(id);
    const words: i32 = kind == BtfKind.Enum64 ? 3 : 2;
    for (let i: i32 = 0; i < count; i++) {
      if (data.textEquals(data.extra(id, i * words), name)) return enumeratorValue(data, id, i);
    }
  }
  return "";
}
