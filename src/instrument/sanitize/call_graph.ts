/** The direct calls between functions, their accesses to static data, and what follows from these. */

import { type Func, isImported, type Name, raw } from "../ir/binaryen.ts";
import { childOf, ID, isConst } from "../ir/expressions.ts";
import { accessOf } from "../ir/memory_access.ts";
import { type Place, walkKnown } from "../ir/walk.ts";

/** The calls of one function. */
interface Calls {
  readonly callees: Set<Name>;
  /** Whether it calls something unknown: through a table or a reference, or a function of the host. */
  callsUnknown: boolean;
  /** Whether it calls through a table or a reference. */
  callsIndirectly: boolean;
  /** Constant addresses that it accesses. */
  readonly addresses: Set<number>;
}

export class CallGraph {
  private readonly calls = new Map<Name, Calls>();
  private readonly callers = new Map<Name, Set<Name>>();
  private readonly imported: ReadonlySet<Name>;

  constructor(functions: readonly Func[]) {
    this.imported = new Set(functions.filter(isImported).map((func) => raw.FunctionGetName(func)));
    for (const func of functions) {
      if (!isImported(func)) this.add(func);
    }
  }

  private add(func: Func): void {
    const name = raw.FunctionGetName(func);
    const calls: Calls = { callees: new Set(), callsUnknown: false, callsIndirectly: false, addresses: new Set() };
    this.calls.set(name, calls);
    const look = ({ expr, id }: Place): void => {
      if (id === ID.Call) {
        const callee = raw.CallGetTarget(expr);
        if (this.imported.has(callee)) calls.callsUnknown = true;
        calls.callees.add(callee);
        const callers = this.callers.get(callee);
        if (callers) callers.add(name);
        else this.callers.set(callee, new Set([name]));
      } else if (id === ID.Load || id === ID.Store) {
        const pointer = childOf(expr, 0);
        if (isConst(pointer)) calls.addresses.add((raw.ConstGetValueI32(pointer) >>> 0) + accessOf(expr).low);
      } else if (id === ID.CallIndirect || id === ID.CallRef) {
        calls.callsUnknown = true;
        calls.callsIndirectly = true;
      }
    };
    if (!walkKnown(func, look)) calls.callsUnknown = true;
  }

  /** Constant addresses that some functions access. */
  addressesOf(functions: Iterable<Name>): Set<number> {
    const all = new Set<number>();
    for (const name of functions) for (const address of this.calls.get(name)?.addresses ?? []) all.add(address);
    return all;
  }

  calleesOf(name: Name): ReadonlySet<Name> {
    return this.calls.get(name)?.callees ?? new Set();
  }

  /** Whether a function calls through a table or a reference. */
  callsIndirectly(name: Name): boolean {
    return this.calls.get(name)?.callsIndirectly ?? false;
  }

  callersOf(name: Name): ReadonlySet<Name> {
    return this.callers.get(name) ?? new Set();
  }

  /** Functions that access one of some constant addresses. */
  accessing(addresses: ReadonlySet<number>): Name[] {
    return [...this.calls]
      .filter(([, own]) => [...own.addresses].some((each) => addresses.has(each)))
      .map(([name]) => name);
  }

  /** The functions in `roots`, and those that only these call. @param reachable functions that others may call, too */
  exclusive(roots: Iterable<Name>, reachable: ReadonlySet<Name>): Set<Name> {
    const found = new Set(roots);
    const isOwn = (callee: Name): boolean =>
      !reachable.has(callee) &&
      !this.imported.has(callee) &&
      [...(this.callers.get(callee) ?? [])].every((caller) => caller === callee || found.has(caller));
    // Iteration includes members that are added meanwhile, but a function that two members call may be visited before
    // both are in the set.
    for (let size = 0; size < found.size; ) {
      size = found.size;
      for (const name of found)
        for (const callee of this.calls.get(name)?.callees ?? []) if (isOwn(callee)) found.add(callee);
    }
    return found;
  }

  /** The functions in `roots`, and all that they may call. @param addressTaken those that may be called indirectly */
  reachableFrom(roots: Iterable<Name>, addressTaken: Iterable<Name>): Set<Name> {
    const found = new Set(roots);
    let isOpen = false;
    // Iteration includes members that are added meanwhile.
    for (const name of found) {
      const calls = this.calls.get(name);
      for (const callee of calls?.callees ?? []) found.add(callee);
      if (isOpen || !calls?.callsIndirectly) continue;
      isOpen = true;
      for (const callee of addressTaken) found.add(callee);
    }
    return found;
  }

  /** Functions from which neither `targets` nor unknown code can be reached. */
  cannotReach(targets: ReadonlySet<Name>): Set<Name> {
    const reaching = new Set<Name>(targets);
    const pending: Name[] = [...targets];
    for (const [name, { callsUnknown }] of this.calls) {
      if (callsUnknown && !reaching.has(name)) {
        reaching.add(name);
        pending.push(name);
      }
    }
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      for (const caller of this.callers.get(name) ?? []) {
        if (reaching.has(caller)) continue;
        reaching.add(caller);
        pending.push(caller);
      }
    }
    return new Set([...this.calls.keys()].filter((name) => !reaching.has(name)));
  }
}
