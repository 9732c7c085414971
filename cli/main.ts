#!/usr/bin/env -S deno run -A
/** The program: the terminal's command line. */
import { main } from "./app.ts";
import { TerminalHost } from "./host.ts";

Deno.exit(await main(Deno.args, new TerminalHost()));
