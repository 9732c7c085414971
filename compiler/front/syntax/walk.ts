/** Walks syntax trees in the order of the text; subclasses override what they look at. */
import * as ast from "./ast.ts";

export abstract class TreeWalker {
  /** Before the children; false leaves them out. */
  onExpr(_e: ast.Expr): bool {
    return true;
  }
  onStmt(_s: ast.Stmt): bool {
    return true;
  }

  stmt(s: ast.Stmt): void {
    if (!this.onStmt(s)) return;
    switch (s.kind) {
      case ast.NodeKind.ExprStmt:
        this.expr((s as ast.ExprStmt).expr);
        break;
      case ast.NodeKind.Block: {
        const body = (s as ast.BlockStmt).body;
        for (let i: i32 = 0; i < body.length; i++) this.stmt(body[i]);
        break;
      }
      case ast.NodeKind.If: {
        this.expr((s as ast.IfStmt).condition);
        this.stmt((s as ast.IfStmt).whenTrue);
        const whenFalse = (s as ast.IfStmt).whenFalse;
        if (whenFalse != null) this.stmt(whenFalse);
        break;
      }
      case ast.NodeKind.While:
        this.expr((s as ast.WhileStmt).condition);
        this.stmt((s as ast.WhileStmt).body);
        break;
      case ast.NodeKind.DoWhile:
        this.stmt((s as ast.DoWhileStmt).body);
        this.expr((s as ast.DoWhileStmt).condition);
        break;
      case ast.NodeKind.For:
        this.maybe((s as ast.ForStmt).init);
        this.maybe((s as ast.ForStmt).condition);
        this.maybe((s as ast.ForStmt).step);
        this.stmt((s as ast.ForStmt).body);
        break;
      case ast.NodeKind.Foreach:
        this.foreach(s as ast.ForeachStmt);
        break;
      case ast.NodeKind.Return:
        this.maybe((s as ast.ReturnStmt).value);
        break;
      case ast.NodeKind.Delete:
        this.expr((s as ast.DeleteStmt).target);
        break;
      case ast.NodeKind.Try: {
        this.stmt((s as ast.TryStmt).body);
        const name = (s as ast.TryStmt).catchName;
        if (name != null) this.expr(name);
        this.stmt((s as ast.TryStmt).handler);
        break;
      }
      default:
        break;
    }
  }

  private foreach(s: ast.ForeachStmt): void {
    const value = s.value;
    if (value != null) this.expr(value);
    for (let i: i32 = 0; i < s.keys.length; i++) this.expr(s.keys[i].name);
    const array = s.array;
    if (array != null) this.expr(array);
    const hist = s.hist;
    if (hist != null) this.expr(hist);
    const slice = s.slice;
    if (slice != null) this.keys(slice);
    this.maybe(s.limit);
    this.stmt(s.body);
  }

  private maybe(e: ast.Expr | null): void {
    if (e != null) this.expr(e);
  }

  private keys(keys: (ast.Expr | null)[]): void {
    for (let i: i32 = 0; i < keys.length; i++) this.maybe(keys[i]);
  }

  private list(list: ast.Expr[]): void {
    for (let i: i32 = 0; i < list.length; i++) this.expr(list[i]);
  }

  private path(path: ast.PathStep[]): void {
    for (let i: i32 = 0; i < path.length; i++) this.maybe(path[i].index);
  }

  expr(e: ast.Expr): void {
    if (!this.onExpr(e)) return;
    switch (e.kind) {
      case ast.NodeKind.Index:
        this.expr((e as ast.IndexExpr).base);
        this.keys((e as ast.IndexExpr).keys);
        break;
      case ast.NodeKind.Call:
        this.list((e as ast.CallExpr).args);
        break;
      case ast.NodeKind.Unary:
        this.expr((e as ast.UnaryExpr).operand);
        break;
      case ast.NodeKind.Crement:
        this.expr((e as ast.CrementExpr).operand);
        break;
      case ast.NodeKind.Binary:
        this.expr((e as ast.BinaryExpr).left);
        this.expr((e as ast.BinaryExpr).right);
        break;
      case ast.NodeKind.Logical:
        this.expr((e as ast.LogicalExpr).left);
        this.expr((e as ast.LogicalExpr).right);
        break;
      case ast.NodeKind.Concat:
        this.expr((e as ast.ConcatExpr).left);
        this.expr((e as ast.ConcatExpr).right);
        break;
      case ast.NodeKind.Compare:
        this.expr((e as ast.CompareExpr).left);
        this.expr((e as ast.CompareExpr).right);
        break;
      case ast.NodeKind.Regex:
        this.expr((e as ast.RegexExpr).left);
        break;
      case ast.NodeKind.In:
        this.keys((e as ast.InExpr).keys);
        this.expr((e as ast.InExpr).array);
        break;
      case ast.NodeKind.Ternary:
        this.expr((e as ast.TernaryExpr).condition);
        this.expr((e as ast.TernaryExpr).whenTrue);
        this.expr((e as ast.TernaryExpr).whenFalse);
        break;
      case ast.NodeKind.Assign:
        this.expr((e as ast.AssignExpr).target);
        this.expr((e as ast.AssignExpr).value);
        break;
      default:
        this.special(e);
    }
  }

  /** `@` operators, target expressions and prints. */
  private special(e: ast.Expr): void {
    switch (e.kind) {
      case ast.NodeKind.Target:
        this.path((e as ast.TargetExpr).path);
        break;
      case ast.NodeKind.Cast:
        this.expr((e as ast.CastExpr).operand);
        this.path((e as ast.CastExpr).path);
        break;
      case ast.NodeKind.AtVar:
        this.path((e as ast.AtVarExpr).path);
        break;
      case ast.NodeKind.Autocast:
        this.expr((e as ast.AutocastExpr).base);
        this.path((e as ast.AutocastExpr).path);
        break;
      case ast.NodeKind.AddressOf:
        this.expr((e as ast.AddressOfExpr).operand);
        break;
      case ast.NodeKind.Defined:
        this.expr((e as ast.DefinedExpr).operand);
        break;
      case ast.NodeKind.Entry:
        this.expr((e as ast.EntryExpr).operand);
        break;
      case ast.NodeKind.EnumName:
        this.expr((e as ast.EnumNameExpr).operand);
        break;
      case ast.NodeKind.Register:
        this.expr((e as ast.RegisterExpr).number);
        break;
      case ast.NodeKind.Deref:
        this.expr((e as ast.DerefExpr).size);
        this.expr((e as ast.DerefExpr).address);
        break;
      case ast.NodeKind.Stat:
        this.expr((e as ast.StatExpr).stat);
        this.list((e as ast.StatExpr).args);
        break;
      case ast.NodeKind.HistIndex:
        this.expr((e as ast.HistIndexExpr).hist);
        this.expr((e as ast.HistIndexExpr).index);
        break;
      case ast.NodeKind.Print:
        this.list((e as ast.PrintExpr).args);
        break;
      default:
        break;
    }
  }
}
