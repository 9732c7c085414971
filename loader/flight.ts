/**
 * Flight recorders: modules that run without a reader. What a later reader must know about one, the
 * names of its probe points, is kept in a file until the module is gone.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { LoadError } from "./module_load.ts";

const FOLDER = "/run/tapir";
const place = (name: string) => `${FOLDER}/${name}.json`;

function isFlight(name: string): boolean {
  try {
    return readFileSync(`/sys/module/${name}/parameters/flight`, "utf8").trim() == "Y";
  } catch {
    return false;
  }
}

/** Names of the flight recorders that run now. */
export function flights(): string[] {
  try {
    return readdirSync("/sys/module").filter(isFlight).sort();
  } catch {
    return [];
  }
}

/** Throws a LoadError that names those which run, if this one does not. */
export function checkFlight(name: string): void {
  if (isFlight(name)) return;
  const others = flights();
  throw new LoadError(
    `no flight recorder ${name} runs` +
      (others.length > 0 ? `; there are: ${others.join(", ")}` : " (start one with -F)"),
  );
}

export function rememberFlight(name: string, points: string[]): void {
  mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  writeFileSync(place(name), JSON.stringify({ points }));
}

export function flightPoints(name: string): string[] {
  try {
    return JSON.parse(readFileSync(place(name), "utf8")).points;
  } catch {
    return [];
  }
}

export function forgetFlight(name: string): void {
  rmSync(place(name), { force: true });
}
