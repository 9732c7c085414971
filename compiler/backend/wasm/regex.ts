/** Placeholder seam between the host and the pattern compiler. */
/** Gives the text of each group (0: the whole match), or null. */
export type Matcher = (text: string) => string[] | null;
export function compileMatcher(pattern: string, _captures: boolean): Matcher {
  const re = new RegExp(pattern, "s");
  return (text) => {
    const found = re.exec(text);
    return found ? found.map((group) => group ?? "") : null;
  };
}
