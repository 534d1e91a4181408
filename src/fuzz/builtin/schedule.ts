/**
 * Chooses the input to mutate next: at random, with a preference for inputs with rare features.
 *
 *     weight = (Σ 1 / (1 + hits of the feature) + n / (1 + times chosen / 16))  ×  average work / work
 *               over its features                n comparisons it came closest in   at least 1/64, at most 4
 *
 * `hits` are counted over a share of all executions. So an input that alone reaches something is mutated until its own
 * mutants have made that common; then others get their turn.
 */

import type { Corpus, CorpusEntry } from "./corpus.ts";
import { type Features, isValueProfile } from "./features.ts";
import type { Random } from "./random.ts";

/** The fewest choices after which weights are recomputed; they may be outdated by that many. */
const REFRESH = 512;

/** How much more often inputs that reach the focus function are chosen. */
const FOCUS = 1000;

export class Schedule {
  readonly #corpus: Corpus;
  readonly #features: Features;
  /** If false, newer inputs are chosen more often, whatever they reach. */
  readonly #entropic: boolean;
  /** Sum of the weights of the entries up to and including index k. */
  #sums = new Float64Array(64);
  #length = 0;
  #choices = 0;
  #averageWork = 1;

  constructor(corpus: Corpus, features: Features, entropic: boolean) {
    this.#corpus = corpus;
    this.#features = features;
    this.#entropic = entropic;
  }

  /** @returns an entry of the corpus, which is not empty */
  choose(random: Random): CorpusEntry {
    const { entries } = this.#corpus;
    if (this.#choices++ % Math.max(REFRESH, entries.length) === 0) this.#refresh();
    while (this.#length < entries.length) this.#append(entries[this.#length] as CorpusEntry);
    const goal = random.fraction() * (this.#sums[this.#length - 1] as number);
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] as number) > goal) high = middle;
      else low = middle + 1;
    }
    const entry = entries[low] as CorpusEntry;
    entry.chosen++;
    return entry;
  }

  #refresh(): void {
    this.#length = 0;
    const { entries } = this.#corpus;
    this.#averageWork = entries.reduce((sum, { work }) => sum + work, 0) / entries.length;
  }

  #append(entry: CorpusEntry): void {
    if (this.#length === this.#sums.length) {
      const grown = new Float64Array(2 * this.#length);
      grown.set(this.#sums);
      this.#sums = grown;
    }
    const before = this.#length === 0 ? 0 : (this.#sums[this.#length - 1] as number);
    this.#sums[this.#length] = before + this.#weight(entry) * (entry.isFocused ? FOCUS : 1);
    this.#length++;
  }

  #weight(entry: CorpusEntry): number {
    if (!this.#entropic) return this.#length + 1;
    const pace = Math.min(4, Math.max(1 / 64, this.#averageWork / Math.max(1, entry.work)));
    const closest = entry.unique.reduce((count, feature) => count + Number(isValueProfile(feature)), 0);
    return (1e-6 + this.#features.rarity(entry.features) + closest / (1 + entry.chosen / 16)) * pace;
  }
}
