/** Device memory for something that belongs to this thread: an instance of a module, a table, scratch space. */

import { ENOMEM } from "../abi/errno.ts";
import { RUN_ADDRESS } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "../kcov/device.ts";
import { allocateClearedRun, allocateRun, unpinRun } from "../memory/page_allocator.ts";
import { reserveCells } from "../memory/slab.ts";

/** A range of device memory that the thread holds by a vma: whoever reaps the thread releases it. */
export interface Region {
  /** Byte address, a multiple of 4096. */
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Number of the vma. */
  readonly vma: number;
  /** Releases it. A second call has no effect. */
  release(): void;
}

/**
 * Allocates `length` zeroed bytes.
 *
 * @param what describes the purpose in messages
 * @param caller the function that the module called, for messages
 * @throws {KcovError} ENOMEM
 */
export function allocateRegion(device: Device, length: number, what: string, caller: string): Region {
  return take(device, allocateClearedRun, length, what, caller);
}

/** The same, but the bytes are not zeroed. @throws {KcovError} ENOMEM */
export function allocateScratch(device: Device, length: number, what: string, caller: string): Region {
  return take(device, allocateRun, length, what, caller);
}

function take(device: Device, allocate: typeof allocateRun, length: number, what: string, caller: string): Region {
  const { arena, vmas } = device;
  const { address, vma } = device.call(() => {
    const run = reserveCells(arena) ? allocate(arena, Math.max(length, 1)) : 0;
    const created = run === 0 ? 0 : vmas.create(run);
    if (created === 0) throw new KcovError(ENOMEM, `no memory for ${length} ${what}`, caller);
    unpinRun(arena, run);
    return { address: arena.load(run + RUN_ADDRESS), vma: created };
  });
  // By its number, which is never reused: the thread may have been reaped, or have left, meanwhile.
  const release = (): void => device.call(() => vmas.remove(vma));
  return { address, bytes: arena.bytes(address, length), vma, release };
}
