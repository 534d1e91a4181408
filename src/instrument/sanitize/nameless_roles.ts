/** What a function of an allocator is for, by its code. */

import type { Func, Name } from "../ir/binaryen.ts";
import { type AllocatorShape, type Signature, signatureOf } from "./allocator_shape.ts";
import type { AllocatorRole } from "./allocators.ts";
import type { CallGraph } from "./call_graph.ts";

/** A function and what is known around it. */
export interface Candidate {
  readonly signature: Signature;
  readonly shape: AllocatorShape;
  /** All functions that are malloc. */
  readonly mallocs: ReadonlySet<Name>;
  /** It is among those that access the allocator's own data. */
  readonly isInside: boolean;
  /** It looks in front of what malloc gives it. */
  readonly looksAtResults: boolean;
  /** It does what an allocator's function does, and nothing for anybody else. */
  readonly isPure: boolean;
  readonly isDlmalloc: boolean;
}

/**
 * Whoever wraps such a function, and has it inlined, does something else, too: all of what a function does must be known
 * before another one stands for it.
 */
export function roleOf(candidate: Candidate): AllocatorRole | undefined {
  if (!candidate.isPure || !candidate.signature.result) return undefined;
  return ROLES.find(([, isRole]) => isRole(candidate))?.[0];
}

const ROLES: readonly (readonly [AllocatorRole, (candidate: Candidate) => boolean])[] = [
  ["realloc", isRealloc],
  ["calloc", isCalloc],
  ["malloc_usable_size", isUsableSize],
];

/** Of no block it makes one, of the second parameter's size. */
function isRealloc({ signature, shape, mallocs, isInside }: Candidate): boolean {
  const passed = passedTo(shape, mallocs);
  return isInside && signature.params === 2 && shape.looksBefore.has(0) && passed.size === 1 && passed.has(1);
}

/** Parameters that a function gives to malloc as they are. */
export function passedTo({ passes }: AllocatorShape, mallocs: ReadonlySet<Name>): ReadonlySet<number> {
  return new Set([...mallocs].flatMap((malloc) => [...(passes.get(malloc) ?? [])]));
}

/** It gives what malloc gave, and stores nothing itself. */
function isCalloc({ signature, shape, mallocs, looksAtResults }: Candidate): boolean {
  if (signature.params !== 2 || !shape.multiplies || shape.stores) return false;
  const givesBlocks = shape.gives?.every(
    ({ from, distance }) => from.kind === "result" && mallocs.has(from.of) && distance === 0,
  );
  return givesBlocks === true && looksAtResults;
}

/** It calls nothing, stores nothing, and looks at nothing but the header. */
function isUsableSize({ signature, shape, isDlmalloc }: Candidate): boolean {
  if (!isDlmalloc || signature.params !== 1 || !shape.readsHeaders || shape.stores) return false;
  return shape.calls === 0 && shape.loads === 1;
}

/**
 * Whether a function, and what it calls, calls only what an allocator calls, and nothing that is not known; and accesses no
 * other static data.
 *
 * @param allocators functions of the allocator, and all that these call
 */
export function isPure(
  calls: CallGraph,
  byName: ReadonlyMap<Name, Func>,
  name: Name,
  allocators: ReadonlySet<Name>,
): boolean {
  const own = new Set([name]);
  // A set grows while it is gone through.
  for (const each of own) {
    if (calls.callsIndirectly(each)) return false;
    for (const callee of calls.calleesOf(each)) {
      if (allocators.has(callee) || copiesOrFills(byName.get(callee))) continue;
      if (!byName.has(callee)) return false;
      own.add(callee);
    }
  }
  const addresses = calls.addressesOf(allocators);
  return [...calls.addressesOf(own)].every((each) => addresses.has(each));
}

/** By its type: memcpy, memmove and memset. */
function copiesOrFills(func: Func | undefined): boolean {
  const signature = func === undefined ? undefined : signatureOf(func);
  return signature?.params === 3 && signature.result;
}
