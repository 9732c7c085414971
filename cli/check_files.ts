/** `tapir check FILE...`: looks for mistakes and runs nothing. Each file is a script by itself. */
import type { Source } from "../compiler/front/source/source.ts";
import { render } from "../compiler/front/source/render.ts";
import { btfOfFile } from "../compiler/debuginfo/kernel_image.ts";
import { Severity } from "../compiler/front/source/diagnostics.ts";
import {
  bootableKernels,
  type Kernel,
  kernel,
  matchRelease,
  runningRelease,
} from "../loader/kernels.ts";
import { Analysis } from "./analysis.ts";
import { latin1Bytes } from "./bytes.ts";
import type { Findings } from "./check_sandbox.ts";
import type { Host } from "./host.ts";
import { defaultSettings, type Settings, UsageError } from "./options.ts";
import { scriptSources } from "./sources.ts";

/** The words of the command line. */
interface Request {
  settings: Settings;
  files: string[];
  /** human, short or json. */
  format: string;
  /** By the front end as a WebAssembly module. */
  sandbox: boolean;
}

export async function checkFiles(words: string[], host: Host): Promise<number> {
  const request = parse(words);
  const { settings, format } = request;
  const target = kernel(chosenRelease(settings));
  // A file that cannot be read is a mistake of the command line, not of the scripts.
  if (settings.btf != "") btfOfFile(settings.btf);
  const check = request.sandbox
    ? await sandboxed(request, target, host)
    : (source: Source) => inProcess(request, source, target, host);
  let errors = 0, warnings = 0;
  for (const file of request.files) {
    settings.file = file;
    const [source] = await scriptSources(settings, host);
    const found = await check(source);
    if (found.text.length > 0) host.stdout(found.text);
    errors += found.errors;
    warnings += found.warnings;
  }
  if (format == "human") host.error(`${errors} errors, ${warnings} warnings\n`);
  return errors == 0 ? 0 : 1;
}

function parse(words: string[]): Request {
  const request = { settings: defaultSettings(), files: [] as string[], format: "human" };
  const { settings, files } = request;
  settings.typesOnly = true;
  let sandbox = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "-g") settings.guru = true;
    else if (word == "-I" && i + 1 < words.length) settings.includes.push(words[++i]);
    else if (word == "-r" && i + 1 < words.length) settings.release = words[++i];
    else if (/^--(error-)?format=(human|short|json)$/.test(word)) {
      request.format = word.slice(word.indexOf("=") + 1);
    } else if (word == "--btf" && i + 1 < words.length) settings.btf = words[++i];
    else if (word.startsWith("--btf=")) settings.btf = word.slice(6);
    else if (word == "--sandbox") sandbox = true;
    else if (word.startsWith("-") && word != "-") {
      throw new UsageError(
        `'check' takes -g, -r RELEASE, --btf FILE, -I DIR, --error-format and --sandbox, not '${word}'`,
      );
    } else files.push(word);
  }
  if (files.length == 0) throw new UsageError("'check' takes at least one file");
  return { ...request, sandbox };
}

function chosenRelease(settings: Settings): string {
  if (settings.release != "") return matchRelease(settings.release);
  const running = runningRelease();
  return kernel(running).build != "" ? running : bootableKernels()[0]?.release ?? running;
}

async function sandboxed(request: Request, target: Kernel, host: Host) {
  const { Sandbox } = await import("./check_sandbox.ts");
  const sandbox = await Sandbox.open(request.settings, target, request.format, host.color);
  return (source: Source) => sandbox.check(source.name, source.text);
}

async function inProcess(
  request: Request,
  source: Source,
  target: Kernel,
  host: Host,
): Promise<Findings> {
  const { format } = request;
  const analysis = await Analysis.open(request.settings, target, host, [source]);
  analysis.parse();
  const list = analysis.takeDiagnostics();
  if (!list.some((d) => d.message.severity == Severity.Error)) {
    analysis.analyse();
    list.push(...analysis.takeDiagnostics(), ...analysis.raiseLate());
  }
  const errors = list.filter((d) => d.message.severity == Severity.Error).length;
  const text = list.length > 0 || format == "json"
    ? latin1Bytes(render(list, format, format == "human" && host.color))
    : new Uint8Array();
  return { text, errors, warnings: list.length - errors };
}
