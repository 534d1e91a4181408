/** The ioctls of a descriptor: its state machine (for the diagram see {@link Descriptor}). */

import { EBUSY, EEXIST, EINVAL, ENOMEM, ENOTSUPP, ENOTTY } from "../abi/errno.ts";
import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_MAX_SIZE,
  KCOV_MIN_SIZE,
  KCOV_MODE_DISABLED,
  KCOV_MODE_INIT,
  KCOV_MODE_TRACE_CMP,
  KCOV_MODE_TRACE_PC,
  KCOV_REMOTE_ENABLE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
} from "../abi/kcov.ts";
import { COUNT_WORDS, HEADER_AREAS, RUN_ADDRESS, WORD_BYTES } from "../abi/layout.ts";
import {
  KCOV_MODE_TRACE_PC_EXT,
  KCOV_MODE_UNIQUE_PC,
  KCOV_RESET_TRACE,
  KCOV_TRACE_PC_EXT,
  KCOV_UNIQUE_ENABLE,
} from "../abi/proposals.ts";
import { KcovError } from "../errors.ts";
import { allocateClearedRun } from "../memory/page_allocator.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Device } from "./device.ts";
import { descriptorOf } from "./fd_table.ts";
import { copyRemoteArg, type RemoteArg } from "./remote_arg.ts";
import { addRemote, checkHandle, findRemote, type ValidHandles } from "./remote_handle.ts";
import type { Task } from "./task.ts";

/** What may be in `handles[]` of KCOV_REMOTE_ENABLE. */
const LISTED: ValidHandles = { common: false, uncommon: true, zero: false };
/** What `common_handle` of KCOV_REMOTE_ENABLE may be, if it is not 0. */
const COMMON: ValidHandles = { common: true, uncommon: false, zero: false };

/**
 * ioctl(2) on `fd` by the current task.
 *
 * @param cmd 32 bits, unsigned; a negative number is converted as in C
 * @param arg by value, 64 bits, for all commands except KCOV_REMOTE_ENABLE
 * @throws {KcovError} EBADF, ENOTTY, and the errors of the command's function below
 * @throws {TypeError | RangeError} cmd or arg does not have its type
 */
export function ioctl(device: Device, fd: number, cmd: number, arg: unknown): 0 {
  const command = toU32(cmd);
  const error = device.call(() => {
    const kcov = descriptorOf(device.arena, fd, "ioctl");
    switch (command) {
      case KCOV_INIT_TRACE:
        return initTrace(device, kcov, toUnsignedLong(arg));
      case KCOV_ENABLE:
        return enable(device, kcov, toUnsignedLong(arg));
      case KCOV_DISABLE:
        return disable(device, kcov, toUnsignedLong(arg));
      case KCOV_REMOTE_ENABLE:
        return remoteEnable(device, kcov, arg);
      case KCOV_UNIQUE_ENABLE:
        if (device.hasUnique) return uniqueEnable(device, kcov, toUnsignedLong(arg));
        throw notAnIoctl(command);
      case KCOV_RESET_TRACE:
        if (device.hasUnique) return resetTrace(device, kcov, toUnsignedLong(arg));
        throw notAnIoctl(command);
      default:
        throw notAnIoctl(command);
    }
  });
  if (error !== undefined) throw error;
  return 0;
}

/**
 * Fixes the size of the area, in words. From v5.18 on it checks the size before the mode, and allocates the area here.
 *
 * @throws {KcovError} EBUSY already initialised; EINVAL size out of range; ENOMEM (from v5.18 on)
 */
function initTrace(device: Device, kcov: Descriptor, size: bigint): undefined {
  const busy = kcov.mode !== KCOV_MODE_DISABLED;
  if (busy && !device.rules.initMakesArea) throw alreadyInitialized();
  if (size < BigInt(KCOV_MIN_SIZE)) throw new KcovError(EINVAL, `size ${size} is below 2`, "ioctl", "KCOV_INIT_TRACE");
  if (size > BigInt(KCOV_MAX_SIZE)) {
    throw new KcovError(EINVAL, `size ${size} is above ${KCOV_MAX_SIZE}`, "ioctl", "KCOV_INIT_TRACE");
  }
  const words = Number(size);
  if (device.rules.initMakesArea) {
    if (!device.canAllocateArea("vmalloc_user", words * WORD_BYTES)) throw noArea(words * WORD_BYTES);
    if (busy) throw alreadyInitialized();
    if (!installArea(device, kcov, words * WORD_BYTES)) throw noArea(words * WORD_BYTES);
  }
  kcov.size = words;
  kcov.mode = KCOV_MODE_INIT;
}

/** Gives a descriptor its area, zeroed. The caller has asked `canAllocateArea`. @returns false if there is no memory */
export function installArea(device: Device, kcov: Descriptor, bytes: number): boolean {
  const run = allocateClearedRun(device.arena, bytes);
  if (run === 0) return false;
  kcov.area = run;
  device.arena.add(HEADER_AREAS, 1);
  return true;
}

/**
 * Starts tracing of the current task. Clears nothing.
 *
 * @throws {KcovError} EINVAL not in mode INIT, or no area; EBUSY the task has a kcov; EINVAL, ENOTSUPP for `arg`
 */
function enable(device: Device, kcov: Descriptor, arg: bigint): undefined {
  const task = checkIdle(device, kcov, "KCOV_ENABLE", (task) => task.kcov);
  const mode = traceMode(device, arg, "KCOV_ENABLE");
  kcov.mode = mode;
  const area = device.arena.load(kcov.area + RUN_ADDRESS);
  task.start(kcov, { mode, size: kcov.size, area, sequence: kcov.sequence, remoteArea: 0 });
  kcov.task = task.address;
  kcov.getOwned();
}

/**
 * Proposal: as ENABLE for PCs, but each pc is recorded once. A bitmap takes the first `words` words of the area.
 *
 * @throws {KcovError} EINVAL not in mode INIT, or no area; EBUSY the task has a kcov; EINVAL the bitmap leaves no room
 *   for a pc
 */
function uniqueEnable(device: Device, kcov: Descriptor, words: bigint): undefined {
  const task = checkIdle(device, kcov, "KCOV_UNIQUE_ENABLE", (task) => task.kcov);
  if (words === 0n || words >= BigInt(kcov.size - COUNT_WORDS)) {
    throw new KcovError(EINVAL, `a bitmap of ${words} words leaves no room for PCs`, "ioctl", "KCOV_UNIQUE_ENABLE");
  }
  const bitmap = Number(words);
  const area = device.arena.load(kcov.area + RUN_ADDRESS) + bitmap * WORD_BYTES;
  kcov.mode = KCOV_MODE_UNIQUE_PC;
  kcov.bitmap = bitmap;
  task.start(kcov, {
    mode: kcov.mode,
    size: kcov.size - bitmap,
    area,
    sequence: kcov.sequence,
    remoteArea: 0,
  });
  kcov.task = task.address;
  kcov.getOwned();
}

/**
 * Proposal: sets the count to 0, and clears the bitmap if there is one, so that the user need not write to the area.
 *
 * @throws {KcovError} EINVAL arg is not 0, the descriptor is not the current task's, or it is not enabled
 */
function resetTrace(device: Device, kcov: Descriptor, arg: bigint): undefined {
  checkOwned(device, kcov, arg, "KCOV_RESET_TRACE");
  const { arena } = device;
  const address = arena.load(kcov.area + RUN_ADDRESS);
  arena.words(address, kcov.bitmap).fill(0n);
  arena.publish64(address + kcov.bitmap * WORD_BYTES, 0n);
}

/**
 * Ends tracing. The count and the data stay, and so does the area.
 *
 * @throws {KcovError} EINVAL arg is not 0, or the current task did not enable the descriptor
 */
function disable(device: Device, kcov: Descriptor, arg: bigint): undefined {
  const task = checkOwned(device, kcov, arg, "KCOV_DISABLE");
  endTracing(device, task, kcov);
  kcov.putOwned();
}

/** The checks of DISABLE. @returns the current task, which has enabled the descriptor */
function checkOwned(device: Device, kcov: Descriptor, arg: bigint, ioctlName: string): Task {
  if (arg !== 0n) throw new KcovError(EINVAL, `argument ${arg} is not 0`, "ioctl", ioctlName);
  const task = device.current();
  if (task.kcov?.address !== kcov.address && task.remoteKcov?.address !== kcov.address) {
    throw new KcovError(EINVAL, "the current task did not enable this descriptor", "ioctl", ioctlName);
  }
  if (kcov.task !== task.address) {
    device.warn(`${ioctlName} by a task inside a remote section of the descriptor`);
    throw new KcovError(EINVAL, "the current task is in a remote section", "ioctl", ioctlName);
  }
  return task;
}

/** kcov_disable: the common part of DISABLE, exit of the owner and a failed REMOTE_ENABLE. Drops no reference. */
export function endTracing({ rules }: Device, task: Task, kcov: Descriptor): void {
  if (rules.remoteOwner !== "remoteKcov") task.reset();
  else if (kcov.remote) task.resetRemote();
  else task.resetLocal();
  kcov.resetRemote();
}

/**
 * Registers handles. The sections of these handles, in any task, are collected here; the task itself records nothing.
 *
 * @returns EINVAL, EEXIST or ENOMEM for a handle: the enabling was undone, which leaves sequence + 1 and no handles
 * @throws {KcovError} EFAULT, EINVAL, ENOMEM from reading the argument; otherwise as ENABLE does
 */
function remoteEnable(device: Device, kcov: Descriptor, arg: unknown): KcovError | undefined {
  const { remoteOwner } = device.rules;
  const remoteArg = copyRemoteArg(arg, () => device.injected("memdup_user"));
  const task = checkIdle(device, kcov, "KCOV_REMOTE_ENABLE", (task) =>
    remoteOwner === "remoteKcov" ? task.remoteKcov : task.kcov,
  );
  const mode = traceMode(device, BigInt(remoteArg.traceMode), "KCOV_REMOTE_ENABLE");
  kcov.mode = mode;
  if (remoteOwner === "kcov") task.kcov = kcov;
  else if (remoteOwner === "mode") task.own(kcov);
  else task.remoteKcov = kcov;
  kcov.task = task.address;
  kcov.remote = true;
  kcov.remoteSize = remoteArg.areaSize;
  const error = addHandles(device, kcov, remoteArg);
  if (error !== undefined) {
    endTracing(device, task, kcov);
    return error;
  }
  if (remoteArg.commonHandle !== 0n) task.handle = remoteArg.commonHandle;
  kcov.getOwned();
}

function addHandles(device: Device, kcov: Descriptor, arg: RemoteArg): KcovError | undefined {
  for (const handle of arg.handles) {
    const error = addHandle(device, kcov, handle, LISTED);
    if (error !== undefined) return error;
  }
  return arg.commonHandle === 0n ? undefined : addHandle(device, kcov, arg.commonHandle, COMMON);
}

function addHandle(device: Device, kcov: Descriptor, handle: bigint, valid: ValidHandles): KcovError | undefined {
  const fail = (errno: number, reason: string): KcovError =>
    new KcovError(errno, `handle 0x${handle.toString(16)} ${reason}`, "ioctl", "KCOV_REMOTE_ENABLE");
  if (!checkHandle(handle, valid))
    return fail(EINVAL, `is not valid as a ${valid.common ? "common" : "listed"} handle`);
  if (findRemote(device.arena, handle) !== 0) return fail(EEXIST, "is registered already");
  if (device.injected("kmalloc") || !addRemote(device.arena, handle, kcov.address)) return fail(ENOMEM, "has no room");
  return undefined;
}

/**
 * The first checks of ENABLE and REMOTE_ENABLE.
 *
 * @param keeps returns the descriptor that makes a task busy for this ioctl
 * @returns the current task
 */
function checkIdle(
  device: Device,
  kcov: Descriptor,
  ioctlName: string,
  keeps: (task: Task) => Descriptor | undefined,
): Task {
  if (kcov.mode !== KCOV_MODE_INIT) {
    const reason = kcov.mode === KCOV_MODE_DISABLED ? "is not initialised" : "is enabled already";
    throw new KcovError(EINVAL, `the descriptor ${reason}`, "ioctl", ioctlName);
  }
  if (kcov.area === 0) throw new KcovError(EINVAL, "the descriptor was not mapped", "ioctl", ioctlName);
  const task = device.current();
  if (kcov.task !== 0 || keeps(task) !== undefined) {
    throw new KcovError(EBUSY, `task ${task.id} has a kcov already`, "ioctl", ioctlName);
  }
  return task;
}

/** kcov_get_mode. All 64 bits of the argument count. */
function traceMode(device: Device, arg: bigint, ioctlName: string): number {
  if (arg === BigInt(KCOV_TRACE_PC)) return KCOV_MODE_TRACE_PC;
  if (device.hasPcExt && arg === BigInt(KCOV_TRACE_PC_EXT)) return KCOV_MODE_TRACE_PC_EXT;
  if (arg !== BigInt(KCOV_TRACE_CMP)) throw new KcovError(EINVAL, `${arg} is not a trace mode`, "ioctl", ioctlName);
  if (device.comparisons) return KCOV_MODE_TRACE_CMP;
  throw new KcovError(ENOTSUPP, "the device was created without comparisons", "ioctl", ioctlName);
}

function notAnIoctl(command: number): KcovError {
  return new KcovError(ENOTTY, `0x${command.toString(16)} is not a kcov ioctl`, "ioctl");
}

function alreadyInitialized(): KcovError {
  return new KcovError(EBUSY, "the descriptor is initialised already", "ioctl", "KCOV_INIT_TRACE");
}

function noArea(bytes: number): KcovError {
  return new KcovError(ENOMEM, `no memory for an area of ${bytes} bytes`, "ioctl", "KCOV_INIT_TRACE");
}

/** @throws {TypeError | RangeError} cmd is not a 32-bit integer */
function toU32(cmd: unknown): number {
  if (typeof cmd !== "number") throw new TypeError("an ioctl's cmd must be a number");
  if (!Number.isInteger(cmd) || cmd < -(2 ** 31) || cmd >= 2 ** 32) throw new RangeError(`cmd ${cmd} is not 32 bits`);
  return cmd >>> 0;
}

/** @throws {TypeError | RangeError} arg is not a 64-bit integer */
function toUnsignedLong(arg: unknown): bigint {
  if (typeof arg === "number") {
    if (!Number.isSafeInteger(arg)) throw new RangeError(`argument ${arg} is not a safe integer; pass a bigint`);
  } else if (typeof arg !== "bigint") {
    throw new TypeError("this ioctl takes its argument by value: a number or bigint");
  }
  const value = BigInt(arg);
  if (value < -(1n << 63n) || value >= 1n << 64n) throw new RangeError(`argument ${value} is not 64 bits`);
  return BigInt.asUintN(64, value);
}
