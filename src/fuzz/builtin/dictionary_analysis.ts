/** `-analyze_dict`: finds out which words of a dictionary make any difference to a target. */

import type { Random } from "./random.ts";
import { findCyclic } from "./substitution.ts";

/** Runs an input. @returns whether it has a feature that none had before, and a text that identifies its features */
export type Probe = (input: Uint8Array<ArrayBuffer>) => Promise<{ foundNew: boolean; features: string }>;

/** How many places in an input a word is tried at, and in how many inputs. */
const PLACES = 8;
const INPUTS = 32;

/**
 * Finds useless words. A word is useful if an input that contains it reaches something else when the word is damaged,
 * or if an input into which it is put reaches something new.
 *
 * @returns the words that are not useful
 */
export async function uselessWords(
  words: readonly Uint8Array[],
  inputs: readonly Uint8Array[],
  probe: Probe,
  random: Random,
): Promise<Uint8Array[]> {
  const useless: Uint8Array[] = [];
  for (const word of words) if (!(await isUseful(word, inputs, probe, random))) useless.push(word);
  return useless;
}

async function isUseful(
  word: Uint8Array,
  inputs: readonly Uint8Array[],
  probe: Probe,
  random: Random,
): Promise<boolean> {
  for (const input of inputs.slice(0, INPUTS)) {
    const at = findCyclic(input, input.length, word, 0);
    if (at >= 0) {
      const before = await probe(new Uint8Array(input));
      const damaged = new Uint8Array(input);
      const byte = at + random.below(word.length);
      damaged[byte] = (damaged[byte] as number) ^ 0xff;
      if ((await probe(damaged)).features !== before.features) return true;
    }
    for (let k = 0; k < PLACES; k++) {
      const place = random.below(input.length + 1);
      const given = new Uint8Array(input.length + word.length);
      given.set(input.subarray(0, place));
      given.set(word, place);
      given.set(input.subarray(place), place + word.length);
      if ((await probe(given)).foundNew) return true;
    }
  }
  return false;
}

/** Formats a word as in a dictionary. */
export function formatWord(word: Uint8Array): string {
  const text = Array.from(word, (byte) => {
    const char = String.fromCharCode(byte);
    if (char === "\\" || char === '"') return `\\${char}`;
    return byte >= 32 && byte < 127 ? char : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `"${text.join("")}"`;
}
