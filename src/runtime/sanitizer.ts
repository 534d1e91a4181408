/** What sanitized modules import besides memories: shadows for the import link, stacks, and the receiver of reports. */

import { GOES_ON } from "../abi/sanitizer.ts";
import {
  type HOST_FUNCTIONS,
  KEEP_STACK,
  MEMORY_ERROR,
  SHADOW_IMPORT,
  STACKS_GLOBAL,
} from "../abi/sanitizer_imports.ts";
import { engine } from "../engine.ts";
import { shadowBinary } from "../hooks/sanitizer.ts";
import { MemoryError, type MemoryReport, memoryErrorKind } from "./memory_report.ts";

/** Called for an error: it may throw. If it returns, the program goes on. */
export type OnMemoryError = (report: MemoryReport) => void;

/** Maximum number of stacks that are kept: those of older blocks are dropped. */
const MAX_STACKS = 1 << 16;
/** The same as in the fused link: see src/instrument/sanitize/sanitizer.ts. */
const SAVED_PAGES = 1024;
/** Maximum number of frames in a stack. */
const STACK_FRAMES = 32;

/** Receives the reports of sanitized modules on one thread. */
export class SanitizerHost {
  onMemoryError: OnMemoryError | undefined;
  /** See `Kcov.keepsMemoryStacks`. */
  readonly #stacksGlobal = new engine.Global({ value: "i32", mutable: true }, 0);
  readonly #stacks = new Map<number, Error>();
  #lastStack = 0;

  get keepsStacks(): boolean {
    return this.#stacksGlobal.value !== 0;
  }
  set keepsStacks(keeps: boolean) {
    this.#stacksGlobal.value = keeps ? 1 : 0;
  }

  get imports(): Record<keyof typeof HOST_FUNCTIONS, WebAssembly.ExportValue> &
    Record<typeof STACKS_GLOBAL, WebAssembly.Global> {
    return {
      [MEMORY_ERROR]: this.#report.bind(this),
      [KEEP_STACK]: this.#keepStack.bind(this),
      [STACKS_GLOBAL]: this.#stacksGlobal,
    };
  }

  #keepStack(): number {
    const number = ++this.#lastStack;
    this.#stacks.set(number, currentStack());
    this.#stacks.delete(number - MAX_STACKS);
    return number;
  }

  /** In the order of the parameters in assembly/sanitize/heap/host.ts; all are i32, and most of them unsigned. */
  #report(what: number, ...values: number[]): void {
    const operation = what & ~GOES_ON;
    const unsigned = values.map((value) => value >>> 0);
    const [address = 0, bytes = 0, isWrite = 0, pc = 0, badAddress = 0, value = 0] = unsigned;
    const [block = 0, size = 0, allocatedAt = 0, freedAt = 0] = unsigned.slice(6);
    const stackOf = (number: number): string | undefined => this.#stacks.get(number)?.stack;
    const report: MemoryReport = {
      kind: memoryErrorKind(operation, value),
      address,
      bytes,
      isWrite: isWrite !== 0,
      pc,
      badAddress,
      block:
        block === 0
          ? undefined
          : { address: block, bytes: size, allocated: stackOf(allocatedAt), freed: stackOf(freedAt) },
      stack: currentStack().stack ?? "",
      goesOn: (what & GOES_ON) !== 0,
    };
    if (!this.onMemoryError) throw new MemoryError(report);
    this.onMemoryError(report);
  }
}

/** The stack as an Error, whose text engines create only on access. */
function currentStack(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_FRAMES;
  const error = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

// Saved now: the programs whose modules import these may change the built-in objects.
const { get, has } = Reflect;

/**
 * Import values, and functions of a new shadow for every instance that imports them by name: `shadow PAGES NAME`. An
 * engine reads each import once per instance, so that a name that is read again is read for the next instance.
 */
export function withShadows<T extends object>(values: T): T {
  const shadows = new Map<string, { readonly functions: WebAssembly.Exports; readonly read: Set<string> }>();
  return new Proxy(values, {
    has: (target, property) => isShadow(property) || has(target, property),
    get(target, property, receiver) {
      if (!isShadow(property)) return get(target, property, receiver);
      const [pages = "", name = ""] = property.slice(SHADOW_IMPORT.length).split(" ");
      let shadow = shadows.get(pages);
      if (!shadow || shadow.read.has(name)) {
        shadow = { functions: createShadow(Number(pages)), read: new Set() };
        shadows.set(pages, shadow);
      }
      shadow.read.add(name);
      return shadow.functions[name];
    },
  });
}

function isShadow(property: string | symbol): property is string {
  return typeof property === "string" && property.startsWith(SHADOW_IMPORT);
}

function createShadow(pages: number): WebAssembly.Exports {
  const memory = new engine.Memory({ initial: pages, maximum: pages + SAVED_PAGES });
  const module = new engine.Module(shadowBinary());
  return new engine.Instance(module, { env: { memory } }).exports;
}
