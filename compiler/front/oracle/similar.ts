/** Names near a misspelt one, for hints. */

/**
 * Edit distance (insert, delete, replace, swap of neighbours), or `limit` + 1 as soon as it is
 * known to be larger than `limit`.
 */
export function distance(a: string, b: string, limit: i32): i32 {
  const gap: i32 = a.length - b.length;
  if (gap > limit || -gap > limit) return limit + 1;
  let before: i32[] = [];
  let above: i32[] = [];
  for (let j: i32 = 0; j <= b.length; j++) {
    before.push(0);
    above.push(j);
  }
  for (let i: i32 = 1; i <= a.length; i++) {
    const row: i32[] = [];
    row.push(i);
    let least: i32 = i;
    const ca: i32 = a.charCodeAt(i - 1);
    for (let j: i32 = 1; j <= b.length; j++) {
      const cb: i32 = b.charCodeAt(j - 1);
      let best: i32 = above[j - 1] + (ca == cb ? 0 : 1);
      if (above[j] + 1 < best) best = above[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      if (
        i > 1 && j > 1 && ca == b.charCodeAt(j - 2) && cb == a.charCodeAt(i - 2) &&
        before[j - 2] + 1 < best
      ) best = before[j - 2] + 1;
      row.push(best);
      if (best < least) least = best;
    }
    if (least > limit) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length] > limit ? limit + 1 : above[b.length];
}

/** Keeps the few best of the names offered to it. */
export class Nearest {
  private names: string[] = [];
  private distances: i32[] = [];
  private limit: i32;

  constructor(private wanted: string, private most: i32) {
    this.limit = wanted.length < 4 ? 1 : (wanted.length < 10 ? 2 : 3);
  }

  /** Could a name of this length be near enough? */
  worthOffering(length: i32): bool {
    const gap: i32 = length - this.wanted.length;
    return gap <= this.limit && -gap <= this.limit;
  }

  offer(name: string): void {
    const far: i32 = distance(this.wanted, name, this.limit);
    if (far > this.limit || far == 0) return;
    let at: i32 = this.names.length;
    for (let i: i32 = 0; i < this.names.length; i++) {
      if (this.names[i] == name) return;
    }
    while (
      at > 0 &&
      (this.distances[at - 1] > far || (this.distances[at - 1] == far && this.names[at - 1] > name))
    ) at--;
    if (at >= this.most) return;
    this.names.push("");
    this.distances.push(0);
    for (let i: i32 = this.names.length - 1; i > at; i--) {
      this.names[i] = this.names[i - 1];
      this.distances[i] = this.distances[i - 1];
    }
    this.names[at] = name;
    this.distances[at] = far;
    if (this.names.length > this.most) {
      this.names.pop();
      this.distances.pop();
    }
  }

  /** Best first. */
  best(): string[] {
    return this.names;
  }
}
