/** An input that is searched for values. Almost all are absent, and it is finding that out that must be fast. */

const ZERO = 48;
const NINE = 57;
const PAIRS = 1 << 16;

export class Haystack {
  readonly data: Uint8Array;
  readonly size: number;
  /** Whether the input contains a decimal digit. */
  readonly hasDigit: boolean;
  /** 1 for each pair of adjacent bytes, with the first one in the upper half of the index. */
  readonly #pairs: Uint8Array | undefined;

  /** Indexes an input that will be searched for many values. @param pairs scratch memory from {@link createPairs} */
  static index(data: Uint8Array, pairs: Uint8Array): Haystack {
    pairs.fill(0);
    for (let at = 1; at < data.length; at++) pairs[((data[at - 1] as number) << 8) | (data[at] as number)] = 1;
    return new Haystack(data, data.length, pairs);
  }

  static createPairs(): Uint8Array {
    return new Uint8Array(PAIRS);
  }

  /** @param size length of the input, at the beginning of `data`, in bytes */
  constructor(data: Uint8Array, size: number, pairs?: Uint8Array) {
    this.data = data;
    this.size = size;
    this.#pairs = pairs;
    this.hasDigit = hasDigit(data, size);
  }

  /** False if these two bytes are adjacent nowhere, in this order. */
  mayHold(first: number, second: number): boolean {
    return this.#pairs === undefined || this.#pairs[(first << 8) | second] === 1;
  }
}

function hasDigit(data: Uint8Array, size: number): boolean {
  for (let at = 0; at < size; at++) if ((data[at] as number) >= ZERO && (data[at] as number) <= NINE) return true;
  return false;
}
