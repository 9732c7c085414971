/**
 * The part of AssemblyScript's programmatic interface that the build uses. The package's own
 * declarations bring global number types that clash with those of the portable subset.
 */
declare const asc: {
  main(words: string[], host: {
    readFile(name: string, base: string): string | null;
    writeFile(name: string, contents: string | Uint8Array, base: string): void;
    listFiles(folder: string, base: string): string[];
  }): Promise<{ error: Error | null; stderr: { toString(): string } }>;
};
export default asc;
