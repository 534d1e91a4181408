/**
 * The rest of an allocator of which malloc and free are known, in modules without names. All of an allocator's functions
 * must agree on what a block is: those that take blocks (realloc) are replaced like malloc and free, and those that make
 * some (memalign) may stay as they are, with what they give known as foreign, and call the originals.
 *
 * They are told by the static data that malloc and free have in common, which nobody else accesses; calloc by a look at what
 * malloc keeps in front of a block.
 */

import { type Func, type Name, raw } from "../ir/binaryen.ts";
import { shapeOfFunction, signatureOf } from "./allocator_shape.ts";
import type { AllocatorRole } from "./allocators.ts";
import type { CallGraph } from "./call_graph.ts";

export interface FamilyMember {
  readonly func: Func;
  /** Undefined for one that stays as it is. */
  readonly role: AllocatorRole | undefined;
  /** It takes blocks, but nobody knows what for: realloc that was inlined, for one. */
  readonly takesBlocks: boolean;
}

/** What is known of an allocator. */
export interface KnownAllocator {
  readonly malloc: Name;
  readonly free: Name;
  /** Names of all of its functions that are known. */
  readonly known: ReadonlySet<Name>;
  readonly roles: ReadonlySet<AllocatorRole>;
}

/** @param byName the functions that the module defines */
export function findFamily(
  calls: CallGraph,
  byName: ReadonlyMap<Name, Func>,
  { malloc, free, known, roles }: KnownAllocator,
): FamilyMember[] {
  const none = new Set<Name>();
  const state = common(
    calls.addressesOf(calls.exclusive([malloc], none)),
    calls.addressesOf(calls.exclusive([free], none)),
  );
  const own = calls.exclusive(known, none);
  const members = new Set(calls.accessing(state));
  for (const caller of calls.callersOf(malloc)) {
    const func = byName.get(caller);
    if (func !== undefined && shapeOfFunction(func).looksBeforeResults.has(malloc)) members.add(caller);
  }
  return [...members]
    .filter((name) => !own.has(name) || known.has(name))
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const func = byName.get(name);
      if (func === undefined) return [];
      const role = roleOf(func, malloc);
      const isNew = role !== undefined && !roles.has(role);
      const takesBlocks = !isNew && shapeOfFunction(func).looksBefore.size > 0;
      return [{ func, role: isNew ? role : undefined, takesBlocks }];
    });
}

/**
 * Whether malloc or free is a mere entry to code that others enter, too: of such an allocator the static data is nobody's
 * alone, and so the rest of it cannot be told.
 */
export function isShared(calls: CallGraph, { malloc, free }: Pick<KnownAllocator, "malloc" | "free">): boolean {
  const none = new Set<Name>();
  return [malloc, free].some(
    (name) =>
      calls.addressesOf(calls.exclusive([name], none)).size === 0 &&
      calls.addressesOf(calls.reachableFrom([name], none)).size > 0,
  );
}

function roleOf(func: Func, malloc: Name): AllocatorRole | undefined {
  const signature = signatureOf(func);
  if (!signature?.result || signature.params !== 2) return undefined;
  const { looksBefore, looksBeforeResults, passSecond, multiplies } = shapeOfFunction(func);
  if (looksBefore.has(0)) return passSecond.has(malloc) ? "realloc" : undefined;
  return multiplies && looksBeforeResults.has(malloc) ? "calloc" : undefined;
}

function common(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((each) => b.has(each)));
}

/** The functions that a module defines, by their names in Binaryen. */
export function functionsByName(functions: readonly Func[]): ReadonlyMap<Name, Func> {
  return new Map(functions.map((func) => [raw.FunctionGetName(func), func]));
}
