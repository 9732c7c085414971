/**
 * How far a function looks at the probe that calls it. A function that names target variables has
 * no meaning of its own: each probe that reaches it gets an instance.
 */
import * as ast from "../syntax/ast.ts";
import { TreeWalker } from "../syntax/walk.ts";

/** What an instance of a function depends on. */
export enum ContextNeed {
  None,
  /** The module that the probe is in: types named without one are looked for there. */
  Module,
  /** The probe point itself: its variables, what its entry saved. */
  Point,
}

/** The needs of one body, and the calls whose needs come on top. */
export class ContextUses extends TreeWalker {
  need: ContextNeed = ContextNeed.None;
  calls: ast.CallExpr[] = [];

  override onExpr(e: ast.Expr): bool {
    switch (e.kind) {
      case ast.NodeKind.Target:
      case ast.NodeKind.AtVar:
      case ast.NodeKind.Entry:
        this.need = ContextNeed.Point;
        break;
      case ast.NodeKind.Cast:
        this.module((e as ast.CastExpr).module);
        break;
      case ast.NodeKind.EnumName:
        this.module((e as ast.EnumNameExpr).module);
        break;
      case ast.NodeKind.EnumConst:
        this.module((e as ast.EnumConstExpr).module);
        break;
      case ast.NodeKind.Call:
        this.calls.push(e as ast.CallExpr);
        break;
      default:
        break;
    }
    return true;
  }

  private module(name: string): void {
    if (name == "" && this.need == ContextNeed.None) this.need = ContextNeed.Module;
  }
}
