/** mmap: gives a descriptor its area, and the user a window on it. */

import { EINVAL, ENOMEM } from "../abi/errno.ts";
import { KCOV_MODE_INIT } from "../abi/kcov.ts";
import { PAGE_BYTES, RUN_ADDRESS, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { descriptorOf } from "./fd_table.ts";
import { installArea } from "./ioctl.ts";
import { KcovMapping, type MappedPages } from "./mapping.ts";

/** The WARN_ONCE bit for a page that could not be inserted. */
const WARNED_INSERT_PAGE = 1;

/**
 * mmap(2) of `fd`. Up to v5.17 the first valid call allocates the area; a later one succeeds too, but maps nothing.
 * From v5.18 on every call maps the area that INIT_TRACE allocated, in any mode.
 *
 * @param length in bytes, as passed by the caller: not rounded up to pages
 * @param offset in bytes
 * @throws {KcovError} EBADF; up to v5.17 ENOMEM for `length` bytes, before anything else is checked, and EINVAL mode is
 *   not INIT; EINVAL offset is not 0, or length is not size × 8; from v5.19 on ENOMEM a page could not be inserted
 * @throws {TypeError | RangeError} length or offset is not a whole number ≥ 0
 */
export function mmap(device: Device, fd: number, length: number, offset: number): KcovMapping {
  checkBytes(length, "length");
  checkBytes(offset, "offset");
  const pages = device.call(() => {
    const kcov = descriptorOf(device.arena, fd, "mmap");
    const map = device.rules.initMakesArea ? mapExisting : mapFirst;
    return map(device, kcov, length, offset);
  });
  return new KcovMapping(device, length, pages);
}

/** Up to v5.17: the first valid call allocates the area, a later one maps nothing. */
function mapFirst(device: Device, kcov: Descriptor, length: number, offset: number): MappedPages | undefined {
  // The kernel allocates first, and frees on refusal. Here it is enough to know that allocation would succeed, so that
  // a refused call does not grow the memory.
  if (!device.canAllocateArea("vmalloc_user", length)) throw noMemory(length);
  if (kcov.mode !== KCOV_MODE_INIT)
    throw new KcovError(EINVAL, "the descriptor is not initialised, or enabled", "mmap");
  checkRange(kcov, length, offset);
  if (kcov.area !== 0) return undefined;
  if (!installArea(device, kcov, length)) throw noMemory(length);
  return insertPages(device, kcov, length);
}

/** From v5.18 on: maps the area that INIT_TRACE allocated. */
function mapExisting(device: Device, kcov: Descriptor, length: number, offset: number): MappedPages {
  if (kcov.area === 0) throw new KcovError(EINVAL, "the descriptor is not initialised", "mmap");
  checkRange(kcov, length, offset);
  return insertPages(device, kcov, length);
}

function insertPages(device: Device, kcov: Descriptor, length: number): MappedPages {
  const missing = new Set<number>();
  for (let page = 0; page * PAGE_BYTES < length; page++) {
    if (!device.injected("vm_insert_page")) continue;
    if (device.rules.mmapReportsPages) throw new KcovError(ENOMEM, `page ${page} could not be inserted`, "mmap");
    device.warnOnce(WARNED_INSERT_PAGE, "vm_insert_page() failed");
    missing.add(page);
  }
  const vma = device.vmas.create(kcov.area);
  if (vma === 0) throw noMemory(length);
  return { address: device.arena.load(kcov.area + RUN_ADDRESS), vma, missing };
}

function checkRange(kcov: Descriptor, length: number, offset: number): void {
  if (offset !== 0) throw new KcovError(EINVAL, `offset ${offset} is not 0`, "mmap");
  if (length !== kcov.size * WORD_BYTES) {
    throw new KcovError(EINVAL, `length ${length} is not the ${kcov.size * WORD_BYTES} bytes of the area`, "mmap");
  }
}

function noMemory(length: number): KcovError {
  return new KcovError(ENOMEM, `no memory for an area of ${length} bytes`, "mmap");
}

function checkBytes(value: unknown, name: string): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number of bytes`);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value} is not a number of bytes`);
}
