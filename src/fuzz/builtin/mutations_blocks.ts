/** Mutations of whole stretches of an input. Each returns the input's new size, or −1 if it does not apply. */

import type { MutationState } from "./mutation_state.ts";
import { findCyclic } from "./substitution.ts";

/** The most repetitions of a byte, and the most copies of a stretch. */
const MAX_REPEATED = 128;
const MAX_COPIES = 32;

export function eraseBytes({ data, random }: MutationState, size: number): number {
  if (size <= 1) return -1;
  const length = random.below(Math.max(1, size >> 1)) + 1;
  const at = random.below(size - length + 1);
  data.copyWithin(at, at + length, size);
  return size - length;
}

/** Inserts one byte many times; half the time 0 or 0xff. */
export function insertRepeatedBytes({ data, random, limit }: MutationState, size: number): number {
  const room = Math.min(limit - size, MAX_REPEATED);
  if (room < 3) return -1;
  const length = 3 + random.below(room - 2);
  const at = random.below(size + 1);
  data.copyWithin(at + length, at, size);
  const byte = random.oneIn(2) ? random.below(256) : random.oneIn(2) ? 0 : 255;
  data.fill(byte, at, at + length);
  return size + length;
}

/** Copies a stretch of the input to another place, over the bytes there or in between. */
export function copyPart(state: MutationState, size: number): number {
  if (size < 2) return -1;
  const { data, random, limit } = state;
  const length = 1 + random.below(size);
  const from = random.below(size - length + 1);
  if (random.oneIn(2)) {
    data.copyWithin(random.below(size - length + 1), from, from + length);
    return size;
  }
  if (size + length > limit) return -1;
  const at = random.below(size + 1);
  data.copyWithin(at + length, at, size);
  // What came after the insertion point has moved.
  const before = Math.min(Math.max(at - from, 0), length);
  data.copyWithin(at, from, from + before);
  data.copyWithin(at + before, from + before + length, from + 2 * length);
  return size + length;
}

/** Repeats a short stretch in place: this makes nesting deeper and lists longer. */
export function repeatPart({ data, random, limit }: MutationState, size: number): number {
  if (size === 0) return -1;
  const length = 1 + random.below(Math.min(size, 16));
  const room = Math.floor((limit - size) / length);
  if (room < 1) return -1;
  const copies = 1 + random.below(Math.min(room, random.oneIn(4) ? room : MAX_COPIES));
  const from = random.below(size - length + 1);
  const grown = copies * length;
  data.copyWithin(from + length + grown, from + length, size);
  // Twice as much with each call: what is there repeats itself.
  const end = from + length + grown;
  for (let done = length; done < length + grown; done *= 2) {
    data.copyWithin(from + done, from, from + Math.min(done, end - from - done));
  }
  return size + grown;
}

/** Puts a stretch of another input of the corpus into this one. */
export function crossOver(state: MutationState, size: number): number {
  const { other, random, data } = state;
  const most = Math.min(other.length, data.length);
  if (most === 0) return -1;
  if (random.oneIn(4)) return join(state, size, most);
  const length = 1 + random.below(most);
  const from = random.below(other.length - length + 1);
  return random.oneIn(2) ? overwrite(state, size, other, from, length) : insert(state, size, other, from, length);
}

/** Puts the whole other input before or after this one: inputs that consist of records stay meaningful when joined. */
function join({ data, random, limit, other }: MutationState, size: number, length: number): number {
  if (size + length > limit) return -1;
  const at = random.oneIn(2) ? 0 : size;
  data.copyWithin(at + length, at, size);
  data.set(other.subarray(0, length), at);
  return size + length;
}

/** Replaces the rest of the input, from some place on, by the rest of another input of the corpus. */
export function splice({ data, random, limit, other }: MutationState, size: number): number {
  if (size < 2 || other.length < 2) return -1;
  const keep = 1 + random.below(size - 1);
  const from = random.oneIn(2) ? Math.min(keep, other.length - 1) : random.below(other.length);
  const length = Math.min(other.length - from, limit - keep);
  data.set(other.subarray(from, from + length), keep);
  return keep + length;
}

/** Puts a word of the user's dictionary at a random place. */
export function putWord(state: MutationState, size: number): number {
  const { dictionary, random } = state;
  const word = dictionary[random.below(dictionary.length)];
  if (word === undefined) return -1;
  return random.oneIn(2) ? overwrite(state, size, word) : insert(state, size, word);
}

/** Replaces a value that a comparison saw by the one it was compared with; if it is absent, puts that anywhere. */
export function putOperand(state: MutationState, size: number): number {
  const { substitutions, random, data, limit } = state;
  const pair = substitutions[random.below(substitutions.length)];
  if (pair === undefined) return -1;
  const { from, to } = pair;
  const at = findCyclic(data, size, from, random.below(size + 1));
  if (at < 0) return random.oneIn(2) ? overwrite(state, size, to) : insert(state, size, to);
  const grown = size - from.length + to.length;
  if (grown > limit) return -1;
  data.copyWithin(at + to.length, at + from.length, size);
  data.set(to, at);
  return grown;
}

/** Overwrites bytes at a random place. */
function overwrite(
  { data, random }: MutationState,
  size: number,
  bytes: Uint8Array,
  from = 0,
  length: number = bytes.length,
): number {
  if (size < length) return -1;
  const at = random.below(size - length + 1);
  for (let k = 0; k < length; k++) data[at + k] = bytes[from + k] as number;
  return size;
}

/** Inserts bytes at a random place. */
function insert(
  { data, random, limit }: MutationState,
  size: number,
  bytes: Uint8Array,
  from = 0,
  length: number = bytes.length,
): number {
  if (size + length > limit) return -1;
  const at = random.below(size + 1);
  data.copyWithin(at + length, at, size);
  for (let k = 0; k < length; k++) data[at + k] = bytes[from + k] as number;
  return size + length;
}
