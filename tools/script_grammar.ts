/** Random scripts that the grammar accepts, for the fuzzers; most are wrong in names or types. */
import type { Random } from "./fuzz_syntax.ts";

const NAMES = ["a", "b", "count", "x", "y", "name", "g", "h", "s"];
const GLOBALS = ["g", "h", "s", "t"];
const TEXTS = ['"text"', '""', '"%d"', '"a\\n"', '"a" "b"', '"vfs_read"', '"[a-z]+"', '"("'];
const NUMBERS = ["0", "1", "-1", "0x7f", "017", "9223372036854775807", "18446744073709551615"];
const BINARY = "+ - * / % << >> >>> & | ^ && || == != < <= > >= . =~ !~".split(" ");
const ASSIGN = "= += -= *= /= %= <<= >>= &= |= ^= .= <<<".split(" ");
const CALLS = [
  "f",
  "pid",
  "execname",
  "strlen",
  "substr",
  "exit",
  "log",
  "tid",
  "user_string",
  "no",
];
const POINTS = [
  "begin",
  "end",
  "error",
  "never",
  "timer.s(1)",
  "timer.ms(100)",
  'kernel.function("vfs_read")',
  'kernel.function("vfs_*").return',
  'kernel.trace("sched_switch")',
  "syscall.read",
  "mine",
  "mine.*",
  "{begin, end}",
  "timer.{s,ms}(3)",
  "nothing.here",
];

/** Makes scripts; each part has a budget, so that all end. */
export class ScriptMaker {
  constructor(private random: Random) {}

  script(): string {
    const parts: string[] = [];
    const count = 1 + this.random.below(5);
    for (let i = 0; i < count; i++) parts.push(this.declaration());
    parts.push(`probe ${this.random.pick(POINTS)} ${this.block(3)}`);
    return parts.join(this.random.pick(["\n", " ", "\n\n# comment\n"])) + "\n";
  }

  private some(make: () => string, most: number, between: string): string {
    const parts: string[] = [];
    for (let i = this.random.below(most + 1); i > 0; i--) parts.push(make());
    return parts.join(between);
  }

  private declaration(): string {
    const { random } = this;
    switch (random.below(7)) {
      case 0:
        return `global ${random.pick(GLOBALS)}${random.pick(["", "[10]", "%", "%[5]", " = 1"])}`;
      case 1:
        return `private global ${random.pick(GLOBALS)} = ${this.literal()}`;
      case 2:
        return `function f${random.pick(["", ":long", ":string"])} (${
          random.pick(["", "a", "a, b", "a:long, b:string"])
        })${random.pick(["", ":2"])} ${this.block(3)}`;
      case 3:
        return `probe mine${random.pick(["", ".a", ".b.c"])} ${random.pick(["=", "+="])} ${
          random.pick(POINTS)
        } ${this.block(2)}`;
      case 4:
        return `@define m${random.pick(["", "(p)", "(p, q)"])} %( ${this.expr(2)} %)`;
      case 5:
        return `%( ${this.condition()} %? ${this.declaration()} %: ${this.declaration()} %)`;
      default:
        return `probe ${random.pick(POINTS)}${random.pick(["", "?", "!", " if (g)"])} ${
          this.block(3)
        }`;
    }
  }

  private condition(): string {
    return this.random.pick([
      'kernel_v >= "5.0"',
      'arch == "x86_64"',
      "CONFIG_HZ > 100",
      "1 == 1 && 2 < 1",
      'systemtap_v < "2"',
      "guru_mode == 1",
      "1 = 1",
    ]);
  }

  private block(depth: number): string {
    return `{ ${
      this.some(() => this.statement(depth), 4, this.random.pick(["; ", " ", "\n  "]))
    } }`;
  }

  private statement(depth: number): string {
    const { random } = this;
    if (depth == 0) return this.expr(1);
    const inner = () => this.statement(depth - 1);
    const name = () => random.pick(NAMES);
    switch (random.below(14)) {
      case 0:
        return `if (${this.expr(2)}) ${inner()}${random.pick(["", ` else ${inner()}`])}`;
      case 1:
        return `while (${this.expr(2)}) ${inner()}`;
      case 2:
        return `for (${random.pick(["", "x = 0"])}; ${random.pick(["", this.expr(2)])}; ${
          random.pick(["", "x++"])
        }) ${inner()}`;
      case 3:
        return `foreach (${random.pick(["", "v = "])}${
          random.pick(["k", "k+", "[k, l]", "[k, l-]"])
        } in ${random.pick(GLOBALS)}${random.pick(["", "+", "[1, *]", " @count-"])}${
          random.pick(["", " limit 3"])
        }) ${inner()}`;
      case 4:
        return `delete ${random.pick([name(), `${random.pick(GLOBALS)}[${this.expr(1)}]`])}`;
      case 5:
        return `try ${this.block(depth - 1)} catch ${random.pick(["", "(e)"])} ${
          this.block(depth - 1)
        }`;
      case 6:
        return random.pick(["next", "break", "continue", "return 1", "return", ";"]);
      case 7:
        return `printf(${random.pick(['"%d %s\\n"', '"%s"', '"%5.2d"', '"%q"', '"x"'])}${
          this.some(() => `, ${this.expr(2)}`, 2, "")
        })`;
      case 8:
        return `${random.pick(["print", "println", "printdln", "print_char"])}(${
          this.some(() => this.expr(2), 3, ", ")
        })`;
      case 9:
        return this.block(depth - 1);
      default:
        return `${this.place()} ${random.pick(ASSIGN)} ${this.expr(depth)}`;
    }
  }

  private place(): string {
    const { random } = this;
    return random.pick([
      random.pick(NAMES),
      random.pick(GLOBALS),
      `${random.pick(GLOBALS)}[${this.expr(1)}]`,
      `${random.pick(GLOBALS)}[${this.expr(1)}, ${this.expr(1)}]`,
      "$file->f_pos",
    ]);
  }

  private literal(): string {
    return this.random.pick(this.random.below(2) == 0 ? TEXTS : NUMBERS);
  }

  private expr(depth: number): string {
    const { random } = this;
    if (depth == 0) return random.pick([this.literal(), random.pick(NAMES), "$count", "$$vars"]);
    const inner = () => this.expr(depth - 1);
    switch (random.below(12)) {
      case 0:
      case 1:
        return `${inner()} ${random.pick(BINARY)} ${inner()}`;
      case 2:
        return `(${inner()})`;
      case 3:
        return `${random.pick(["-", "!", "~", "+"])}${inner()}`;
      case 4:
        return `${inner()} ? ${inner()} : ${inner()}`;
      case 5:
        return `${random.pick(CALLS)}(${this.some(inner, 2, ", ")})`;
      case 6:
        return random.pick([`${random.pick(NAMES)}++`, `--${random.pick(NAMES)}`]);
      case 7:
        return `${random.pick(["", "!"])}(${inner()} in ${random.pick(GLOBALS)})`;
      case 8:
        return `@${random.pick(["count", "sum", "avg", "max", "variance", "hist_log"])}(${
          random.pick(GLOBALS)
        })`;
      case 9:
        return random.pick([
          `@cast(${inner()}, "task_struct")->pid`,
          "$file->f_path->dentry->d_name->name",
          "&$file->f_pos",
          "$return",
          "@entry($count)",
          "@defined($foo)",
          "$file$$",
          '@var("jiffies")',
          `@kderef(8, ${inner()})`,
          "@m",
        ]);
      case 10:
        return `sprintf("%d", ${inner()})`;
      default:
        return this.expr(0);
    }
  }
}
