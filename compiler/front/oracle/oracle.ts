/**
 * What the front end asks about a kernel. Implementations: `btf/` (portable, no debuginfo needed),
 * DWARF (native, in compiler/debuginfo), or several chained. The front end never opens a file:
 * hosts give an oracle its bytes.
 */
import { CodeAnswer, CodeQuery, CodeSite } from "./code.ts";
import { CType } from "./ctype.ts";
import { Location } from "./location.ts";

/** How a value is found when the probe hits. */
export enum PlaceKind {
  /** n-th integer argument by the calling convention (valid at the entry instruction only). */
  Argument,
  /** The return value. */
  Return,
  /** n-th tracepoint argument (0-based, without __data). */
  TracepointArgument,
  /** What `location` of the place computes. */
  Computed,
  /** Known to exist, but its place is not known here (optimised out, not an integer). */
  Unknown,
}

export class Place {
  /** Of Computed places. */
  location: Location | null = null;

  constructor(public kind: PlaceKind, public index: i32, public why: string) {}
}

/** A variable visible at a point. */
export class Variable {
  /** A variable of the function's body, not a parameter. */
  local: bool = false;

  constructor(public name: string, public type: CType, public place: Place) {}
}

export class KernelFunction {
  /** Other prototypes that functions of the same name have. */
  otherTypes: CType[] = [];
  /** How many functions with code have the name; 0 if it is not known. */
  times: i32 = 0;

  constructor(
    public name: string,
    /** "" for the kernel image, else the module's name. */
    public module: string,
    /** Source file and line of the declaration if known, else "" and 0. */
    public file: string,
    public line: i32,
    /** Its prototype (CKind.Function), or null if only its symbol is known. */
    public type: CType | null,
  ) {}
}

export class Tracepoint {
  constructor(
    public name: string,
    /** Trace system ("sched") if known, else "". */
    public system: string,
    public module: string,
    /** Arguments without __data; names empty where the kernel does not tell. */
    public args: Variable[],
  ) {}
}

/** A variable of the kernel or of a module that lives as long as it is loaded (`@var`). */
export class GlobalVariable {
  constructor(
    public name: string,
    /** "" for the kernel image. */
    public module: string,
    public type: CType,
    /**
     * The symbol that the loader looks up on the running kernel: the variable lies `offset` bytes
     * after it. Its own name where that is the only one, else a mark such as `_stext`.
     */
    public symbol: string,
    public offset: i32,
    /** The symbol is an offset into the per-CPU area. */
    public perCpu: bool,
  ) {}
}

export abstract class KernelOracle {
  /** False when there is nothing to ask: probe points are then taken as written. */
  abstract available(): bool;
  /** Release string ("6.1.0-50-cloud-amd64"), or "" if unknown. */
  abstract release(): string;
  /** Functions whose name matches the glob (`*`, `?`, `[...]`), by name; module "" = the image. */
  abstract functions(pattern: string, module: string): KernelFunction[];
  /** Tracepoints whose name matches the glob; system "" = any. */
  abstract tracepoints(system: string, pattern: string): Tracepoint[];
  /** "struct task_struct", "union x", "enum y", or a typedef name; null if unknown. */
  abstract typeByName(name: string, module: string): CType | null;
  /** Decimal text of an enumerator of any enum; "" if unknown. */
  abstract enumerator(name: string): string;
  /** Names of functions near a misspelt one, best first, for hints. */
  abstract similarFunctions(name: string): string[];
  abstract similarTracepoints(name: string): string[];

  /** Can other files name the function: 1 yes, 0 no (static), -1 if it is not known. */
  exported(_name: string, _module: string): i32 {
    return -1;
  }

  /** Why a function that the kernel's types name cannot be probed; "" if there is no reason known. */
  functionAbsence(_name: string, _module: string): string {
    return "";
  }

  /** Places in the code that only debuginfo tells; the problem says what is missing. */
  code(_query: CodeQuery): CodeAnswer {
    const answer = new CodeAnswer();
    answer.problem = "it needs the kernel's debuginfo, which was not found";
    return answer;
  }

  /** Shall code() also answer where functions() could (to list points with files and lines)? */
  prefersCode(_module: string): bool {
    return false;
  }

  /** What is visible at a place that code() gave, parameters first; null if nobody knows. */
  variablesAt(_site: CodeSite): Variable[] | null {
    return null;
  }

  /**
   * Do several functions have the name, each with code of its own or, as far as types tell, with
   * other parameters? What functions() says of it may then be of another one.
   */
  ambiguous(_function: string, _module: string): bool {
    return false;
  }

  /**
   * The entry of a function with code of its own by debuginfo, if that knows a function of the same
   * name elsewhere in the source, whose parameters functions() may have told; else null.
   */
  namesakeSite(_function: string, _module: string): CodeSite | null {
    return null;
  }

  /**
   * The same at the entry of a function with code of its own that functions() gave. Looks into
   * debuginfo, so it is asked only for what functions() did not tell.
   */
  variablesOf(_function: string, _module: string): Variable[] | null {
    return null;
  }

  /**
   * A global or static variable; null if unknown. `file` is a glob for a whole path or its end after
   * a `/`; "" for any.
   */
  globalVariable(_name: string, _file: string, _module: string): GlobalVariable | null {
    return null;
  }

  /** What to do for debuginfo, for messages about unknown variables; "" if it is there. */
  missingDebuginfo(_module: string): string {
    return "";
  }

  /** Why globalVariable() gives null: what would be needed; "" for plainly unknown. */
  globalAbsence(_name: string, _module: string): string {
    return "";
  }
}
