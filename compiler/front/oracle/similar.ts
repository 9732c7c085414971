/** The few names nearest to a misspelt one, out of more names than one wants to collect. */
import { editDistance } from "../source/similar.ts";

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
    const far: i32 = editDistance(this.wanted, name, this.limit);
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
