/**
 * The oracle of one kernel on this machine: BTF first, debuginfo where BTF cannot serve. Nothing
 * is opened before it is needed, so a script without kernel probes costs no look at the kernel and
 * one that BTF can serve none at debuginfo.
 */
import { BtfOracle } from "../front/btf/oracle.ts";
import { openBtf } from "../front/btf/reader.ts";
import { CodeAnswer, type CodeQuery, CodeSite } from "../front/oracle/code.ts";
import type { CType } from "../front/oracle/ctype.ts";
import {
  GlobalVariable,
  type KernelFunction,
  KernelOracle,
  type Tracepoint,
  type Variable,
} from "../front/oracle/oracle.ts";
import { btfOfFile, kernelBtf, kernelFunctions, moduleBtf } from "../debuginfo/kernel_image.ts";
import {
  debugPackage,
  locateKernel,
  locateModule,
  type Places,
  placesOf,
} from "../debuginfo/locate.ts";
import { At, Tag } from "../debuginfo/dwarf/constants.ts";
import { placesOf as placesOfDie } from "../debuginfo/dwarf/locations.ts";
import { nameOf, rootOrigin } from "../debuginfo/dwarf/functions.ts";
import type { Die } from "../debuginfo/dwarf/unit.ts";
import { DebugImage, isData } from "./image.ts";
import { CodePattern } from "./pattern.ts";
import { SiteFinder, type SiteRecord } from "./sites.ts";
import { typeOf, variablesAt } from "./variables.ts";

export interface KernelFolders {
  /** Folders that hold `boot`, `lib/modules`, `usr/lib/debug` of the kernel, besides "/". */
  roots: string[];
  /** Where indexes and downloads are kept. */
  cache: string;
}

export class DebuginfoOracle extends KernelOracle {
  /** Why there are no types; "" as long as nothing failed. */
  problem = "";
  private opened: BtfOracle | null = null;
  private image: ReturnType<typeof openBtf> | null = null;
  private modules = new Set<string>();
  private symbolsRead = false;
  private debug = new Map<string, DebugImage | null>();
  private records: SiteRecord[] = [];
  private places: Places;

  /**
   * `btfFile`: a file to take the types from, instead of those of the kernel's own files. With
   * `typesOnly` debuginfo is not looked at.
   */
  constructor(
    private kernelRelease: string,
    private folders: KernelFolders,
    private btfFile = "",
    private typesOnly = false,
  ) {
    super();
    this.places = placesOf(folders.roots, `${folders.cache}/debuginfod`);
  }

  available(): boolean {
    return this.btf().available();
  }

  release(): string {
    return this.kernelRelease;
  }

  functions(pattern: string, module: string): KernelFunction[] {
    this.needModule(module);
    if (module == "") this.needSymbols();
    return this.btf().functions(pattern, module);
  }

  tracepoints(system: string, pattern: string): Tracepoint[] {
    return this.btf().tracepoints(system, pattern);
  }

  typeByName(name: string, module: string): CType | null {
    this.needModule(module);
    return this.btf().typeByName(name, module);
  }

  enumerator(name: string): string {
    return this.btf().enumerator(name);
  }

  similarFunctions(name: string): string[] {
    return this.btf().similarFunctions(name);
  }

  override exported(name: string, module: string): number {
    if (module == "") this.needSymbols();
    return this.btf().exported(name, module);
  }

  override functionAbsence(name: string, module: string): string {
    return this.btf().functionAbsence(name, module);
  }

  similarTracepoints(name: string): string[] {
    return this.btf().similarTracepoints(name);
  }

  // --------------------------------------------------------------------------- debuginfo

  override code(query: CodeQuery): CodeAnswer {
    if (this.typesOnly) return super.code(query);
    const image = this.debugImage(query.module);
    if (image == null) {
      const answer = new CodeAnswer();
      answer.problem = "it needs debuginfo: " + this.missingDebuginfo(query.module);
      return answer;
    }
    return new SiteFinder(image, this.records, query).find();
  }

  /** Points are listed or shown by the script: with files and lines, where debuginfo is there. */
  listing = false;

  override prefersCode(module: string): boolean {
    return this.listing && this.debugImage(module) != null;
  }

  override variablesAt(site: CodeSite): Variable[] | null {
    const record = this.records[site.id];
    return record == undefined ? null : variablesAt(record);
  }

  override ambiguous(name: string, module: string): boolean {
    this.needModule(module);
    if (module == "") this.needSymbols();
    return this.btf().ambiguous(name, module);
  }

  override namesakeSite(name: string, module: string): CodeSite | null {
    const image = this.debugImage(module);
    if (image == null || image.isShared(name) == false) return null;
    const record = ownEntry(image, name);
    if (record == null) return null;
    const site = new CodeSite(name, module, "", 0);
    site.entry = true;
    site.returnType = image.types.prototype(rootOrigin(record.scope)).target();
    site.id = this.records.length;
    this.records.push(record);
    return site;
  }

  override variablesOf(name: string, module: string): Variable[] | null {
    const image = this.debugImage(module);
    if (image == null) return null;
    const record = ownEntry(image, name);
    return record == null ? null : variablesAt(record);
  }

  override missingDebuginfo(module: string): string {
    if (this.typesOnly) return super.missingDebuginfo(module);
    if (this.debugImage(module) != null) return "";
    const what = module == "" ? "the kernel's debuginfo" : `the debuginfo of module ${module}`;
    return `${what} is not installed (package ${debugPackage(this.kernelRelease)})`;
  }

  override globalVariable(name: string, file: string, module: string): GlobalVariable | null {
    this.needModule(module);
    const known = file == "" ? this.btf().globalVariable(name, file, module) : null;
    if (known != null) return known;
    const image = this.debugImage(module);
    if (image == null) return null;
    const pattern = new CodePattern(file == "" ? name : `${name}@${file}`);
    const die = this.globalEntry(image, pattern);
    if (die == null) return file == "" ? linkedVariable(image, name, module) : null;
    const bytes = placesOfDie(die, At.location)?.always ?? null;
    if (bytes == null || bytes.length != 9 || bytes[0] != 3) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const address = Number(view.getBigInt64(1, true));
    const perCpu = image.elf.sections.find((s) => s.name == ".data..percpu");
    const type = typeOf(image, die);
    if (perCpu != undefined && module == "" && address >= 0 && address < perCpu.size) {
      return new GlobalVariable(name, module, type, name, 0, true);
    }
    const place = image.symbolFor(address);
    if (place == null) return null;
    return new GlobalVariable(name, module, type, place.symbol, place.offset, false);
  }

  /** A variable at the top of a unit that has a place of its own. */
  private globalEntry(image: DebugImage, pattern: CodePattern): Die | null {
    const names = image.unitNames();
    let units = names.map((_, i) => i).filter((i) =>
      pattern.file != "" && pattern.matchesFile(names[i])
    );
    // A header's variables are in the units that include it.
    const anyUnit = pattern.file == "" || pattern.file.endsWith(".h");
    if (units.length == 0 && anyUnit) units = image.index().variables.get(pattern.name);
    return variableEntry(image, units, pattern.name, true);
  }

  override globalAbsence(name: string, module: string): string {
    if (this.typesOnly) return this.btf().globalAbsence(name, module);
    const missing = this.missingDebuginfo(module);
    const where = module == "" ? "the kernel" : `module ${module}`;
    return missing || `the debuginfo of ${where} has no variable '${name}' with a place of its own`;
  }

  private debugImage(module: string): DebugImage | null {
    const known = this.debug.get(module);
    if (known !== undefined) return known;
    let image: DebugImage | null = null;
    if (this.typesOnly) return null;
    const located = module == ""
      ? locateKernel(this.kernelRelease, this.places)
      : locateModule(this.kernelRelease, module, this.places);
    if (located.file != "") {
      try {
        image = DebugImage.open(module, located.file, `${this.folders.cache}/dwarf`);
      } catch (error) {
        this.problem = `${located.file}: ${(error as Error).message}`;
      }
    }
    this.debug.set(module, image);
    return image;
  }

  // --------------------------------------------------------------------------------- BTF

  private btf(): BtfOracle {
    if (this.opened != null) return this.opened;
    let bytes: Uint8Array = new Uint8Array();
    try {
      bytes = this.btfFile != ""
        ? btfOfFile(this.btfFile)
        : kernelBtf(this.kernelRelease, this.folders.roots).bytes;
    } catch (error) {
      this.problem = (error as Error).message;
    }
    const data = openBtf(bytes, null);
    if (data.error != "" && this.problem == "") this.problem = data.error;
    this.image = data;
    this.opened = new BtfOracle(data, this.kernelRelease);
    return this.opened;
  }

  /** The names of the image's functions are read when the first function is looked for. */
  private needSymbols(): void {
    if (this.btfFile != "" || this.symbolsRead || !this.btf().available()) return;
    this.symbolsRead = true;
    this.btf().setSymbols(kernelFunctions(this.kernelRelease, this.folders.roots));
  }

  /** A module's own types are read when the module is first named. */
  private needModule(module: string): void {
    if (this.btfFile != "" || module == "" || module.includes("*")) return;
    if (this.modules.has(module)) return;
    this.modules.add(module);
    if (!this.btf().available()) return;
    const bytes = moduleBtf(this.kernelRelease, module, this.folders.roots);
    if (bytes != null) this.btf().addModule(module, openBtf(bytes, this.image));
  }
}

/**
 * A variable that sources only declare and the linker script places: a second name of another one
 * (jiffies is jiffies_64). null if there is none.
 */
function linkedVariable(image: DebugImage, name: string, module: string): GlobalVariable | null {
  const symbol = image.elf.symbolsNamed(name).find(isData);
  if (symbol == undefined) return null;
  const units = image.unitNames().map((_, i) => i);
  const die = variableEntry(image, units, name, false);
  const place = image.symbolFor(symbol.value);
  if (die == null || place == null) return null;
  return new GlobalVariable(name, module, typeOf(image, die), place.symbol, place.offset, false);
}

/** The first entry of a variable at the top of one of some units, if need be one with a place. */
function variableEntry(
  image: DebugImage,
  units: number[],
  name: string,
  placed: boolean,
): Die | null {
  for (const index of units) {
    const unit = image.dwarf.unit(index), root = unit.root();
    if (root == null) continue;
    for (let die = unit.firstChild(root); die != null; die = unit.next(die)) {
      if (die.tag != Tag.variable || placed && die.abbrev.find(At.location) < 0) continue;
      if (nameOf(die) == name) return die;
    }
  }
  return null;
}

/** The entry of the function with code of its own that a symbol names; null if there is none. */
function ownEntry(image: DebugImage, name: string): SiteRecord | null {
  for (const address of image.functionAddresses(name)) {
    const unit = image.unitAt(address);
    if (unit == null) continue;
    for (const f of image.functionsOf(unit).list) {
      const scope = f.owns.find((die) => unit.address(die, At.lowPc) == address) ?? f.owns[0];
      if (f.name == name && scope != undefined) return { image, scope, address };
    }
  }
  return null;
}
