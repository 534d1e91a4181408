/**
 * Lists that are reused for one function after the other and keep their capacity. New lists of objects for every
 * function would be copied by the garbage collector over and over in the largest functions, and V8 takes memory in
 * proportion.
 */

/** The reading interface of a list. */
export interface List<Item> {
  readonly length: number;
  /** @returns undefined for an index that is out of range */
  at(index: number): Item | undefined;
}

/** A list of 32-bit integers. */
export class Numbers implements List<number> {
  private items = new Int32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.items.length) {
      const { items } = this;
      this.items = new Int32Array(2 * items.length);
      this.items.set(items);
    }
    this.items[this.length++] = value;
  }

  at(index: number): number | undefined {
    return index < this.length ? this.items[index] : undefined;
  }

  /** @param index one that is in range */
  get(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** Removes the last one. */
  pop(): number | undefined {
    return this.length === 0 ? undefined : this.items[--this.length];
  }

  get last(): number | undefined {
    return this.at(this.length - 1);
  }

  clear(): void {
    this.length = 0;
  }
}

/** A list of objects that are reused. A taken object is as it was left: every field must be set before it is read. */
export class Pool<Item> implements List<Item> {
  private readonly items: Item[] = [];
  private readonly make: () => Item;
  length = 0;

  constructor(make: () => Item) {
    this.make = make;
  }

  /** Appends an object to the list. */
  take(): Item {
    const known = this.items[this.length++];
    if (known !== undefined) return known;
    const made = this.make();
    this.items.push(made);
    return made;
  }

  at(index: number): Item | undefined {
    return index < this.length ? this.items[index] : undefined;
  }

  get last(): Item | undefined {
    return this.at(this.length - 1);
  }

  clear(): void {
    this.length = 0;
  }
}
