/** An operating system's error without Deno's decoration: "No space left on device". */
export function plainReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/s, "").replace(/: (open|writefile|stat).*$/s, "");
}
