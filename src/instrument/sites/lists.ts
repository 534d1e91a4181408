/**
 * Lists that are used for one function after the other and keep their room. A list an object and a function would be
 * copied by the garbage collector over and over in the largest functions, and V8 takes memory by how much it copies.
 */

/** What may be read of a list. */
export interface List<Item> {
  readonly length: number;
  /** @returns undefined for an index that it does not have */
  at(index: number): Item | undefined;
}

/** Integers of 32 bits. */
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

  /** @param index one that it has */
  get(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  /** Takes the last one away. */
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

/** A list of objects that are used again. One that is taken is as it was left: every field that is read must be set first. */
export class Pool<Item> implements List<Item> {
  private readonly items: Item[] = [];
  private readonly make: () => Item;
  length = 0;

  constructor(make: () => Item) {
    this.make = make;
  }

  /** Adds one to the list. */
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
