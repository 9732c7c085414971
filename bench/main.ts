/** `deno task bench`: every benchmark, one after the other. Figures only, nothing is asserted. */
const FOLDER = new URL(".", import.meta.url).pathname;

for (
  const name of [
    "front",
    "start_cost",
    "sandbox",
    "hit_cost",
    "begin_cost",
    "match_cost",
    "output",
    "arming",
  ]
) {
  const status = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${FOLDER}${name}.ts`, ...Deno.args],
  }).spawn().status;
  if (!status.success) Deno.exit(1);
}
