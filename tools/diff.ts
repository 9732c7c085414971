/** A line diff for test failures: common lines with " ", missing ones with "-", new ones with "+". */

/** Lines of the difference between two texts, with a little of what is equal around it. */
export function diffLines(expected: string, actual: string, context = 3): string[] {
  const a = split(expected), b = split(actual);
  let start = 0;
  while (start < a.length && start < b.length && a[start] == b[start]) start++;
  let endA = a.length, endB = b.length;
  while (endA > start && endB > start && a[endA - 1] == b[endB - 1]) {
    endA--;
    endB--;
  }
  const lines: string[] = [];
  for (const line of a.slice(Math.max(0, start - context), start)) lines.push(" " + line);
  const middleA = a.slice(start, endA), middleB = b.slice(start, endB);
  if (middleA.length * middleB.length > 4_000_000) {
    for (const line of middleA) lines.push("-" + line);
    for (const line of middleB) lines.push("+" + line);
  } else lines.push(...changed(middleA, middleB));
  for (const line of a.slice(endA, endA + context)) lines.push(" " + line);
  return lines;
}

/** A last line without its newline is marked, so that the byte shows. */
function split(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop()!;
  if (last != "") lines.push(last + "\\ no newline");
  return lines;
}

function changed(a: string[], b: string[]): string[] {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] == b[j]
        ? longest[(i + 1) * width + j + 1] + 1
        : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const lines: string[] = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] == b[j]) {
      lines.push(" " + a[i++]);
      j++;
    } else if (
      j >= b.length ||
      i < a.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1]
    ) lines.push("-" + a[i++]);
    else lines.push("+" + b[j++]);
  }
  return lines;
}
