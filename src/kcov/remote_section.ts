/**
 * Remote sections: code that one task runs on behalf of another, which has registered the section's handle.
 *
 * DIVERGES: the kernel takes a descriptor's lock before the lock of the handles, so that a long move delays only its
 * own descriptor. Here one lock serves for both, so that a killed thread's half-done work can be undone as a whole.
 */

import { KCOV_MODE_DISABLED } from "../abi/kcov.ts";
import { HEADER_IRQ_AREA_WORDS, RUN_ADDRESS, WORD_BYTES } from "../abi/layout.ts";
import { allocateRun } from "../memory/page_allocator.ts";
import { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { moveArea } from "./move_area.ts";
import { createRemoteArea, putFreeArea, remoteAreaAddress, takeFreeArea } from "./remote_area.ts";
import { checkHandle, findRemote, type ValidHandles } from "./remote_handle.ts";
import type { Task } from "./task.ts";
import type { Thread } from "./threads.ts";

const ANY: ValidHandles = { common: true, uncommon: true, zero: true };

/**
 * kcov_remote_start: begins a section of `handle`, in the current task or, from v5.8 on, in the soft interrupt that
 * interrupted it. A malformed handle, or a context that is busy already, warns and does nothing. An unknown handle, or
 * exhausted memory, does nothing. In other interrupts v5.5 warns, and later kernels do nothing.
 *
 * @returns whether a section began
 * @throws {TypeError | RangeError} handle is not a u64
 */
export function remoteStart(device: Device, handle: bigint): boolean {
  if (typeof handle !== "bigint") throw new TypeError("a handle must be a bigint");
  if (handle !== BigInt.asUintN(64, handle)) throw new RangeError(`handle ${handle} is not a u64`);
  return device.call(() => {
    if (!checkHandle(handle, ANY)) return warned(device, `remoteStart: 0x${handle.toString(16)} is not a handle`);
    const { rules, inTask, inSoftirq } = device;
    if (!inTask && !inSoftirq) return rules.softirq ? false : warned(device, "remoteStart in interrupt context");
    const task = device.current();
    if (inTask && isBusy(device, task)) return warned(device, `remoteStart: task ${task.id} has a kcov already`);
    if (inSoftirq && task.softirq) return warned(device, "remoteStart: the soft interrupt is in a section already");
    const address = findRemote(device.arena, handle);
    if (address === 0) return false;
    const kcov = new Descriptor(device.arena, address);
    return inSoftirq ? startInSoftirq(device, task, kcov) : startInTask(device, task, kcov);
  });
}

/** Begins a section in a task. Records go to a private area of remote_size words. */
function startInTask(device: Device, task: Task, kcov: Descriptor): boolean {
  const { mode, sequence, remoteSize: size } = kcov;
  const remoteArea = takeFreeArea(device.arena, size) || newSectionArea(device, size);
  if (remoteArea === 0) return false;
  kcov.get();
  const area = remoteAreaAddress(device.arena, remoteArea);
  // Nobody else sees this word before the section is complete, so it need not be undone.
  device.arena.publish64(area, 0n);
  task.start(kcov, { mode, size, area, sequence, remoteArea });
  return true;
}

/** Begins a section in a soft interrupt, in the CPU's area whatever remote_size is. Saves what the task traces. */
function startInSoftirq({ arena, cpu }: Device, task: Task, kcov: Descriptor): boolean {
  const { mode, sequence } = kcov;
  kcov.get();
  const area = arena.load(cpu.irqArea + RUN_ADDRESS);
  arena.publish64(area, 0n);
  const interrupted = task.kcov;
  if (task.mode !== KCOV_MODE_DISABLED && interrupted !== undefined) {
    const { mode, size, area, sequence, remoteArea } = task;
    cpu.saved = { mode, size, area, sequence, remoteArea, kcov: interrupted };
    task.stop();
  }
  task.softirq = true;
  task.start(kcov, { mode, size: arena.load(HEADER_IRQ_AREA_WORDS), area, sequence, remoteArea: 0 });
  return true;
}

/**
 * kcov_remote_stop: ends the section of the current task, or of the soft interrupt that interrupted it, and moves its
 * records into the descriptor's area, unless tracing was disabled in between. Without a section it does nothing.
 *
 * DIVERGES: a task that has enabled a descriptor itself warns; the kernel would free the descriptor's own area.
 */
export function remoteStop(device: Device): void {
  device.call(() => {
    const { rules, inTask, inSoftirq } = device;
    if (rules.softirq && !inTask && !inSoftirq) return;
    const task = device.current();
    if (!isBusy(device, task)) return;
    if (inSoftirq && !task.softirq) return;
    if (!inSoftirq && task.softirq) return device.warn("remoteStop in a task, of a section in a soft interrupt");
    if (!task.softirq && task.remoteArea === 0) {
      return device.warn(`remoteStop: task ${task.id} did not start a section`);
    }
    stop(device, task);
  });
}

function stop(device: Device, task: Task): void {
  const { arena } = device;
  const { kcov, area, sequence, remoteArea } = task;
  if (kcov === undefined) return;
  const destination = arena.load(kcov.area + RUN_ADDRESS);
  const isSection = isInSection(task);
  task.stop();
  if (task.softirq) resumeInterrupted(device.cpu, task);
  // If the task disabled the soft interrupt's section and has enabled something since, that ends, as in the kernel.
  if (!isSection) {
    kcov.putOwned();
    return;
  }
  if (sequence === kcov.sequence && kcov.remote) moveArea(arena, kcov.mode, destination, kcov.size, area);
  if (remoteArea !== 0) putFreeArea(arena, remoteArea);
  kcov.put();
}

/** Called when the soft interrupt's section is over: the task resumes what it was tracing, if anything was saved. */
function resumeInterrupted(cpu: Thread, task: Task): void {
  const { saved } = cpu;
  task.softirq = false;
  if (saved === undefined) return;
  task.start(saved.kcov, saved);
  cpu.saved = undefined;
}

/** Whether a task's fields are those of a section, not of a descriptor that it enabled by an ioctl. */
export function isInSection({ arena, kcov, area }: Task): boolean {
  if (kcov === undefined || area === 0) return false;
  return area !== arena.load(kcov.area + RUN_ADDRESS) + kcov.bitmap * WORD_BYTES;
}

/** Whether the task is traced, or in a section; up to v5.7 also whether it has enabled a descriptor remotely. */
function isBusy({ rules }: Device, task: Task): boolean {
  return rules.softirq ? task.mode !== KCOV_MODE_DISABLED : task.kcov !== undefined;
}

function newSectionArea(device: Device, size: number): number {
  if (!device.canAllocateArea("vmalloc", size * WORD_BYTES)) return 0;
  return createRemoteArea(device.arena, size, () => allocateRun(device.arena, size * WORD_BYTES));
}

function warned(device: Device, message: string): false {
  device.warn(message);
  return false;
}

/** The current task's common handle; 0n if it has none, and from v5.15 on also outside of a task. */
export function commonHandle(device: Device): bigint {
  return device.call(() => {
    const { handle } = device.current();
    return device.rules.handleOfTasksOnly && !device.inTask ? 0n : handle;
  });
}
