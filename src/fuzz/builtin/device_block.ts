/** Memory of the device for an engine's own tables, beside the counters, where AssemblyScript reaches both. */

import { KCOV_INIT_TRACE, KCOV_MIN_SIZE } from "../../abi/kcov.ts";
import { WORD_BYTES } from "../../abi/layout.ts";
import type { KcovMapping } from "../../kcov/mapping.ts";
import type { Kcov } from "../../runtime/kcov.ts";

/**
 * Allocates zeroed memory in the device: a mapped area that is never enabled. Its mapping keeps it, so no fd does.
 *
 * @throws {KcovError} ENOMEM
 */
export function allocateBlock(kcov: Kcov, bytes: number): KcovMapping {
  const words = Math.max(KCOV_MIN_SIZE, Math.ceil(bytes / WORD_BYTES));
  const fd = kcov.open();
  try {
    kcov.ioctl(fd, KCOV_INIT_TRACE, words);
    return kcov.mmap(fd, words * WORD_BYTES);
  } finally {
    kcov.close(fd);
  }
}
