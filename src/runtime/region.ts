/** Memory of the device that belongs to an instance of a module. */

import { ENOMEM } from "../abi/errno.ts";
import { RUN_ADDRESS } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "../kcov/device.ts";
import { allocateClearedRun, allocateRun, unpinRun } from "../memory/page_allocator.ts";
import { reserveCells } from "../memory/slab.ts";

export interface Region {
  /** Byte address, a multiple of 4096. */
  readonly address: number;
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** Gives it back; once is enough. */
  release(): void;
}

/**
 * Allocates `length` zeroed bytes.
 *
 * @param what for, in words; `caller` the function that the module called
 * @throws {KcovError} ENOMEM
 */
export function allocateRegion(device: Device, length: number, what: string, caller: string): Region {
  return take(device, allocateClearedRun, length, what, caller);
}

/** The same, but the bytes are whatever they are. @throws {KcovError} ENOMEM */
export function allocateScratch(device: Device, length: number, what: string, caller: string): Region {
  return take(device, allocateRun, length, what, caller);
}

function take(device: Device, allocate: typeof allocateRun, length: number, what: string, caller: string): Region {
  const { arena } = device;
  const run = device.call(() => {
    const made = reserveCells(arena) ? allocate(arena, Math.max(length, 1)) : 0;
    if (made === 0) throw new KcovError(ENOMEM, `no memory for ${length} ${what}`, caller);
    return made;
  });
  const address = arena.load(run + RUN_ADDRESS);
  let live = true;
  const release = (): void => {
    if (!live) return;
    live = false;
    device.call(() => unpinRun(arena, run));
  };
  return { address, bytes: arena.bytes(address, length), release };
}
