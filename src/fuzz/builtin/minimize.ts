/** Makes a crashing input shorter, or plainer. */

/** @returns whether the input still shows the same failure */
export type ShowsFailure = (input: Uint8Array<ArrayBuffer>) => Promise<boolean>;

/** Controls a minimisation, which stops when there is nothing more to try, or when told to. */
export interface MinimizeLimits {
  /** Whether to go on; asked before each check. */
  goOn(): boolean;
  /** Called with each result that is better than all before. */
  onBetter(input: Uint8Array<ArrayBuffer>): void;
}

/**
 * Removes stretches, from halves down to single bytes, as long as that succeeds.
 *
 * @returns the shortest input found; `input` itself if there is no shorter one
 */
export async function minimize(
  input: Uint8Array<ArrayBuffer>,
  check: ShowsFailure,
  { goOn, onBetter }: MinimizeLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  let best = input;
  let length = Math.max(1, best.length >> 1);
  while (best.length > 1) {
    const before = best.length;
    for (let at = 0; at < best.length && best.length > 1; ) {
      if (!goOn()) return best;
      const shorter = without(best, at, length);
      if (shorter.length > 0 && (await check(shorter))) {
        best = shorter;
        onBetter(best);
      } else at += length;
    }
    if (length > 1) length >>= 1;
    else if (best.length === before) break;
  }
  return best;
}

/** Passes over the input: replacing a later byte may make an earlier one irrelevant. */
const CLEANSE_PASSES = 5;
const PLAIN_BYTES = [0x20, 0xff];

/** Replaces bytes that do not matter by spaces or 0xff, so that those that do stand out. */
export async function cleanse(
  input: Uint8Array<ArrayBuffer>,
  check: ShowsFailure,
  { goOn, onBetter }: MinimizeLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const best = input.slice();
  for (let pass = 0; pass < CLEANSE_PASSES; pass++) {
    let changed = false;
    for (let at = 0; at < best.length; at++) {
      const byte = best[at] as number;
      if (PLAIN_BYTES.includes(byte)) continue;
      for (const plain of PLAIN_BYTES) {
        if (!goOn()) return best;
        best[at] = plain;
        if (await check(best.slice())) {
          changed = true;
          onBetter(best.slice());
          break;
        }
        best[at] = byte;
      }
    }
    if (!changed) break;
  }
  return best;
}

function without(input: Uint8Array<ArrayBuffer>, at: number, length: number): Uint8Array<ArrayBuffer> {
  const end = Math.min(at + length, input.length);
  const shorter = new Uint8Array(input.length - (end - at));
  shorter.set(input.subarray(0, at));
  shorter.set(input.subarray(end), at);
  return shorter;
}
