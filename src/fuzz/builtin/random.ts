/** Random numbers that are determined by a seed and the same on every machine: xoshiro128**. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed only the low 32 bits count */
  constructor(seed: number) {
    // Four words of splitmix32, so that similar seeds give unrelated streams.
    let state = seed >>> 0;
    const word = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = word();
    this.#b = word();
    this.#c = word();
    this.#d = word() | 1;
  }

  /** 32 random bits, unsigned. */
  next(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** An integer from 0 to n − 1. @param n 1 to 2^32 */
  below(n: number): number {
    return Math.floor(this.next() * n * 2 ** -32);
  }

  /** A number from 0 to 1, 1 excluded, in steps of 2^−32. */
  fraction(): number {
    return this.next() * 2 ** -32;
  }

  /** True once in n times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}
