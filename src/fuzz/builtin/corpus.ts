/** The inputs that are worth mutating. */

import { sha1 } from "@noble/hashes/legacy";
import { bytesToHex } from "@noble/hashes/utils";

export interface CorpusEntry {
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-1 of the bytes, in hexadecimal: the name of its file. */
  sha1: string;
  /** It came from outside: it is never replaced or deleted. */
  readonly isSeed: boolean;
  /** Everything that it reached when it was added. */
  features: Uint32Array<ArrayBuffer>;
  /** What it was the first to reach. A shorter input that reaches this too takes its place. */
  readonly unique: Uint32Array<ArrayBuffer>;
  /** How long it runs, in executed sites, roughly: a clock that is the same on every run. */
  work: number;
  /** How often it was chosen to be mutated. */
  chosen: number;
  /** How many inputs were made from it and entered the corpus. */
  gained: number;
  /** It reaches the function whose inputs are mutated before all others. */
  readonly isFocused: boolean;
  /** What it can do without has been taken out of it. */
  isTrimmed: boolean;
  /** How often it must have been chosen for its comparisons to be tried, the next time. */
  solveAt: number;
  /** They have been tried. */
  isSolved: boolean;
  /** It passes a comparison that its mutants do not pass unless they are repaired. */
  isGuarded: boolean;
}

export class Corpus {
  readonly entries: CorpusEntry[] = [];
  /** The sum of the sizes of all inputs. */
  totalBytes = 0;
  /** The size of the longest input. */
  longestBytes = 0;
  readonly #hashes = new Set<string>();

  /** Whether exactly these bytes were ever added. @param hash their SHA-1 */
  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(entry: CorpusEntry): void {
    this.entries.push(entry);
    this.#note(entry);
  }

  /** Puts shorter bytes in place of an entry's. */
  replace(entry: CorpusEntry, bytes: Uint8Array<ArrayBuffer>, hash: string): void {
    this.totalBytes -= entry.bytes.length;
    entry.bytes = bytes;
    entry.sha1 = hash;
    this.#note(entry);
  }

  #note({ bytes, sha1 }: CorpusEntry): void {
    this.totalBytes += bytes.length;
    this.longestBytes = Math.max(this.longestBytes, bytes.length);
    this.#hashes.add(sha1);
  }
}

/** SHA-1 in hexadecimal, which libFuzzer names files by. */
export function sha1Hex(bytes: Uint8Array): string {
  return bytesToHex(sha1(bytes));
}
