/**
 * Passes 1 to 4 of a run: parse, analyse, translate, build. Each says with -v what it did and how
 * long it took, prints its product when it is the last one asked for, and stops the run with a
 * message when the script or the kernel does not allow it to go on.
 */
import type { Kernel } from "../loader/kernels.ts";
import type { CProduct } from "../loader/types.ts";
import type { Program } from "../compiler/front/ir/ir.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { type Diagnostic, Severity } from "../compiler/front/source/diagnostics.ts";
import type { Analysis } from "./analysis.ts";
import { latin1Bytes } from "./bytes.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import { count, type LapClock } from "./pass_text.ts";
import { projectRoot } from "../loader/root.ts";

export class Passes {
  /** Set when a pass said what is wrong; a run that ends early as asked leaves it unset. */
  failed = false;
  /** Name of the module. */
  private name = "";

  constructor(
    private settings: Settings,
    private kernel: Kernel,
    private host: Host,
    private clock: LapClock,
  ) {}

  /** Passes 1 and 2; null when the run ends here. */
  async analyse(): Promise<Program | null> {
    const { settings, host } = this;
    if (settings.lastPass == 1) return await this.parseOnly();
    const { Analysis, moduleName } = await import("./analysis.ts");
    const analysis = await Analysis.open(settings, this.kernel, host);
    this.name = settings.moduleName || moduleName(analysis.sources, settings);
    analysis.parse();
    if (await this.report(analysis.takeDiagnostics())) return this.stop(1, "parse");
    this.say(
      `Pass 1: parsed user script and ${count(analysis.libraryFiles(), "library script")}`,
      this.clock.lap(),
    );
    if (settings.list != null) return await this.list(analysis);
    const program = analysis.analyse();
    if (await this.report(analysis.takeDiagnostics()) || program == null) {
      return this.stop(2, "analysis");
    }
    const embeds = program.funcs.filter((f) => f.body == null).length;
    this.say(
      `Pass 2: analyzed script: ${count(program.rows.length, "probe")}, ` +
        `${count(program.funcs.length - embeds, "function")}, ${count(embeds, "embed")}, ` +
        count(program.globals.length, "global"),
      this.clock.lap(),
    );
    const { programToJson } = await import("../compiler/front/ir/json.ts");
    const { dumpProgram } = await import("../compiler/front/semantics/dump.ts");
    if (settings.dumpIr) return this.show(programToJson(program) + "\n");
    if (settings.lastPass == 2) return this.show(dumpProgram(program, settings.verbose > 0));
    if (await this.report(analysis.raiseLate())) return this.stop(3, "translation");
    return program;
  }

  /** -p1, which needs nothing of the later passes. */
  private async parseOnly(): Promise<null> {
    const { parsePass } = await import("./parse_pass.ts");
    const { reporter, text } = await parsePass(this.settings, this.kernel, this.host);
    if (await this.report(reporter.list)) return this.stop(1, "parse");
    this.say("Pass 1: parsed user script", this.clock.lap());
    return this.show(text);
  }

  /** -l and -L. */
  private async list(analysis: Analysis): Promise<null> {
    const lines = analysis.points(this.settings.listVariables);
    if (await this.report(analysis.takeDiagnostics())) return this.stop(2, "analysis");
    if (lines.length == 0) return this.stop(2, "analysis");
    return this.show(lines.map((line) => line + "\n").join(""));
  }

  /** --dump-functions and --dump-probe-aliases. */
  async dumpLibrary(what: "functions" | "aliases"): Promise<number> {
    const { Analysis } = await import("./analysis.ts");
    const analysis = await Analysis.open(this.settings, this.kernel, this.host, [
      new Source("<input>", "", SourceKind.User, false),
    ]);
    analysis.parse();
    this.show(analysis.catalogue(what, this.settings.verbose > 0).map((l) => l + "\n").join(""));
    return 0;
  }

  /** Passes 1 to 3; null when the run ends here. */
  async compile(): Promise<CProduct | null> {
    const { settings } = this;
    const program = await this.analyse();
    if (program == null) return null;
    const name = this.name;
    const { emitC } = await import("../compiler/backend/c/emit.ts");
    const product = emitC(program, {
      module: name,
      release: this.kernel.release,
      defines: settings.defines.map((text) => {
        const equals = text.indexOf("=");
        return equals < 0 ? [text, "1"] : [text.slice(0, equals), text.slice(equals + 1)];
      }),
      suppressTimeLimits: settings.suppressTimeLimits,
      suppressHandlerErrors: settings.suppressHandlerErrors,
    });
    this.say(`Pass 3: translated to C into "${name}.c"`, this.clock.lap());
    if (settings.lastPass == 3) return this.show(product.source);
    return product;
  }

  /** Pass 4; null when the module could not be built, after having said why. */
  async build(product: CProduct): Promise<string | null> {
    const { settings, host } = this;
    const { buildModule, BuildError } = await import("../loader/kbuild.ts");
    const name = product.manifest.module;
    const folder = settings.keep ? await Deno.makeTempDir({ prefix: "tapir-" }) : undefined;
    if (folder != null) host.error(`Keeping the build in "${folder}"\n`);
    try {
      const built = await buildModule(product, {
        kernel: this.kernel,
        runtime: `${projectRoot()}/runtime-c`,
        defines: settings.defines,
        make: settings.make,
        cache: settings.cache && !settings.keep,
        verbose: settings.verbose > 2,
        folder,
      });
      this.say(
        built.cached
          ? `Pass 4: using cached ${built.path}`
          : `Pass 4: compiled C into "${name}.ko"`,
        built.cached ? "" : this.clock.lapTime(),
      );
      if (settings.lastPass > 4 || settings.moduleName == "") return built.path;
      await Deno.copyFile(built.path, `${name}.ko`);
      return `${name}.ko`;
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      host.error(`ERROR: ${error.message}\n`);
      this.stop(4, "compilation");
      return null;
    }
  }

  /** --dump-probe-types. */
  static async dumpProbeTypes(host: Host): Promise<number> {
    const { probeForms } = await import("./analysis.ts");
    for (const form of probeForms()) host.print(form + "\n");
    return 0;
  }

  /** Prints diagnostics; true if one of them ends the run. */
  private async report(list: Diagnostic[]): Promise<boolean> {
    const { settings, host } = this;
    const isError = (d: Diagnostic) =>
      d.message.severity == Severity.Error || settings.warningsAreErrors;
    const shown = list.filter((d) => isError(d) || !settings.noWarnings);
    if (shown.length > 0) {
      const color = settings.color == "always" || settings.color == "auto" && host.color;
      const { render } = await import("../compiler/front/source/render.ts");
      host.stderr(latin1Bytes(render(shown, settings.errorFormat, color)));
    }
    return list.some(isError);
  }

  private stop(pass: number, what: string): null {
    this.failed = true;
    this.host.error(`Pass ${pass}: ${what} failed.\n`);
    return null;
  }

  private show(text: string): null {
    this.host.stdout(latin1Bytes(text));
    return null;
  }

  private say(what: string, cost: string): void {
    if (this.settings.verbose > 0) this.host.error(cost == "" ? `${what}\n` : `${what} ${cost}\n`);
  }
}
