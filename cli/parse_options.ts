/** What the parser must know of a command line. */
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import type { Kernel } from "../loader/kernels.ts";
import { byteString } from "./bytes.ts";
import type { Settings } from "./options.ts";

/** Everything but the kernel's configuration, which costs a file of its own. */
export function parseOptionsOf(settings: Settings, kernel: Kernel): ParseOptions {
  const options = new ParseOptions();
  options.args = settings.args.map((word) => byteString(new TextEncoder().encode(word)));
  options.kernelRelease = kernel.release;
  options.guru = settings.guru;
  if (settings.privilege != "") options.privilege = settings.privilege;
  options.unoptimized = settings.unoptimized;
  options.displayGlobals = settings.displayGlobals;
  options.skipBadVariables = settings.skipBadVariables;
  if (settings.compatible != "") options.systemtapVersion = settings.compatible;
  return options;
}
