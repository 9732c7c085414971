import assert from "node:assert/strict";
import { ElfFile } from "../elf_file.ts";
import { AddressTable } from "./aranges.ts";
import { At } from "./constants.ts";
import { evaluate, frameBaseOf, type Term } from "./expression.ts";
import { DwarfFile } from "./file.ts";
import { FrameTable } from "./frame.ts";
import { calleesIn, innermost, labelsIn, nameOf, UnitFunctions, visibleAt } from "./functions.ts";
import { buildIndex, DwarfIndex, lineTableOf } from "./index.ts";
import { placesOf } from "./locations.ts";
import { entryOf, rangesOf } from "./ranges.ts";
import { compileIn, runIn, SAMPLE } from "./testing.ts";

const VARIANTS: string[][] = [
  ["-gdwarf-5", "-O2"],
  ["-gdwarf-4", "-O2"],
  ["-gdwarf-5", "-O0"],
  ["-gdwarf-4", "-O0"],
  ["-gdwarf-5", "-O2", "-gz=zlib"],
  ["-gdwarf-5", "-O2", "-ffunction-sections"],
  ["-gdwarf-5", "-O2", "-shared", "-fPIC"],
  ["-gdwarf-4", "-O2", "-shared", "-fPIC", "-gz=zlib"],
  ["-gdwarf-5", "-O2", "-gdwarf64"],
  ["-gdwarf-4", "-O2", "-gz=zlib-gnu"],
  ["-gdwarf-5", "-O2", "+zstd"],
  ["-gdwarf-5", "-O2", "-gsplit-dwarf"],
  ["-gdwarf-4", "-O2", "-gsplit-dwarf"],
  ["-gdwarf-5", "-O0", "-gsplit-dwarf"],
  ["-gdwarf-4", "-O2", "-gsplit-dwarf", "-shared", "-fPIC"],
  ["-gdwarf-5", "-O2", "-gsplit-dwarf", "-ffunction-sections", "-fdebug-types-section"],
  ["-gdwarf-4", "-O2", "-gsplit-dwarf", "-shared", "-fPIC", "+dwp"],
];

/** What is done with the compiler's file; true if it worked. */
const AFTERWARDS: Record<string, (folder: string) => boolean> = {
  "+zstd": (folder) => runIn(folder, "objcopy", "--compress-debug-sections=zstd", "out"),
  "+dwp": (folder) =>
    runIn(folder, "dwp", "-e", "out", "-o", "out.dwp") && withoutSplitFiles(folder),
};

function withoutSplitFiles(folder: string): boolean {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.name.endsWith(".dwo")) Deno.removeSync(`${folder}/${entry.name}`);
  }
  return true;
}

/** The folders are kept until the end: split files are read when they are needed. */
const folders: string[] = [];
globalThis.addEventListener("unload", () => {
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
});

/** The file that the options make; null if this machine cannot. */
function made(options: string[]): string | null {
  const folder = Deno.makeTempDirSync({ prefix: "tapir-dwarf-" });
  folders.push(folder);
  const file = compileIn(folder, SAMPLE, ...options.filter((word) => !word.startsWith("+")));
  if (file == null) return null;
  const steps = options.filter((word) => word.startsWith("+"));
  return steps.every((word) => AFTERWARDS[word](folder)) ? file : null;
}

function open(options: string[]): DwarfFile {
  const file = made(options);
  assert.ok(file != null, `gcc ${options.join(" ")}`);
  return new DwarfFile(ElfFile.open(file));
}

function functionsOf(file: DwarfFile) {
  const unit = file.unit(file.headers().findIndex((_, i) => file.peek(i).name() == "sample.c"));
  return new UnitFunctions(unit, (u) => lineTableOf(u));
}

for (const options of VARIANTS) {
  const title = options.join(" ");
  const ignore = made(options) == null;
  if (ignore) console.log(`skipped: this machine cannot make a file with ${title}`);

  Deno.test({ name: `functions and inlined copies: ${title}`, ignore }, () => {
    const file = open(options), functions = functionsOf(file);
    assert.equal(file.error, "");
    const shown = functions.list.map((f) => `${f.name}@${f.file}:${f.line}`).sort();
    assert.deepEqual(shown, ["other@sample.c:27", "twice@sample.c:7", "work@sample.c:13"]);
    const twice = functions.list.find((f) => f.name == "twice")!;
    assert.ok(twice.owns.length == 0 && twice.inlines.length >= 2, "two callers");
    for (const inline of twice.inlines) {
      const entry = entryOf(inline)!;
      const around = functions.list.find((f) =>
        f.owns.some((die) => rangesOf(die).some((r) => entry >= r.low && entry < r.high))
      );
      assert.ok(around?.name == "work" || around?.name == "other");
    }
    assert.equal(functions.unit.error, "");
  });

  Deno.test({ name: `lines: ${title}`, ignore }, () => {
    const functions = functionsOf(open(options));
    const table = lineTableOf(functions.unit)!;
    const work = functions.list.find((f) => f.name == "work")!.owns[0];
    const [range] = rangesOf(work);
    const inside = table.rows().filter((r) =>
      !r.end && r.address >= range.low && r.address < range.high
    );
    assert.equal(table.error, "");
    assert.equal(inside[0].address, entryOf(work));
    const lines = new Set(
      inside.filter((r) => table.files[r.file] == "sample.c").map((r) => r.line),
    );
    for (const line of [16, 17, 18, 24]) assert.ok(lines.has(line), `line ${line}`);
    assert.ok(table.rows().at(-1)!.end);
  });

  Deno.test({ name: `variables at the entry: ${title}`, ignore }, () => {
    const file = open(options), functions = functionsOf(file);
    const work = functions.list.find((f) => f.name == "work")!.owns[0], address = entryOf(work)!;
    const visible = visibleAt(work, address);
    assert.deepEqual(visible.slice(0, 3).map((v) => [v.name, v.parameter]), [
      ["p", true],
      ["count", true],
      ["c", true],
    ]);
    assert.ok(visible.some((v) => v.name == "sum" && !v.parameter));
    const context = {
      unit: functions.unit,
      address,
      entry: address,
      frameBase: null as (() => ReturnType<typeof evaluate>) | null,
      frames: FrameTable.of(file.elf),
    };
    context.frameBase = frameBaseOf(work, context);
    const place = evaluate(placesOf(visible[1].die, At.location)!.at(address)!, context);
    if (options.includes("-O0")) {
      // On the stack, below the frame that begins at the stack pointer + 8.
      assert.equal(place.kind, "memory");
      const term = (place as { address: Term }).address;
      assert.ok(term.op == "binary" && term.symbol == "+" && term.right.op == "constant");
      assert.deepEqual(term.left, { op: "register", register: 7 });
      assert.ok(term.right.value < 8n);
    } else {
      assert.deepEqual(place, {
        kind: "value",
        value: { op: "register", register: 4 },
        register: true,
      });
    }
  });

  Deno.test({ name: `labels, callees, places by address: ${title}`, ignore }, () => {
    const file = open(options), functions = functionsOf(file);
    const [work, other] = ["work", "other"].map((n) =>
      functions.list.find((f) => f.name == n)!.owns[0]
    );
    const labels = labelsIn(work).map((label) => label.name);
    // The optimiser may leave a label without an address.
    if (options.includes("-O0")) assert.deepEqual(labels, ["out"]);
    if (options.includes("-O2")) assert.ok(calleesIn(other).map(nameOf).includes("twice"));
    const unit = AddressTable.of(file).find(entryOf(work)!);
    assert.equal(file.unit(unit).name(), "sample.c");
    assert.equal(innermost(work, entryOf(work)!), work);
  });

  Deno.test({ name: `index of names: ${title}`, ignore }, () => {
    const file = open(options);
    const index = DwarfIndex.parse(buildIndex(file).toBytes())!;
    assert.equal(index.functions.get("work").length, 1);
    assert.equal(index.functions.get("twice").length, 1);
    assert.deepEqual(index.functions.get("wor"), []);
    assert.deepEqual(index.functions.matching((n) => n.startsWith("o")).map((e) => e.name), [
      "other",
    ]);
    assert.equal(index.variables.get("counter").length, 1);
    // Declared in one place, defined in another that has no name of its own.
    assert.equal(index.variables.get("shared").length, 1);
    assert.equal(index.files.get("sample.c").length, 1);
    assert.ok(!index.shared.has("work"));
  });
}
