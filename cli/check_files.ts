/** `tapir check FILE...`: looks for mistakes and runs nothing. Each file is a script by itself. */
import { render } from "../compiler/front/source/render.ts";
import { Severity } from "../compiler/front/source/diagnostics.ts";
import { bootableKernels, kernel, matchRelease, runningRelease } from "../loader/kernels.ts";
import { Analysis } from "./analysis.ts";
import { latin1Bytes } from "./bytes.ts";
import type { Host } from "./host.ts";
import { defaultSettings, UsageError } from "./options.ts";

export async function checkFiles(words: string[], host: Host): Promise<number> {
  const settings = defaultSettings();
  const files: string[] = [];
  let format = "human";
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "-g") settings.guru = true;
    else if (word == "-r" && i + 1 < words.length) settings.release = words[++i];
    else if (word == "-I" && i + 1 < words.length) settings.includes.push(words[++i]);
    else if (/^--format=(human|short|json)$/.test(word)) format = word.slice("--format=".length);
    else if (word.startsWith("-") && word != "-") {
      throw new UsageError(`'check' takes -g, -r RELEASE, -I DIR and --format, not '${word}'`);
    } else files.push(word);
  }
  if (files.length == 0) throw new UsageError("'check' takes at least one file");
  const release = settings.release != ""
    ? matchRelease(settings.release)
    : kernel(runningRelease()).build != ""
    ? runningRelease()
    : bootableKernels()[0]?.release ?? runningRelease();
  let errors = 0, warnings = 0;
  for (const file of files) {
    settings.file = file;
    const analysis = await Analysis.open(settings, kernel(release), host);
    analysis.parse();
    const list = analysis.takeDiagnostics();
    if (!list.some((d) => d.message.severity == Severity.Error)) {
      analysis.analyse();
      list.push(...analysis.takeDiagnostics());
    }
    if (list.length > 0 || format == "json") {
      host.stdout(latin1Bytes(render(list, format, format == "human" && host.color)));
    }
    const bad = list.filter((d) => d.message.severity == Severity.Error).length;
    errors += bad;
    warnings += list.length - bad;
  }
  if (format == "human") host.error(`${errors} errors, ${warnings} warnings\n`);
  return errors == 0 ? 0 : 1;
}
