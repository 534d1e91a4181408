/** A value that a comparison saw, to look for in an input, and the one it was compared with, to replace it by. */
export interface Substitution {
  /** The bytes to look for. Not empty. */
  readonly from: Uint8Array;
  /** The bytes to put in their place. */
  readonly to: Uint8Array;
}

/** The first position of `pattern` in the first `size` bytes of `data`, cyclically from `start` on; −1 if absent. */
export function findCyclic(data: Uint8Array, size: number, pattern: Uint8Array, start: number): number {
  const last = size - pattern.length;
  if (last < 0) return -1;
  const first = pattern[0] as number;
  const from = start > last ? 0 : start;
  for (let at = from; at <= last; at++) if (data[at] === first && isAt(data, at, pattern)) return at;
  for (let at = 0; at < from; at++) if (data[at] === first && isAt(data, at, pattern)) return at;
  return -1;
}

function isAt(data: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let k = 1; k < pattern.length; k++) if (data[at + k] !== pattern[k]) return false;
  return true;
}
