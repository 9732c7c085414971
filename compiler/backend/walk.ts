/** Visits IR nodes and their children; every back end goes through a program with these. */
import * as ir from "../front/ir/ir.ts";

type Node = ir.Expr | ir.Stmt;

/** Children of a node: expressions and statements, nulls left out. */
export function children(node: Node): Node[] {
  const list: (Node | null)[] = [];
  switch (node.op) {
    case ir.Op.MapGet:
    case ir.Op.MapHas:
      list.push(...(node as ir.MapGetExpr).keys);
      break;
    case ir.Op.Unary:
    case ir.Op.Not:
      list.push((node as ir.UnaryExpr).operand);
      break;
    case ir.Op.Binary:
    case ir.Op.And:
    case ir.Op.Or:
    case ir.Op.CompareLong:
    case ir.Op.CompareStr: {
      const n = node as ir.BinaryExpr;
      list.push(n.left, n.right);
      break;
    }
    case ir.Op.Cond: {
      const n = node as ir.CondExpr;
      list.push(n.condition, n.whenTrue, n.whenFalse);
      break;
    }
    case ir.Op.Concat:
      list.push(...(node as ir.ConcatExpr).parts);
      break;
    case ir.Op.Regex:
      list.push((node as ir.RegexExpr).text);
      break;
    case ir.Op.Assign: {
      const n = node as ir.AssignExpr;
      list.push(n.target, n.value);
      break;
    }
    case ir.Op.Crement:
      list.push((node as ir.CrementExpr).target);
      break;
    case ir.Op.StatAdd: {
      const n = node as ir.StatAddExpr;
      list.push(n.stat, n.value);
      break;
    }
    case ir.Op.StatGet:
      list.push((node as ir.StatGetExpr).stat);
      break;
    case ir.Op.HistBucket: {
      const n = node as ir.HistBucketExpr;
      list.push(n.stat, n.index);
      break;
    }
    case ir.Op.Call:
      list.push(...(node as ir.CallExpr).args);
      break;
    case ir.Op.Format:
      for (const p of (node as ir.FormatExpr).pieces) {
        list.push(p.widthArg, p.precisionArg, p.value);
      }
      break;
    case ir.Op.Deref:
      list.push((node as ir.DerefExpr).address);
      break;
    case ir.Op.Store: {
      const n = node as ir.StoreExpr;
      list.push(n.address, n.value);
      break;
    }
    case ir.Op.ContextStore:
      list.push((node as ir.ContextStoreExpr).value);
      break;
    case ir.Op.Eval:
      list.push((node as ir.EvalStmt).expr);
      break;
    case ir.Op.Block:
      list.push(...(node as ir.BlockStmt).body);
      break;
    case ir.Op.If: {
      const n = node as ir.IfStmt;
      list.push(n.condition, n.whenTrue, n.whenFalse);
      break;
    }
    case ir.Op.Loop: {
      const n = node as ir.LoopStmt;
      list.push(n.condition, n.body, n.step);
      break;
    }
    case ir.Op.Foreach: {
      const n = node as ir.ForeachStmt;
      list.push(n.limit, ...(n.slice ?? []), n.body);
      break;
    }
    case ir.Op.ForeachHist: {
      const n = node as ir.ForeachHistStmt;
      list.push(n.stat, n.limit, n.body);
      break;
    }
    case ir.Op.Return:
      list.push((node as ir.ReturnStmt).value);
      break;
    case ir.Op.Delete:
      list.push((node as ir.DeleteStmt).target);
      break;
    case ir.Op.Try: {
      const n = node as ir.TryStmt;
      list.push(n.body, n.handler);
      break;
    }
  }
  return list.filter((n): n is Node => n != null);
}

/** Visits a node and every node below it. */
export function walk(node: Node | null, visit: (node: Node) => void): void {
  if (node == null) return;
  visit(node);
  for (const child of children(node)) walk(child, visit);
}

/** Whether some node of the tree satisfies a test. */
export function some(node: Node, test: (n: Node) => boolean): boolean {
  return test(node) || children(node).some((n) => some(n, test));
}

/** The expression may change something that another expression can see, or print. */
export function hasEffects(expr: ir.Expr): boolean {
  return some(expr, (n) => {
    switch (n.op) {
      case ir.Op.Assign:
      case ir.Op.Crement:
      case ir.Op.StatAdd:
      case ir.Op.Call:
      case ir.Op.Store:
      case ir.Op.ContextStore:
      case ir.Op.EmbeddedExpr:
        return true;
      case ir.Op.Format:
        return !(n as ir.FormatExpr).toString_;
      default:
        return false;
    }
  });
}
