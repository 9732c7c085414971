/**
 * The counters of events that the script's probes declare, for `@perf` to read. All are declared
 * before any handler is looked at; their order is that of the rows.
 */
import * as ast from "../syntax/ast.ts";
import { Reporter } from "../source/diagnostics.ts";
import { didYouMean } from "../source/similar.ts";
import { SourceKind, Span } from "../source/source.ts";
import { Expanded } from "./expand.ts";
import { COUNTER_BODY, COUNTER_TWICE, PERF_UNKNOWN } from "./messages.ts";

export class Counters {
  private names: string[] = [];
  private places: Span[] = [];

  constructor(private reporter: Reporter) {}

  /** Takes note of a place that a probe of the script matches, if it is a counter. */
  add(place: Expanded): void {
    const name = place.match.counter;
    if (name == "") return;
    const known: i32 = this.names.indexOf(name);
    if (known >= 0) {
      this.reporter.report(COUNTER_TWICE, place.span).arg(name)
        .note(this.places[known], "the first one");
      return;
    }
    this.names.push(name);
    this.places.push(place.span);
    for (let i: i32 = 0; i < place.bodies.length; i++) this.body(place.bodies[i], name);
  }

  private body(body: ast.BlockStmt, name: string): void {
    if (body.body.length == 0 || body.span.source.kind != SourceKind.User) return;
    this.reporter.report(COUNTER_BODY, body.body[0].span).arg(name)
      .hint('other probes read the counter: @perf("' + name + '")');
  }

  has(name: string): bool {
    return this.names.includes(name);
  }

  /**
   * Number of the counter that an expression reads; 0 after an error. Outside of handlers of
   * code SystemTap misses it in pass 3 only.
   */
  find(e: ast.PerfExpr, inCode: bool): i32 {
    const found: i32 = this.names.indexOf(e.counter);
    if (found >= 0) return found;
    const near = didYouMean(e.counter, this.names);
    const declare = 'declare it: probe perf.sw.task_clock.counter("' + e.counter + '") {}';
    const d = inCode
      ? this.reporter.report(PERF_UNKNOWN, e.span)
      : this.reporter.reportLate(PERF_UNKNOWN, e.span);
    d.arg(e.counter).hint(near == "" ? declare : near);
    return 0;
  }
}
