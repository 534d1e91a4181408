/** The inputs that are worth mutating. */

import { sha1 } from "@noble/hashes/legacy";
import { bytesToHex } from "@noble/hashes/utils";

export interface CorpusEntry {
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-1 of the bytes, in hexadecimal: the name of its file. */
  sha1: string;
  /** Whether it came from outside: then it is never replaced or deleted. */
  readonly isSeed: boolean;
  /** The features that it had when it was added. */
  features: Uint32Array<ArrayBuffer>;
  /** The features that it was the first to have. A shorter input that has them, too, replaces it. */
  readonly unique: Uint32Array<ArrayBuffer>;
  /** How long it runs, roughly, in executed sites: a measure that is the same on every run. */
  work: number;
  /** How often it was chosen to be mutated. */
  chosen: number;
  /** How many inputs that entered the corpus were made from it. */
  gained: number;
  /** Whether it reaches the function whose inputs are mutated in preference to all others. */
  readonly isFocused: boolean;
  /** Whether it has been trimmed. */
  isTrimmed: boolean;
  /** Its comparisons are solved next when it has been chosen this often. */
  solveAt: number;
  /** Whether it passes a comparison that its mutants do not pass unless they are repaired. */
  isGuarded: boolean;
}

export class Corpus {
  readonly entries: CorpusEntry[] = [];
  /** The total size of all inputs. */
  totalBytes = 0;
  /** The size of the longest input. */
  longestBytes = 0;
  readonly #hashes = new Set<string>();

  /** Whether an input with these bytes was ever added. @param hash their SHA-1 */
  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  add(entry: CorpusEntry): void {
    this.entries.push(entry);
    this.#note(entry);
  }

  /** Replaces an entry's bytes by shorter ones. */
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

/** SHA-1 in hexadecimal, by which libFuzzer names files. */
export function sha1Hex(bytes: Uint8Array): string {
  return bytesToHex(sha1(bytes));
}
