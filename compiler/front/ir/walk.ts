/** Walks IR trees in evaluation order; subclasses override what they look at. */
import * as ir from "./ir.ts";

export abstract class Walker {
  /** Before the children of an expression. `used`: somebody takes its value. */
  onExpr(_e: ir.Expr, _used: bool): void {}
  /** Before the children of a statement. */
  onStmt(_s: ir.Stmt): void {}

  stmt(s: ir.Stmt): void {
    this.onStmt(s);
    switch (s.op) {
      case ir.Op.Eval:
        this.expr((s as ir.EvalStmt).expr, false);
        break;
      case ir.Op.Block: {
        const body = (s as ir.BlockStmt).body;
        for (let i: i32 = 0; i < body.length; i++) this.stmt(body[i]);
        break;
      }
      case ir.Op.If: {
        const branch = s as ir.IfStmt;
        this.expr(branch.condition, true);
        this.stmt(branch.whenTrue);
        const whenFalse = branch.whenFalse;
        if (whenFalse != null) this.stmt(whenFalse);
        break;
      }
      case ir.Op.Loop: {
        const loop = s as ir.LoopStmt;
        this.maybe(loop.condition, true);
        this.stmt(loop.body);
        this.maybe(loop.step, false);
        break;
      }
      case ir.Op.Foreach: {
        const loop = s as ir.ForeachStmt;
        this.maybe(loop.limit, true);
        const slice = loop.slice;
        if (slice != null) this.keys(slice);
        this.stmt(loop.body);
        break;
      }
      case ir.Op.ForeachHist: {
        const loop = s as ir.ForeachHistStmt;
        this.maybe(loop.limit, true);
        this.expr(loop.stat, true);
        this.stmt(loop.body);
        break;
      }
      case ir.Op.Return:
        this.maybe((s as ir.ReturnStmt).value, true);
        break;
      case ir.Op.Delete: {
        const target = (s as ir.DeleteStmt).target;
        if (target.op == ir.Op.MapGet) this.keys((target as ir.MapGetExpr).keys);
        break;
      }
      case ir.Op.Try:
        this.stmt((s as ir.TryStmt).body);
        this.stmt((s as ir.TryStmt).handler);
        break;
      default:
        break;
    }
  }

  private maybe(e: ir.Expr | null, used: bool): void {
    if (e != null) this.expr(e, used);
  }

  private keys(keys: (ir.Expr | null)[]): void {
    for (let i: i32 = 0; i < keys.length; i++) this.maybe(keys[i], true);
  }

  private list(list: ir.Expr[]): void {
    for (let i: i32 = 0; i < list.length; i++) this.expr(list[i], true);
  }

  /** The keys of a place that is written. */
  private place(e: ir.Expr): void {
    if (e.op == ir.Op.MapGet) this.keys((e as ir.MapGetExpr).keys);
  }

  expr(e: ir.Expr, used: bool): void {
    this.onExpr(e, used);
    switch (e.op) {
      case ir.Op.MapGet:
        this.keys((e as ir.MapGetExpr).keys);
        break;
      case ir.Op.MapHas:
        this.keys((e as ir.MapHasExpr).keys);
        break;
      case ir.Op.Unary:
        this.expr((e as ir.UnaryExpr).operand, true);
        break;
      case ir.Op.Not:
        this.expr((e as ir.NotExpr).operand, true);
        break;
      case ir.Op.Binary:
        this.expr((e as ir.BinaryExpr).left, true);
        this.expr((e as ir.BinaryExpr).right, true);
        break;
      case ir.Op.And:
        this.expr((e as ir.AndExpr).left, true);
        this.expr((e as ir.AndExpr).right, true);
        break;
      case ir.Op.Or:
        this.expr((e as ir.OrExpr).left, true);
        this.expr((e as ir.OrExpr).right, true);
        break;
      case ir.Op.Cond:
        this.expr((e as ir.CondExpr).condition, true);
        this.expr((e as ir.CondExpr).whenTrue, used);
        this.expr((e as ir.CondExpr).whenFalse, used);
        break;
      case ir.Op.CompareLong:
        this.expr((e as ir.CompareLongExpr).left, true);
        this.expr((e as ir.CompareLongExpr).right, true);
        break;
      case ir.Op.CompareStr:
        this.expr((e as ir.CompareStrExpr).left, true);
        this.expr((e as ir.CompareStrExpr).right, true);
        break;
      case ir.Op.Concat:
        this.list((e as ir.ConcatExpr).parts);
        break;
      case ir.Op.Regex:
        this.expr((e as ir.RegexExpr).text, true);
        break;
      case ir.Op.Assign:
        this.place((e as ir.AssignExpr).target);
        this.expr((e as ir.AssignExpr).value, true);
        break;
      case ir.Op.Crement:
        this.place((e as ir.CrementExpr).target);
        break;
      case ir.Op.StatAdd:
        this.place((e as ir.StatAddExpr).stat);
        this.expr((e as ir.StatAddExpr).value, true);
        break;
      case ir.Op.StatGet:
        this.expr((e as ir.StatGetExpr).stat, true);
        break;
      case ir.Op.HistBucket:
        this.expr((e as ir.HistBucketExpr).stat, true);
        this.expr((e as ir.HistBucketExpr).index, true);
        break;
      case ir.Op.Call:
        this.list((e as ir.CallExpr).args);
        break;
      case ir.Op.Format:
        this.pieces((e as ir.FormatExpr).pieces);
        break;
      case ir.Op.Deref:
        this.expr((e as ir.DerefExpr).address, true);
        break;
      case ir.Op.Store:
        this.expr((e as ir.StoreExpr).address, true);
        this.expr((e as ir.StoreExpr).value, true);
        break;
      case ir.Op.ContextStore:
        this.expr((e as ir.ContextStoreExpr).value, true);
        break;
      default:
        break;
    }
  }

  private pieces(pieces: ir.FormatPiece[]): void {
    for (let i: i32 = 0; i < pieces.length; i++) {
      this.maybe(pieces[i].widthArg, true);
      this.maybe(pieces[i].precisionArg, true);
      this.maybe(pieces[i].value, true);
    }
  }
}
