/** Registered remote handles: the kernel's `kcov_remote_map`, which maps a handle to its descriptor. */

import { KCOV_INSTANCE_MASK, KCOV_SUBSYSTEM_COMMON, KCOV_SUBSYSTEM_MASK, KCOV_SUBSYSTEM_USB } from "../abi/handle.ts";
import { HEADER_REMOTE_HASH, HEADER_REMOTES, REMOTE_BUCKETS, REMOTE_HANDLE, REMOTE_KCOV } from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";
import { listAdd, listDel, listEntries } from "../memory/list.ts";
import { allocateCell, freeCell } from "../memory/slab.ts";

/** Which handles a caller may pass; a reserved bit or an unknown subsystem is never valid. */
export interface ValidHandles {
  /** Subsystem COMMON with an instance. */
  common: boolean;
  /** Subsystem USB, any instance. */
  uncommon: boolean;
  /** 0. */
  zero: boolean;
}

/** kcov_check_handle. */
export function checkHandle(handle: bigint, valid: ValidHandles): boolean {
  if ((handle & ~(KCOV_SUBSYSTEM_MASK | KCOV_INSTANCE_MASK)) !== 0n) return false;
  switch (handle & KCOV_SUBSYSTEM_MASK) {
    case KCOV_SUBSYSTEM_COMMON:
      return (handle & KCOV_INSTANCE_MASK) !== 0n ? valid.common : valid.zero;
    case KCOV_SUBSYSTEM_USB:
      return valid.uncommon;
    default:
      return false;
  }
}

/** @returns address of the handle's descriptor; 0 if nobody registered it */
export function findRemote(arena: Arena, handle: bigint): number {
  for (const entry of listEntries(arena, bucket(handle))) {
    if (arena.load64(entry + REMOTE_HANDLE) === handle) return arena.load(entry + REMOTE_KCOV);
  }
  return 0;
}

/** Registers a handle that is not registered yet. @returns false if memory is exhausted */
export function addRemote(arena: Arena, handle: bigint, kcov: number): boolean {
  const entry = allocateCell(arena);
  if (entry === 0) return false;
  arena.store64(entry + REMOTE_HANDLE, handle);
  arena.store(entry + REMOTE_KCOV, kcov);
  listAdd(arena, bucket(handle), entry);
  arena.add(HEADER_REMOTES, 1);
  return true;
}

/** Removes all handles of one descriptor. */
export function removeRemotes(arena: Arena, kcov: number): void {
  for (const entry of remoteEntries(arena)) {
    if (arena.load(entry + REMOTE_KCOV) !== kcov) continue;
    listDel(arena, entry);
    freeCell(arena, entry);
    arena.add(HEADER_REMOTES, -1);
  }
}

/** The entries of the registered handles, in no particular order. */
export function* remoteEntries(arena: Arena): Generator<number, void, void> {
  if (arena.load(HEADER_REMOTES) === 0) return;
  for (let index = 0; index < REMOTE_BUCKETS; index++) yield* listEntries(arena, HEADER_REMOTE_HASH + 8 * index);
}

/** The bucket of a handle. Its low word is the instance, which differs between a user's handles and starts small. */
function bucket(handle: bigint): number {
  return HEADER_REMOTE_HASH + 8 * (Number(handle & 0xffffffffn) % REMOTE_BUCKETS);
}
