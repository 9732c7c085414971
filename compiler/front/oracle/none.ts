/** The oracle of a target of which nothing is known. */
import { CType } from "./ctype.ts";
import { KernelFunction, KernelOracle, Tracepoint } from "./oracle.ts";

export class NoOracle extends KernelOracle {
  available(): bool {
    return false;
  }
  release(): string {
    return "";
  }
  functions(_pattern: string, _module: string): KernelFunction[] {
    return [];
  }
  tracepoints(_system: string, _pattern: string): Tracepoint[] {
    return [];
  }
  typeByName(_name: string, _module: string): CType | null {
    return null;
  }
  enumerator(_name: string): string {
    return "";
  }
  similarFunctions(_name: string): string[] {
    return [];
  }
  similarTracepoints(_name: string): string[] {
    return [];
  }
}
