/** Globals that nothing reads, printed when the session ends. */
import { Aggregate } from "./aggregate.ts";
import type { Host } from "./host.ts";
import { orderBy, type Scalar, type Value } from "./map.ts";

/** `name=value` lines, arrays by descending value. */
export function display(host: Host): string {
  let text = "";
  host.program.globals.forEach((global, index) => {
    if (!global.autoDisplay) return;
    const map = host.getMap(index);
    if (!map) {
      text += `${global.name}${valueText(host.getAggregate(index) ?? host.getGlobal(index))}\n`;
      return;
    }
    for (const entry of map.list().sort(orderBy(0, true, 0))) {
      text += `${global.name}[${entry.keys.map(scalarText).join(",")}]${valueText(entry.value)}\n`;
    }
  });
  return text;
}

function valueText(value: Value): string {
  if (!(value instanceof Aggregate)) return `=${scalarText(value)}`;
  if (value.count === 0n) return " @count=0x0";
  return ` @count=${value.count} @min=${value.min} @max=${value.max} @sum=${value.sum} ` +
    `@avg=${value.avg}`;
}

function scalarText(value: Scalar): string {
  return typeof value === "string" ? `"${value}"` : `${value}`;
}
