/** `struct kcov_remote_arg`: the argument of REMOTE_ENABLE, copied in from the user. */

import { EFAULT, EINVAL, ENOMEM } from "../abi/errno.ts";
import {
  KCOV_REMOTE_ARG_AREA_SIZE,
  KCOV_REMOTE_ARG_BYTES,
  KCOV_REMOTE_ARG_COMMON_HANDLE,
  KCOV_REMOTE_ARG_NUM_HANDLES,
  KCOV_REMOTE_ARG_TRACE_MODE,
  KCOV_REMOTE_MAX_HANDLES,
} from "../abi/kcov.ts";
import { WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";

/**
 * The argument of KCOV_REMOTE_ENABLE: an object, or the struct itself as bytes (little-endian: u32 trace_mode,
 * u32 area_size, u32 num_handles, pad, u64 common_handle, u64 handles[]).
 */
export type KcovRemoteArg = KcovRemoteArgFields | Uint8Array;

/** `struct kcov_remote_arg` with its fields by name. */
export interface KcovRemoteArgFields {
  /** KCOV_TRACE_PC or KCOV_TRACE_CMP. */
  traceMode: number;
  /** Length in words of the private area into which each section records. */
  areaSize: number;
  /** Number of handles that are read; default: all of `handles`. */
  numHandles?: number;
  /** Handle of subsystem COMMON, the common handle of this task and its future children; default 0n: none. */
  commonHandle?: bigint;
  /** Handles of subsystem USB, at most 256. */
  handles: readonly bigint[];
}

/** The argument as the device holds it. */
export interface RemoteArg {
  traceMode: number;
  areaSize: number;
  commonHandle: bigint;
  handles: bigint[];
}

const U32_MAX = 0xffffffff;
const U64_MAX = 0xffffffffffffffffn;
const IOCTL = "KCOV_REMOTE_ENABLE";

/**
 * Reads num_handles, then copies the whole struct, and checks that both reads agree: the user may change the struct in
 * between.
 *
 * @param copyFails returns whether the copy runs out of memory; called between the two reads
 * @throws {KcovError} EFAULT, EINVAL, ENOMEM
 * @throws {TypeError | RangeError} a field of the object does not have its type
 */
export function copyRemoteArg(arg: unknown, copyFails: () => boolean): RemoteArg {
  const user = userMemory(arg);
  const numHandles = readNumHandles(user);
  if (numHandles > KCOV_REMOTE_MAX_HANDLES) {
    throw failure(EINVAL, `num_handles ${numHandles} exceeds ${KCOV_REMOTE_MAX_HANDLES}`);
  }
  if (copyFails()) throw failure(ENOMEM, "no memory for a copy of the argument");
  const needed = KCOV_REMOTE_ARG_BYTES + numHandles * WORD_BYTES;
  if (user.byteLength < needed) {
    throw failure(EFAULT, `num_handles ${numHandles} takes ${needed} bytes, the argument has ${user.byteLength}`);
  }
  // Not `slice`: a Node.js Buffer is a Uint8Array whose slice shares its memory.
  const struct = new Uint8Array(needed);
  struct.set(user.subarray(0, needed));
  const copy = new DataView(struct.buffer);
  const again = copy.getUint32(KCOV_REMOTE_ARG_NUM_HANDLES, true);
  if (again !== numHandles)
    throw failure(EINVAL, `num_handles changed from ${numHandles} to ${again} while it was read`);
  return {
    traceMode: copy.getUint32(KCOV_REMOTE_ARG_TRACE_MODE, true),
    areaSize: copy.getUint32(KCOV_REMOTE_ARG_AREA_SIZE, true),
    commonHandle: copy.getBigUint64(KCOV_REMOTE_ARG_COMMON_HANDLE, true),
    handles: Array.from({ length: numHandles }, (_, index) =>
      copy.getBigUint64(KCOV_REMOTE_ARG_BYTES + index * WORD_BYTES, true),
    ),
  };
}

function readNumHandles(user: Uint8Array): number {
  const end = KCOV_REMOTE_ARG_NUM_HANDLES + 4;
  if (user.byteLength < end) throw failure(EFAULT, `the argument has ${user.byteLength} bytes`);
  return new DataView(user.buffer, user.byteOffset, user.byteLength).getUint32(KCOV_REMOTE_ARG_NUM_HANDLES, true);
}

/** The bytes to which the argument "points". Anything that is not an argument at all points nowhere. */
function userMemory(arg: unknown): Uint8Array {
  if (arg instanceof Uint8Array) return arg;
  if (typeof arg !== "object" || arg === null) throw failure(EFAULT, "the argument is missing or not readable");
  return encode(arg as KcovRemoteArgFields);
}

function encode(arg: KcovRemoteArgFields): Uint8Array {
  const { traceMode, areaSize, commonHandle = 0n, handles } = arg;
  if (!Array.isArray(handles)) throw new TypeError("handles must be an array of bigint");
  const { numHandles = handles.length } = arg;
  // Only num_handles handles are read, and a num_handles above the maximum is refused before any of them is read.
  const count = Math.min(handles.length, KCOV_REMOTE_MAX_HANDLES + 1);
  const bytes = new Uint8Array(KCOV_REMOTE_ARG_BYTES + count * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(KCOV_REMOTE_ARG_TRACE_MODE, u32(traceMode, "traceMode"), true);
  view.setUint32(KCOV_REMOTE_ARG_AREA_SIZE, u32(areaSize, "areaSize"), true);
  view.setUint32(KCOV_REMOTE_ARG_NUM_HANDLES, u32(numHandles, "numHandles"), true);
  view.setBigUint64(KCOV_REMOTE_ARG_COMMON_HANDLE, u64(commonHandle, "commonHandle"), true);
  for (let index = 0; index < count; index++) {
    view.setBigUint64(KCOV_REMOTE_ARG_BYTES + index * WORD_BYTES, u64(handles[index], `handles[${index}]`), true);
  }
  return bytes;
}

function u32(value: unknown, name: string): number {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number`);
  if (!Number.isInteger(value) || value < 0 || value > U32_MAX) throw new RangeError(`${name} ${value} is not a u32`);
  return value;
}

function u64(value: unknown, name: string): bigint {
  if (typeof value !== "bigint") throw new TypeError(`${name} must be a bigint`);
  if (value < 0n || value > U64_MAX) throw new RangeError(`${name} ${value} is not a u64`);
  return value;
}

function failure(errno: number, reason: string): KcovError {
  return new KcovError(errno, reason, "ioctl", IOCTL);
}
