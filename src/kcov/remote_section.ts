/**
 * Remote sections: code that one task runs on behalf of another, which has registered the section's handle.
 *
 * DIVERGES: the kernel orders a descriptor's lock before the lock of the handles, so that a long move delays only its
 * own descriptor. Here one lock stands for both, since a killed thread's half-done work can then be undone as a whole.
 */

import { RUN_ADDRESS, WORD_BYTES } from "../abi/layout.ts";
import { allocateRun } from "../memory/page_allocator.ts";
import { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { moveArea } from "./move_area.ts";
import { createRemoteArea, putFreeArea, remoteAreaAddress, takeFreeArea } from "./remote_area.ts";
import { checkHandle, findRemote, type ValidHandles } from "./remote_handle.ts";

const ANY: ValidHandles = { common: true, uncommon: true, zero: true };

/**
 * kcov_remote_start: begins a section of `handle` in the current task. A malformed handle, interrupt context, and a
 * task that has a kcov already warn and do nothing. An unknown handle, and memory exhausted, do nothing.
 *
 * @returns whether a section began
 * @throws {TypeError | RangeError} handle is not a u64
 */
export function remoteStart(device: Device, handle: bigint): boolean {
  if (typeof handle !== "bigint") throw new TypeError("a handle must be a bigint");
  if (handle !== BigInt.asUintN(64, handle)) throw new RangeError(`handle ${handle} is not a u64`);
  return device.call(() => {
    if (!checkHandle(handle, ANY)) return warned(device, `remoteStart: 0x${handle.toString(16)} is not a handle`);
    if (!device.inTask) return warned(device, "remoteStart in interrupt context");
    const task = device.current();
    if (task.kcov !== undefined) return warned(device, `remoteStart: task ${task.id} has a kcov already`);
    const address = findRemote(device.arena, handle);
    if (address === 0) return false;
    const kcov = new Descriptor(device.arena, address);
    const { mode, sequence, remoteSize } = kcov;
    const section = takeFreeArea(device.arena, remoteSize) || newSectionArea(device, remoteSize);
    if (section === 0) return false;
    kcov.get();
    const area = remoteAreaAddress(device.arena, section);
    // Nobody else sees this word before the section is complete, so it needs no undoing.
    device.arena.publish64(area, 0n);
    task.start(kcov, { mode, size: remoteSize, area, sequence });
    task.remoteArea = section;
    return true;
  });
}

/**
 * kcov_remote_stop: ends the current task's section and moves its records into the descriptor's area, unless tracing
 * was disabled in between. Without a section: nothing.
 *
 * DIVERGES: a task that has enabled a descriptor itself warns; the kernel would free the descriptor's own area.
 */
export function remoteStop(device: Device): void {
  device.call(() => {
    const task = device.current();
    const { kcov, sequence, remoteArea: section } = task;
    if (kcov === undefined) return;
    if (section === 0) {
      device.warn(`remoteStop: task ${task.id} did not start a section`);
      return;
    }
    task.stop();
    if (sequence === kcov.sequence && kcov.remote) {
      const area = device.arena.load(kcov.area + RUN_ADDRESS);
      moveArea(device.arena, kcov.mode, area, kcov.size, remoteAreaAddress(device.arena, section));
    }
    putFreeArea(device.arena, section);
    kcov.put();
  });
}

function newSectionArea(device: Device, size: number): number {
  if (!device.canAllocateArea("vmalloc", size * WORD_BYTES)) return 0;
  return createRemoteArea(device.arena, size, () => allocateRun(device.arena, size * WORD_BYTES));
}

function warned(device: Device, message: string): false {
  device.warn(message);
  return false;
}
