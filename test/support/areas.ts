/** What most tests begin with: descriptors with an area. */

import { KCOV_INIT_TRACE, type Kcov, KcovError, type KcovMapping } from "../../src/index.ts";

export interface Ready {
  fd: number;
  mapping: KcovMapping;
  words: BigUint64Array<ArrayBufferLike>;
}

/** open, INIT_TRACE, mmap. */
export function ready(kcov: Kcov, size: number): Ready {
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, size);
  const mapping = kcov.mmap(fd, size * 8);
  return { fd, mapping, words: mapping.words };
}

/** Name of the errno that `call` fails with; "ok" if it does not fail. */
export function errnoOf(call: () => unknown): string {
  try {
    call();
    return "ok";
  } catch (error) {
    if (error instanceof KcovError) return error.code;
    throw error;
  }
}
