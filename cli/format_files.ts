/** `tapir format [-w | --check] FILE...`: lays scripts out evenly; nothing else changes. */
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { render } from "../compiler/front/source/render.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { formatScript } from "../compiler/front/syntax/format.ts";
import { ARG_RANGE } from "../compiler/front/syntax/messages.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { byteString, latin1Bytes } from "./bytes.ts";
import type { Host } from "./host.ts";
import { UsageError } from "./options.ts";

/** Codes below this are of the lexer: such a text cannot be laid out. */
const FIRST_PREPROCESSOR_CODE = 200;

export async function formatFiles(words: string[], host: Host): Promise<number> {
  let write = false, check = false;
  const files: string[] = [];
  for (const word of words) {
    if (word == "-w") write = true;
    else if (word == "--check") check = true;
    else if (word.startsWith("-") && word != "-") {
      throw new UsageError(`'format' takes -w and --check, not '${word}'`);
    } else files.push(word);
  }
  if (files.length == 0) throw new UsageError("'format' takes at least one file, or - for input");
  let status = 0;
  for (const file of files) {
    const bytes = file == "-" ? await host.standardInput() : Deno.readFileSync(file);
    const name = file == "-" ? "<input>" : file;
    const source = new Source(name, byteString(bytes), SourceKind.User, true);
    const broken = lexicalErrors(source);
    if (broken.length > 0) {
      await host.stderr(latin1Bytes(render(broken, "human", host.color)));
      status = 1;
      continue;
    }
    const text = formatScript(source);
    if (check) {
      if (text == source.text) continue;
      host.print(name + "\n");
      status = 1;
    } else if (!write || file == "-") await host.stdout(latin1Bytes(text));
    else if (text != source.text) Deno.writeFileSync(file, latin1Bytes(text));
  }
  return status;
}

function lexicalErrors(source: Source) {
  const reporter = new Reporter();
  parseScript(source, new ParseOptions(), null, reporter);
  return reporter.list.filter((found) =>
    found.message.code < FIRST_PREPROCESSOR_CODE && found.message != ARG_RANGE
  );
}
