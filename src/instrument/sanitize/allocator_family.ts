/**
 * The rest of an allocator of which malloc and free are known, in modules without names. All of an allocator's functions
 * must agree on what a block is: those that take blocks (realloc) are replaced like malloc and free, and those that make
 * some (memalign) may stay as they are, with what they give known as foreign, and call the originals.
 *
 * They are told by the static data that malloc and free have in common, which nobody else accesses: a function that accesses
 * it is the allocator's. What each of them is for is told by its code (nameless_roles.ts). Of one that is not told, and that
 * others than the allocator's functions enter, it must be seen that it takes no blocks, or nothing is replaced at all. Some
 * access none of that data: realloc, which asks malloc for a block and looks in front of another; calloc, and what is left
 * of it in a function that it was inlined into, which looks in front of what malloc gives; and whatever else reads what
 * dlmalloc keeps there.
 */

import { type Func, type Name, raw } from "../ir/binaryen.ts";
import { type AllocatorShape, mayReadHeaders, shapeOfFunction, shiftsOf, signatureOf } from "./allocator_shape.ts";
import type { AllocatorRole } from "./allocators.ts";
import type { CallGraph } from "./call_graph.ts";
import { isPure, passedTo, roleOf } from "./nameless_roles.ts";

export interface FamilyMember {
  readonly func: Func;
  /** Undefined for one that stays as it is. */
  readonly role: AllocatorRole | undefined;
  /** It takes blocks, but nobody knows what for: realloc that was inlined, for one. */
  readonly takesBlocks: boolean;
  /** It is the allocator's own; else a function of anybody that something of the allocator was inlined into. */
  readonly isInside: boolean;
}

/** What is known of an allocator. */
export interface KnownAllocator {
  /** All functions that are malloc, and all that are free. */
  readonly mallocs: ReadonlySet<Name>;
  readonly frees: ReadonlySet<Name>;
  /** Names of all of its functions that are known. */
  readonly known: ReadonlySet<Name>;
  readonly roles: ReadonlySet<AllocatorRole>;
  /** Whether it is Doug Lea's. */
  readonly isDlmalloc: boolean;
}

/**
 * @param byName the functions that the module defines
 * @param reachable functions that others than the module's own direct calls may call
 */
export function findFamily(
  calls: CallGraph,
  byName: ReadonlyMap<Name, Func>,
  reachable: ReadonlySet<Name>,
  allocator: KnownAllocator,
): FamilyMember[] {
  return new FamilyFinder(calls, byName, reachable, allocator).find();
}

/**
 * Whether malloc or free is a mere entry to code that others enter, too: of such an allocator the static data is nobody's
 * alone, and so the rest of it cannot be told.
 */
export function isShared(calls: CallGraph, { mallocs, frees }: Pick<KnownAllocator, "mallocs" | "frees">): boolean {
  const none = new Set<Name>();
  return [mallocs, frees].some(
    (names) =>
      calls.addressesOf(calls.exclusive(names, none)).size === 0 &&
      calls.addressesOf(calls.reachableFrom(names, none)).size > 0,
  );
}

class FamilyFinder {
  private readonly calls: CallGraph;
  private readonly byName: ReadonlyMap<Name, Func>;
  private readonly reachable: ReadonlySet<Name>;
  private readonly allocator: KnownAllocator;
  private readonly shifts: ReadonlyMap<Name, number>;
  private readonly shapes = new Map<Name, AllocatorShape>();
  /** Known functions, and what only these call. */
  private readonly own: ReadonlySet<Name>;

  constructor(
    calls: CallGraph,
    byName: ReadonlyMap<Name, Func>,
    reachable: ReadonlySet<Name>,
    allocator: KnownAllocator,
  ) {
    this.calls = calls;
    this.byName = byName;
    this.reachable = reachable;
    this.allocator = allocator;
    this.shifts = shiftsOf(byName);
    this.own = calls.exclusive(allocator.known, NONE);
  }

  find(): FamilyMember[] {
    const inside = this.inside();
    const outside = this.others(this.lookingAtBlocks()).filter((name) => !inside.has(name));
    const roles = new Map<Name, AllocatorRole | undefined>();
    for (const name of [...inside, ...outside]) roles.set(name, this.roleOf(name, inside));
    const entered = this.enteredFromOutside(roles);
    return [...roles].map(([name, role]) => {
      const isUnknown = role === undefined && entered.has(name);
      const takesBlocks = isUnknown && (inside.has(name) ? this.mayTakeBlocks(name) : this.readsHeaders(name));
      return { func: this.byName.get(name) as Func, role, takesBlocks, isInside: inside.has(name) };
    });
  }

  /** Functions that access the allocator's data, or give what is in front of a block to one that nobody knows. */
  private inside(): ReadonlySet<Name> {
    const { calls, allocator } = this;
    const state = common(
      calls.addressesOf(calls.exclusive(allocator.mallocs, NONE)),
      calls.addressesOf(calls.exclusive(allocator.frees, NONE)),
    );
    const resizing = this.callersOfMalloc().filter((name) => this.byName.has(name) && this.resizes(name));
    const found = new Set(this.others([...calls.accessing(state), ...resizing]));
    // A set grows while it is gone through.
    for (const name of found) {
      if (this.roleOf(name, found) !== undefined) continue;
      const callers = this.others([...calls.callersOf(name)]);
      for (const caller of callers) if (this.shape(caller).looksBefore.size > 0) found.add(caller);
    }
    return found;
  }

  /** Realloc need not access the data: it looks at the size of one block, and asks for another. */
  private resizes(name: Name): boolean {
    const shape = this.shape(name);
    return shape.loadsBefore.size > 0 && passedTo(shape, this.allocator.mallocs).size > 0;
  }

  private roleOf(name: Name, inside: ReadonlySet<Name>): AllocatorRole | undefined {
    const { mallocs, roles, isDlmalloc } = this.allocator;
    const signature = signatureOf(this.byName.get(name) as Func);
    if (signature === undefined) return undefined;
    const role = roleOf({
      ...{ signature, mallocs, isDlmalloc },
      shape: this.shape(name),
      isInside: inside.has(name),
      looksAtResults: this.looksAtResults(name),
      isPure: isPure(this.calls, this.byName, name, this.allocators(inside, name)),
    });
    return role !== undefined && !roles.has(role) ? role : undefined;
  }

  /** What an allocator's functions call, but for one of them. */
  private allocators(inside: ReadonlySet<Name>, but: Name): ReadonlySet<Name> {
    return this.calls.reachableFrom(
      [...this.allocator.known, ...inside].filter((name) => name !== but),
      NONE,
    );
  }

  private shape(name: Name): AllocatorShape {
    const known = this.shapes.get(name);
    if (known) return known;
    const shape = shapeOfFunction(this.byName.get(name) as Func, this.shifts);
    this.shapes.set(name, shape);
    return shape;
  }

  private others(names: readonly Name[]): Name[] {
    return names.filter((name) => this.byName.has(name) && !this.own.has(name));
  }

  /** Functions that need not access the allocator's data, but know what is in front of a block. */
  private lookingAtBlocks(): Name[] {
    const { isDlmalloc } = this.allocator;
    const everywhere = [...this.byName].filter(([, func]) => isDlmalloc && mayReadHeaders(func)).map(([name]) => name);
    const candidates = this.others([...new Set([...this.callersOfMalloc(), ...everywhere])]);
    return candidates.filter((name) => this.looksAtResults(name) || (isDlmalloc && this.readsHeaders(name)));
  }

  private callersOfMalloc(): Name[] {
    return [...new Set([...this.allocator.mallocs].flatMap((name) => [...this.calls.callersOf(name)]))];
  }

  private looksAtResults(name: Name): boolean {
    const { mallocs, isDlmalloc } = this.allocator;
    const { loadsBeforeResults, readsHeadersOfResults } = this.shape(name);
    const looked = isDlmalloc ? readsHeadersOfResults : loadsBeforeResults;
    return [...mallocs].some((malloc) => looked.has(malloc));
  }

  private readsHeaders(name: Name): boolean {
    return !this.looksAtResults(name) && this.shape(name).readsHeaders;
  }

  /**
   * A function that makes blocks takes numbers, and may store what it gives, and looks in front of what the allocator keeps.
   * Into others realloc may be inlined, unless it is known as a function of its own.
   */
  private mayTakeBlocks(name: Name): boolean {
    const { looksBefore, looksBeforeLoaded, loadsBeforeResults, loadsFrom, readsHeaders } = this.shape(name);
    if (this.allocator.roles.has("realloc")) return looksBefore.size > 0;
    const state = this.calls.addressesOf(this.calls.reachableFrom(this.allocator.known, NONE));
    const isStrange = (address: number | undefined): boolean => address === undefined || !state.has(address);
    const looks = looksBefore.size > 0 || [...looksBeforeLoaded].some(isStrange) || loadsBeforeResults.size > 0;
    return looks || readsHeaders || loadsFrom.size > 0;
  }

  /** Members that others call than members and the known functions. */
  private enteredFromOutside(members: ReadonlyMap<Name, unknown>): ReadonlySet<Name> {
    const isInside = (name: Name): boolean => members.has(name) || this.own.has(name);
    return new Set(
      [...members.keys()].filter(
        (name) => this.reachable.has(name) || ![...this.calls.callersOf(name)].every(isInside),
      ),
    );
  }
}

const NONE: ReadonlySet<Name> = new Set();

function common(a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> {
  return new Set([...a].filter((each) => b.has(each)));
}

/** The functions that a module defines, by their names in Binaryen. */
export function functionsByName(functions: readonly Func[]): ReadonlyMap<Name, Func> {
  return new Map(functions.map((func) => [raw.FunctionGetName(func), func]));
}
