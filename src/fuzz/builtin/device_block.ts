/** Device memory for an engine's own tables: next to the counters, so that AssemblyScript can access both. */

import { KCOV_INIT_TRACE, KCOV_MIN_SIZE } from "../../abi/kcov.ts";
import { WORD_BYTES } from "../../abi/layout.ts";
import type { KcovMapping } from "../../kcov/mapping.ts";
import type { Kcov } from "../../runtime/kcov.ts";

/**
 * Allocates zeroed memory in the device: a mapped area that is never enabled. The mapping keeps it alive, so the fd is
 * closed.
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
