/** Seeded random numbers: the same inputs on every machine. */

/** Xorshift of 32 bits. */
export class Random {
  #state: number;

  /** @param seed any integer but 0 */
  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to below `limit`. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** A word of two to four syllables. */
  word(): string {
    return Array.from({ length: 2 + this.below(3) }, () => this.pick(SYLLABLES)).join("");
  }

  /** Words that are common more often than others, as in languages. */
  sentence(words: readonly string[]): string {
    const length = 4 + this.below(12);
    const picked = Array.from({ length }, () => words[Math.min(this.below(words.length), this.below(words.length))]);
    const text = picked.join(" ");
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}${this.pick([".", ".", ".", "?", "!"])}`;
  }
}

// biome-ignore format: a list
const SYLLABLES = [
  "ba", "den", "fi", "gor", "hal", "in", "ka", "lo", "mer", "no", "or", "pe", "qui", "ra", "sel", "ti", "u", "ver", "wo", "zu",
];
