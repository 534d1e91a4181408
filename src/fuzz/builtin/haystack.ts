/** An input that values are looked for in. Almost all of them are not there, and that is what has to be quick. */

const ZERO = 48;
const NINE = 57;
const PAIRS = 1 << 16;

export class Haystack {
  readonly data: Uint8Array;
  readonly size: number;
  /** Whether there is a decimal digit. */
  readonly hasDigit: boolean;
  /** 1 for bytes that follow each other, the first one in the upper half of the index. */
  readonly #pairs: Uint8Array | undefined;

  /** An input that is asked for many values. @param pairs scratch memory of {@link createPairs} */
  static index(data: Uint8Array, pairs: Uint8Array): Haystack {
    pairs.fill(0);
    for (let at = 1; at < data.length; at++) pairs[((data[at - 1] as number) << 8) | (data[at] as number)] = 1;
    return new Haystack(data, data.length, pairs);
  }

  static createPairs(): Uint8Array {
    return new Uint8Array(PAIRS);
  }

  /** @param size bytes of `data` that count */
  constructor(data: Uint8Array, size: number, pairs?: Uint8Array) {
    this.data = data;
    this.size = size;
    this.#pairs = pairs;
    this.hasDigit = hasDigit(data, size);
  }

  /** False if these two bytes are nowhere next to each other in this order. */
  mayHold(first: number, second: number): boolean {
    return this.#pairs === undefined || this.#pairs[(first << 8) | second] === 1;
  }
}

function hasDigit(data: Uint8Array, size: number): boolean {
  for (let at = 0; at < size; at++) if ((data[at] as number) >= ZERO && (data[at] as number) <= NINE) return true;
  return false;
}
