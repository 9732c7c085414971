/** A small kernel for tests: two functions and variables, two structs, an enum, one tracepoint. */
import { CEnumerator, CKind, CMember, CParam, CType } from "./ctype.ts";
import {
  GlobalVariable,
  KernelFunction,
  KernelOracle,
  Place,
  PlaceKind,
  Tracepoint,
  Variable,
} from "./oracle.ts";
import { globMatch } from "../source/glob.ts";

/** A type whose parts are given. */
export class FakeType extends CType {
  to: CType | null = null;
  count: i32 = 0;
  fields: CMember[] = [];
  values: CEnumerator[] = [];
  arguments_: CParam[] = [];

  target(): CType | null {
    return this.to;
  }
  length(): i32 {
    return this.count;
  }
  members(): CMember[] {
    return this.fields;
  }
  enumerators(): CEnumerator[] {
    return this.values;
  }
  params(): CParam[] {
    return this.arguments_;
  }
  isChar(): bool {
    return this.name == "char";
  }
  isBool(): bool {
    return false;
  }
}

function pointer(to: CType): FakeType {
  const type = new FakeType(CKind.Pointer, "", 8, false);
  type.to = to;
  return type;
}

/** struct file { int flags; struct inode *inode; unsigned mode:3; char name[8]; } */
export class FakeOracle extends KernelOracle {
  private int_: FakeType = new FakeType(CKind.Int, "int", 4, true);
  private long_: FakeType = new FakeType(CKind.Int, "unsigned long", 8, false);
  private char_: FakeType = new FakeType(CKind.Int, "char", 1, true);
  private mood: FakeType = new FakeType(CKind.Enum, "mood", 4, true);
  private inode: FakeType = new FakeType(CKind.Struct, "inode", 16, false);
  private file: FakeType = new FakeType(CKind.Struct, "file", 32, false);

  constructor() {
    super();
    const name = new FakeType(CKind.Array, "", 8, false);
    name.to = this.char_;
    name.count = 8;
    this.mood.values.push(new CEnumerator("GOOD", "1"));
    this.mood.values.push(new CEnumerator("BAD", "-1"));
    this.inode.fields.push(new CMember("i_ino", this.long_, 8, 0, 0));
    this.file.fields.push(new CMember("flags", this.int_, 0, 0, 0));
    this.file.fields.push(new CMember("inode", pointer(this.inode), 8, 0, 0));
    this.file.fields.push(new CMember("mode", this.int_, 16, 2, 3));
    this.file.fields.push(new CMember("name", name, 20, 0, 0));
  }

  available(): bool {
    return true;
  }
  release(): string {
    return "6.1.0-test";
  }

  private function_(name: string): KernelFunction {
    const type = new FakeType(CKind.Function, "", 0, false);
    type.to = this.long_;
    type.arguments_.push(new CParam("file", pointer(this.file)));
    type.arguments_.push(new CParam("count", this.int_));
    return new KernelFunction(name, "", "", 0, type);
  }

  functions(pattern: string, _module: string): KernelFunction[] {
    const found: KernelFunction[] = [];
    if (globMatch(pattern, "vfs_read")) found.push(this.function_("vfs_read"));
    if (globMatch(pattern, "vfs_write")) found.push(this.function_("vfs_write"));
    return found;
  }

  tracepoints(_system: string, pattern: string): Tracepoint[] {
    if (!globMatch(pattern, "sched_switch")) return [];
    const place = new Place(PlaceKind.TracepointArgument, 0, "");
    const args: Variable[] = [];
    args.push(new Variable("prev", pointer(this.file), place));
    return [new Tracepoint("sched_switch", "", "", args)];
  }

  typeByName(name: string, _module: string): CType | null {
    if (name == "struct file") return this.file;
    if (name == "enum mood") return this.mood;
    return name == "struct inode" ? this.inode : null;
  }

  override globalVariable(name: string, file: string, module: string): GlobalVariable | null {
    if (module != "" || (file != "" && file != "fs/file_table.c")) return null;
    if (name == "files_stat") {
      return new GlobalVariable(name, "", this.file, "_stext", 4096, false);
    }
    return name == "nr_inodes" ? new GlobalVariable(name, "", this.long_, name, 0, true) : null;
  }

  enumerator(name: string): string {
    return name == "TWO" ? "2" : "";
  }
  similarFunctions(_name: string): string[] {
    return ["vfs_read"];
  }
  similarTracepoints(_name: string): string[] {
    return ["sched_switch"];
  }
}
