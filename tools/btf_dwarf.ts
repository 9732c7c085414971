/**
 * Compares what BTF and DWARF say of every function of a kernel that both know, and prints the
 * differences by kind with examples:
 *
 *     deno run -A tools/btf_dwarf.ts RELEASE [--examples N]
 *
 * Compared are the number, names and types of the parameters, the type returned, and the place of
 * each parameter at the entry: by the calling convention (BTF) against what the compiler wrote.
 */
import { parseArgs } from "node:util";
import { argumentPlaces } from "../compiler/front/oracle/x86_64.ts";
import { CKind, type CType, resolved } from "../compiler/front/oracle/ctype.ts";
import { TermKind } from "../compiler/front/oracle/location.ts";
import { type Place, PlaceKind } from "../compiler/front/oracle/oracle.ts";
import { BtfOracle } from "../compiler/front/btf/oracle.ts";
import { openBtf } from "../compiler/front/btf/reader.ts";
import { entryOf } from "../compiler/debuginfo/dwarf/ranges.ts";
import { kernelBtf, kernelFunctions } from "../compiler/debuginfo/kernel_image.ts";
import { locateKernel, placesOf } from "../compiler/debuginfo/locate.ts";
import { DebugImage } from "../compiler/oracle/image.ts";
import { ARGUMENT_REGISTERS, variablesAt } from "../compiler/oracle/variables.ts";
import { cacheRoot, kernelCache, matchRelease } from "../loader/kernels.ts";

export interface Differences {
  /** Functions and parameters compared. */
  functions: number;
  parameters: number;
  /** By kind of difference: how often, and some of them. */
  kinds: Map<string, { count: number; examples: string[] }>;
}

const DEEPEST = 6;

/** Kinds that follow from what the two formats can tell, with the reason. */
export const EXPLAINED = new Map([
  ["place: BTF cannot tell", "on the stack or in two registers: BTF's side says so and gives none"],
  ["place: optimised out", "the compiler uses the argument nowhere, so DWARF names no place"],
  [
    "parameters: the compiler removed some",
    "BTF has the source's prototype, or leaves the function out; DWARF the copy's parameters",
  ],
  ["place: always the same constant", "all callers give one value, which DWARF knows"],
  [
    "name: declared by another name than defined",
    "BTF took the names of a declaration or of the default that an architecture replaces",
  ],
  ["functions of one name", "in several places of the source: BTF may have another's prototype"],
  ["copies only", "the unit has only renamed copies of the function, such as NAME.part.0"],
]);

export function compare(release: string): Differences {
  const roots = [kernelCache(release)];
  const located = locateKernel(release, { ...placesOf(roots, ""), servers: "" });
  if (located.file == "") throw new Error(`no debuginfo of ${release}`);
  const image = DebugImage.open("", located.file, `${cacheRoot()}/dwarf`);
  const btf = new BtfOracle(openBtf(kernelBtf(release, roots).bytes, null), release);
  btf.setSymbols(kernelFunctions(release, roots));
  const prototypes = new Map<string, CType>();
  for (const f of btf.functions("*", "")) if (f.type != null) prototypes.set(f.name, f.type);
  const found: Differences = { functions: 0, parameters: 0, kinds: new Map() };
  const symbols = new Symbols(image);
  const shared = new Set(image.index().shared.matching(() => true).map((entry) => entry.name));
  for (let i = 0; i < image.unitNames().length; i++) {
    for (const f of image.functionsOf(image.dwarf.unit(i)).list) {
      const type = prototypes.get(f.name);
      if (type == undefined || f.owns.length == 0) continue;
      found.functions++;
      const own = f.owns.find((die) => symbols.isAt(f.name, entryOf(die) ?? 0));
      if (symbols.times(f.name) > 1 || shared.has(f.name)) {
        note(found, "functions of one name", f.name);
      } else if (own == undefined) note(found, "copies only", f.name);
      else {
        const address = entryOf(own) ?? 0;
        const variables = variablesAt({ image, scope: own, address }).filter((v) => !v.local);
        compareFunction(found, `${f.name}@${f.file}`, type, variables);
      }
    }
  }
  return found;
}

/** The addresses of each function's symbol. */
class Symbols {
  private addresses = new Map<string, Set<number>>();

  constructor(image: DebugImage) {
    for (const symbol of image.elf.symbols()) {
      if (symbol.type != 2 || symbol.section == 0) continue;
      const known = this.addresses.get(symbol.name);
      if (known == undefined) this.addresses.set(symbol.name, new Set([symbol.value]));
      else known.add(symbol.value);
    }
  }

  times(name: string): number {
    return this.addresses.get(name)?.size ?? 0;
  }

  isAt(name: string, address: number): boolean {
    return this.addresses.get(name)?.has(address) ?? false;
  }
}

function note(found: Differences, kind: string, example: string): void {
  const entry = found.kinds.get(kind) ?? { count: 0, examples: [] };
  entry.count++;
  entry.examples.push(example);
  found.kinds.set(kind, entry);
}

function compareFunction(
  found: Differences,
  name: string,
  type: CType,
  variables: { name: string; type: CType; place: Place }[],
): void {
  const params = type.params(), places = argumentPlaces(type);
  if (params.length != variables.length) {
    note(
      found,
      "parameters: the compiler removed some",
      `${name}: ${params.length}, ${variables.length}`,
    );
    return;
  }
  // A copy that was first inlined elsewhere may have its parameters in another order.
  const names = new Map(variables.map((variable) => [variable.name, variable]));
  params.forEach((param, i) => {
    found.parameters++;
    const what = `${name} $${param.name}`;
    const variable = names.get(param.name);
    if (variable == undefined) {
      note(found, "name: declared by another name than defined", `${what}, ${variables[i].name}`);
      return;
    }
    const left = shape(param.type, 0), right = shape(variable.type, 0);
    if (left != right) note(found, "type", `${what}: ${left}, ${right}`);
    comparePlace(found, what, places[i], variable.place);
  });
}

function comparePlace(found: Differences, what: string, btf: Place, dwarf: Place): void {
  const location = dwarf.location;
  if (dwarf.kind == PlaceKind.Unknown || location == null) {
    note(found, "place: optimised out", `${what}: ${dwarf.why}`);
  } else if (btf.kind != PlaceKind.Argument) note(found, "place: BTF cannot tell", what);
  else {
    // A struct of one part is that part.
    const whole = location.parts.length == 1 && location.parts[0].offset == 0;
    const { term, inMemory } = whole ? location.parts[0] : location;
    const register = term?.kind == TermKind.Register && !inMemory ? term.number : -1;
    if (term?.kind == TermKind.Constant && !inMemory) {
      note(found, "place: always the same constant", `${what}: ${term.text}`);
    } else if (register != ARGUMENT_REGISTERS[btf.index]) {
      note(found, "place", `${what}: ${btf.index}, register ${register}`);
    }
  }
}

/** A type in words that both formats have. */
function shape(type: CType, depth: number): string {
  const c = resolved(type);
  switch (c.kind) {
    case CKind.Pointer: {
      const target = c.target();
      return depth >= DEEPEST || target == null ? "*" : shape(target, depth + 1) + "*";
    }
    case CKind.Array:
      return `${c.length()}[]`;
    case CKind.Struct:
    case CKind.Union:
    case CKind.Forward:
      return c.name;
    case CKind.Enum:
      return `enum ${c.name}`;
    case CKind.Int:
      return `${c.signed ? "s" : "u"}${c.size * 8}`;
    case CKind.Function:
      return "()";
  }
  return c.kind == CKind.Float ? `f${c.size * 8}` : "void";
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { examples: { type: "string", default: "3" } },
    allowPositionals: true,
  });
  const release = matchRelease(positionals[0] ?? "6.1");
  const { functions, parameters, kinds } = compare(release);
  console.log(`${release}: ${functions} functions, ${parameters} parameters compared`);
  for (const [kind, { count, examples }] of [...kinds].sort((a, b) => b[1].count - a[1].count)) {
    console.log(
      `${String(count).padStart(7)}  ${kind}${
        EXPLAINED.has(kind) ? `: ${EXPLAINED.get(kind)}` : ""
      }`,
    );
    for (const example of examples.slice(0, Number(values.examples))) {
      console.log(`           ${example}`);
    }
  }
}
