/**
 * Probe families: what a probe point means. One family is one file in compiler/probes; the front
 * end gets them as a list and knows none of them by name.
 */
import { CodeSite } from "../oracle/code.ts";
import { KernelOracle, Variable } from "../oracle/oracle.ts";
import { CType } from "../oracle/ctype.ts";
import { globMatch, spansNames } from "../source/glob.ts";
import { Expr, NodeKind, NumberExpr, PointPart, ProbePoint, StringExpr } from "../syntax/ast.ts";
import { Prop } from "../ir/ir.ts";

/** One accepted spelling. In the pattern, (S) is a text argument and (N) a number. */
export class ProbeForm {
  /** The parts of the pattern without arguments, and the kind of argument of each: S, N or "". */
  names: string[] = [];
  argKinds: string[] = [];

  constructor(
    public pattern: string,
    /** One line of documentation. */
    public doc: string,
    /** usr, sys or guru. */
    public privilege: string,
  ) {
    const parts = pattern.split(".");
    for (let i: i32 = 0; i < parts.length; i++) {
      const open: i32 = parts[i].indexOf("(");
      this.names.push(open < 0 ? parts[i] : parts[i].substring(0, open));
      this.argKinds.push(open < 0 ? "" : parts[i].substring(open + 1, open + 2));
    }
  }

  /** Does the point have this form? Part names of the point may be globs. */
  accepts(point: ProbePoint): bool {
    const last: i32 = point.parts.length - 1;
    const spans: bool = last < this.names.length &&
      spansNames(point.parts[last].name, this.names, last);
    if (!spans && point.parts.length != this.names.length) return false;
    for (let i: i32 = 0; i < this.names.length; i++) {
      if (spans && i >= last) {
        // What `**` stands for has no arguments.
        if (this.argKinds[i] != "" || point.parts[last].arg != null) return false;
        continue;
      }
      const part = point.parts[i];
      if (part.name.includes("**")) return false;
      if (argKind(part) != this.argKinds[i] || !globMatch(part.name, this.names[i])) return false;
    }
    return true;
  }
}

function argKind(part: PointPart): string {
  const arg = part.arg;
  if (arg == null) return "";
  return arg.kind == NodeKind.Number ? "N" : "S";
}

/** What `$value` is in a handler. */
export enum ValueRole {
  /** There is none. */
  None,
  /** The handler assigns the text that is given to whoever asked. */
  Given,
  /** The handler reads a text that it was handed. */
  Received,
}

/** One place that a probe point matches. */
export class PointMatch {
  props: Prop[] = [];
  /** Variables that the handler may name with `$`; parameters in order. */
  variables: Variable[] = [];
  /** A place in the code of the kernel: it has registers, and `$$vars` and kin if it is typed. */
  inCode: bool = false;
  /** False if nobody knows which variables there are (no type information). */
  typed: bool = true;
  /** Where debuginfo found the place, if it did. */
  site: CodeSite | null = null;
  /** Else the function and its module, of whose variables debuginfo may know more; or "". */
  functionName: string = "";
  functionModule: string = "";
  /** The variables that only debuginfo knows; asked for by moreVariables(). */
  private more: Variable[] = [];
  private moreKnown: bool = false;
  private settled: bool = false;
  isReturn: bool = false;
  /** Of `$return`; null if there is none. */
  returnType: CType | null = null;
  /** begin, end, error: the longer action limit. */
  interruptible: bool = false;
  /** Texts of `$$name` and kin, name then text. */
  texts: Map<string, string> = new Map<string, string>();

  /** `$value`: a text that comes with the hit, or that the handler makes. */
  value: ValueRole = ValueRole.None;
  /** The name by which `@perf` reads what the point counts; its handler never runs. "" for none. */
  counter: string = "";
  /** The variable that a guru handler may set though it is no memory; "" for none. */
  writable: string = "";

  constructor(
    /** Family of the row. */
    public family: string,
    /** Resolved text: what pp() gives. */
    public point: string,
  ) {}

  /**
   * To be called before `variables` and `returnType` are used: where types know another function of
   * the same name, debuginfo is asked for those of this one.
   */
  settle(oracle: KernelOracle): void {
    if (this.settled) return;
    this.settled = true;
    if (this.site != null || this.functionName == "") return;
    const site = oracle.namesakeSite(this.functionName, this.functionModule);
    const found: Variable[] | null = site == null ? null : oracle.variablesAt(site);
    if (site == null || found == null) return;
    this.variables = found;
    this.moreKnown = true;
    if (this.isReturn) this.returnType = site.returnType;
  }

  /** All variables, with those that only debuginfo knows, for which it is asked now. */
  allVariables(oracle: KernelOracle): Variable[] {
    if (!this.moreKnown) {
      this.moreKnown = true;
      const site = this.site;
      let found: Variable[] | null = null;
      if (site != null) found = oracle.variablesAt(site);
      else if (this.functionName != "") {
        found = oracle.variablesOf(this.functionName, this.functionModule);
      }
      if (found != null) this.addMissing(found);
    }
    return this.more.length == 0 ? this.variables : this.variables.concat(this.more);
  }

  private addMissing(found: Variable[]): void {
    for (let i: i32 = 0; i < found.length; i++) {
      let known: bool = false;
      for (let k: i32 = 0; k < this.variables.length; k++) {
        if (this.variables[k].name == found[i].name) known = true;
      }
      if (!known) this.more.push(found[i]);
    }
  }

  prop(name: string, value: string): void {
    this.props.push(new Prop(name, value));
  }
}

/** What a family sees of a point, and where it puts what the point matches. */
export class PointQuery {
  matches: PointMatch[] = [];
  /** Set when the point is refused: shown instead of "no match". */
  problem: string = "";
  hints: string[] = [];
  /** Near names are worth looking for: the point is not optional. */
  wantHints: bool = true;
  /** The language is new enough for `system:name` of a tracepoint. */
  systemNames: bool = true;

  constructor(public point: ProbePoint, public form: ProbeForm, public oracle: KernelOracle) {}

  /** The form's own name of a part (the point may have a glob there). */
  has(name: string): bool {
    return this.form.names.includes(name);
  }

  /** Text argument of the part, or "". */
  textOf(name: string): string {
    const arg = this.argOf(name);
    return arg == null || arg.kind == NodeKind.Number ? "" : (arg as StringExpr).value;
  }

  /** The module that the point names, spelt as the kernel does, or "". */
  moduleName(): string {
    return this.textOf("module").replaceAll("-", "_").replaceAll(",", "_");
  }

  /** Number argument of the part as decimal text, or `otherwise`. */
  numberOf(name: string, otherwise: string): string {
    const arg = this.argOf(name);
    return arg == null || arg.kind != NodeKind.Number ? otherwise : (arg as NumberExpr).text;
  }

  private argOf(name: string): Expr | null {
    for (let i: i32 = 0; i < this.form.names.length; i++) {
      if (this.form.names[i] == name) return this.point.parts[i].arg;
    }
    return null;
  }

  /** The text of the point as the form spells it. */
  text(): string {
    const parts: string[] = [];
    for (let i: i32 = 0; i < this.form.names.length; i++) {
      const arg = this.point.parts[i].arg;
      let text = this.form.names[i];
      if (arg != null) {
        text += arg.kind == NodeKind.Number
          ? "(" + (arg as NumberExpr).text + ")"
          : '("' + (arg as StringExpr).value + '")';
      }
      parts.push(text);
    }
    return parts.join(".");
  }
}

export abstract class ProbeFamily {
  forms: ProbeForm[] = [];

  /** Finds the places that the point matches; none is "no match" unless `problem` is set. */
  abstract resolve(query: PointQuery): void;

  protected form(pattern: string, doc: string, privilege: string): void {
    this.forms.push(new ProbeForm(pattern, doc, privilege));
  }
}
