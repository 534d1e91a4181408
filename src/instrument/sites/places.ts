/** Places that may turn out to be the same: disjoint sets of integers that are joined. */

export class Places {
  private readonly parents: Int32Array;

  /** @param count number of places, all different so far */
  constructor(count: number) {
    this.parents = new Int32Array(count);
    for (let place = 0; place < count; place++) this.parents[place] = place;
  }

  /** The representative of a place's set. */
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
