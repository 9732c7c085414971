/** What the benchmarks share: processor time of a command and its children, plain tables. */

/** Seconds of user and system time that a command and all its children took. */
export async function cpuSeconds(
  command: string[],
  options: { cwd?: string; env?: Record<string, string>; times?: number } = {},
): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < (options.times ?? 1); round++) {
    const output = await new Deno.Command("/usr/bin/env", {
      args: ["bash", "-c", 'TIMEFORMAT="%U %S"; time "$@" >&2', "measure", ...command],
      cwd: options.cwd,
      env: options.env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(output.stderr);
    const last = text.trimEnd().split("\n").at(-1)!.split(" ").map(Number);
    if (!output.success) throw new Error(`${command.join(" ")} failed:\n${text}`);
    best = Math.min(best, last[0] + last[1]);
  }
  return best;
}

/** Standard output of a command; throws with its standard error if it fails. */
export async function run(command: string[], cwd?: string): Promise<string> {
  const output = await new Deno.Command(command[0], {
    args: command.slice(1),
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!output.success) {
    throw new Error(
      `${command.join(" ")} failed:\n${decode(output.stdout)}${decode(output.stderr)}`,
    );
  }
  return decode(output.stdout);
}

/** Prints rows under a heading, columns padded to their widest cell. */
export function table(title: string, head: string[], rows: string[][]): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i].length)));
  const line = (row: string[]) =>
    row.map((cell, i) => i == 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ");
  console.log(`\n${title}\n${line(head)}`);
  for (const row of rows) console.log(line(row));
}
