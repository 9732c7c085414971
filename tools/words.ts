/** Words of a line by the shell's quoting rules, without expansion of any kind. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word = "", inWord = false, quote = "";
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quote == "'") {
      if (c == "'") quote = "";
      else word += c;
    } else if (quote == '"') {
      if (c == '"') quote = "";
      else if (c == "\\" && '$`"\\\n'.includes(line[i + 1] ?? "")) word += line[++i];
      else word += c;
    } else if (c == "'" || c == '"') {
      quote = c;
      inWord = true;
    } else if (c == "\\" && i + 1 < line.length) {
      word += line[++i];
      inWord = true;
    } else if (/\s/.test(c)) {
      if (inWord) words.push(word);
      word = "";
      inWord = false;
    } else {
      word += c;
      inWord = true;
    }
  }
  if (inWord) words.push(word);
  return words;
}
