/**
 * Damaged files: an error or an empty answer, never an exception of the runtime, a hang or a large
 * allocation. The budget and the seed are fixed, so a failure can be repeated.
 */
import assert from "node:assert/strict";
import { ElfError, ElfFile } from "../elf_file.ts";
import { AddressTable } from "./aranges.ts";
import { At } from "./constants.ts";
import { evaluate, frameBaseOf } from "./expression.ts";
import { DwarfFile } from "./file.ts";
import { FrameTable } from "./frame.ts";
import { calleesIn, innermost, labelsIn, UnitFunctions, visibleAt } from "./functions.ts";
import { buildIndex, lineTableOf } from "./index.ts";
import { placesOf } from "./locations.ts";
import { entryOf } from "./ranges.ts";
import { canCompile, compile, SAMPLE } from "./testing.ts";
import { DwarfTypes } from "../../oracle/types.ts";

const ROUNDS = 400;

/** xorshift32 */
class Random {
  constructor(private state: number) {}
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }
}

/** Where the bytes of the debug sections lie: elsewhere damage is mostly not seen. */
function targets(bytes: Uint8Array): { offset: number; size: number }[] {
  const elf = ElfFile.of(bytes);
  return elf.sections.filter((s) =>
    /^\.(debug|eh_frame|symtab|shstrtab)/.test(s.name) && s.size > 0
  )
    .concat([{ ...elf.sections[0], offset: 0, size: 64 }]);
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice(), places = targets(bytes);
  if (random.below(12) == 0) return copy.subarray(0, random.below(copy.length));
  for (let count = 1 + random.below(6); count > 0; count--) {
    const place = places[random.below(places.length)];
    const at = place.offset + random.below(place.size);
    const kind = random.below(4);
    copy[at] = kind == 0
      ? 0xff
      : kind == 1
      ? 0
      : kind == 2
      ? copy[at] ^ (1 << random.below(8))
      : random.below(256);
  }
  return copy;
}

/** Everything that the readers can be asked. */
function readAll(bytes: Uint8Array): void {
  const file = new DwarfFile(ElfFile.of(bytes));
  const frames = FrameTable.of(file.elf);
  file.elf.symbols();
  file.elf.buildId();
  AddressTable.of(file).find(0x1000);
  buildIndex(file);
  const types = new DwarfTypes();
  for (let i = 0; i < file.headers().length; i++) {
    const unit = file.unit(i);
    lineTableOf(unit)?.rows();
    for (const f of new UnitFunctions(unit, (u) => lineTableOf(u)).list) {
      for (const scope of [...f.owns, ...f.inlines]) {
        const address = entryOf(scope) ?? 0;
        labelsIn(scope);
        calleesIn(scope);
        innermost(scope, address);
        const context = { unit, address, entry: address, frameBase: null, frames };
        const inner = { ...context, frameBase: frameBaseOf(scope, context) };
        for (const variable of visibleAt(scope, address)) {
          const type = types.of(variable.die);
          type.members().forEach((member) => member.type.length());
          type.target()?.members();
          type.enumerators();
          const expression = placesOf(variable.die, At.location)?.at(address);
          if (expression != null) evaluate(expression, inner);
        }
      }
    }
  }
}

for (
  const options of [["-gdwarf-5", "-O2"], ["-gdwarf-4", "-O2"], [
    "-gdwarf-5",
    "-O0",
    "-shared",
    "-fPIC",
  ]]
) {
  const ignore = !canCompile(...options);
  if (ignore) console.log(`skipped: this gcc does not compile with ${options.join(" ")}`);
  Deno.test(
    { name: `damaged files are refused or read in part: ${options.join(" ")}`, ignore },
    () => {
      const bytes = compile(SAMPLE, ...options)!;
      let refused = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        const input = damaged(bytes, new Random(round * 7919));
        try {
          readAll(input);
        } catch (error) {
          assert.ok(error instanceof ElfError, `round ${round}: ${(error as Error).stack}`);
          refused++;
        }
      }
      assert.ok(refused < ROUNDS, "some damage is read over");
    },
  );
}
