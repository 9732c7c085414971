/** What the front end is given from the outside: script texts, library, kernel configuration. */
import { Library } from "../compiler/front/library/library.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { projectRoot } from "../loader/root.ts";
import { plainReason } from "./reason.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import { byteString } from "./bytes.ts";

/** Texts of the scripts of a command line: file, standard input or -e, then each -E. */
export async function scriptSources(settings: Settings, host: Host): Promise<Source[]> {
  const sources: Source[] = [];
  const add = (name: string, text: string) =>
    sources.push(new Source(name, text, SourceKind.User, settings.guru));
  const encode = (text: string) => byteString(new TextEncoder().encode(text));
  if (settings.list != null) add("<input>", encode(`probe ${settings.list} { }`));
  else if (settings.script != null) add("<input>", encode(settings.script));
  else if (settings.file == "-") add("<input>", byteString(await host.standardInput()));
  else if (settings.file != null) add(settings.file, readScript(settings.file));
  settings.extraScripts.forEach((text, i) => add(`<input${i + 1}>`, encode(text)));
  return sources;
}

function readScript(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    throw new Error(`cannot read ${path}: ${plainReason(error)}`);
  }
  return byteString(bytes);
}

/** The script library: the project's tapset by its index, and the folders of -I by their names. */
export class FolderLibrary extends Library {
  private folder = `${projectRoot()}/tapset`;

  constructor() {
    super();
    this.addIndex(Deno.readTextFileSync(`${this.folder}/index.txt`));
  }

  /** Adds the scripts of a folder of -I. */
  async addFolder(folder: string): Promise<void> {
    this.addIndex(await folderIndex(folder));
  }

  text(file: string): string | null {
    try {
      return byteString(Deno.readFileSync(file.startsWith("/") ? file : `${this.folder}/${file}`));
    } catch {
      return null;
    }
  }
}

/** The index of a folder of -I, its files by their full paths. */
export async function folderIndex(folder: string): Promise<string> {
  const { buildIndex } = await import("../tools/tapset_index.ts");
  const { resolve } = await import("node:path");
  const path = resolve(folder);
  try {
    return buildIndex(path).replaceAll(/^([famg] \S+) /gm, (_, entry) => `${entry} ${path}/`);
  } catch (error) {
    throw new Error(`cannot read the folder ${folder} of -I: ${plainReason(error)}`);
  }
}

/** The target's .config as a map; empty when it cannot be read. */
export function kernelConfig(build: string): Map<string, string> {
  const config = new Map<string, string>();
  let text = "";
  try {
    text = Deno.readTextFileSync(`${build}/.config`);
  } catch {
    return config;
  }
  for (const line of text.split("\n")) {
    if (!line.startsWith("CONFIG_")) continue;
    const equals = line.indexOf("=");
    config.set(line.slice(0, equals), line.slice(equals + 1).replace(/^"(.*)"$/, "$1"));
  }
  return config;
}
