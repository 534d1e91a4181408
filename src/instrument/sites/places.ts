/** Places that turn out to be one: sets of integers that are joined. */

export class Places {
  private readonly parents: Int32Array;

  /** @param count of places, each another so far */
  constructor(count: number) {
    this.parents = new Int32Array(count);
    for (let place = 0; place < count; place++) this.parents[place] = place;
  }

  /** The one that stands for all that are the same as a place. */
  find(place: number): number {
    const { parents } = this;
    let root = place;
    while (parents[root] !== root) root = parents[root] as number;
    for (let at = place; at !== root; ) {
      const next = parents[at] as number;
      parents[at] = root;
      at = next;
    }
    return root;
  }

  join(one: number, other: number): void {
    this.parents[this.find(one)] = this.find(other);
  }
}
