/** The convenient way to trace: open … DISABLE around a function. */

import {
  KCOV_DISABLE,
  KCOV_ENABLE,
  KCOV_INIT_TRACE,
  KCOV_TRACE_CMP,
  KCOV_TRACE_PC,
  KCOV_WORDS_PER_CMP,
} from "../abi/kcov.ts";
import { WORD_BYTES } from "../abi/layout.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { checkOptions, NUMBER, type OptionKinds, oneOf } from "../option_checks.ts";
import { type Comparison, decodeComparisons, decodeEvents, decodePcs, type TraceEvent } from "./records.ts";
import { isThenable } from "./thenable.ts";

/** What to record, and how much of it. */
export interface TraceOptions {
  /** "pc" (default): every site that executes; "cmp": the operands of comparisons. */
  mode?: "pc" | "cmp";
  /** Length of the area in words; default 1 Mi (8 MiB): 1,048,575 PCs or 262,143 comparisons. */
  size?: number;
}

/** What was recorded while a function ran. It is a copy, which does not change later. */
export interface Trace<T = unknown> {
  /** What was recorded. */
  mode: "pc" | "cmp";
  /** PCs in order of execution; empty in mode "cmp". */
  pcs: BigUint64Array<ArrayBuffer>;
  /** Comparisons in order of execution; empty in mode "pc". */
  comparisons: Comparison[];
  /** Events that are not comparisons, in order of execution; empty in mode "pc". */
  events: TraceEvent[];
  /** Whether the area was full at the end: anything later was not recorded. */
  dropped: boolean;
  /** What the function returned. */
  result: T;
}

const DEFAULT_SIZE = 1 << 20;

const OPTION_KINDS: OptionKinds<TraceOptions> = { mode: oneOf(["pc", "cmp"]), size: NUMBER };

/** The part of a `Kcov` that tracing needs. */
interface Traceable {
  readonly current: number;
  open(): number;
  ioctl(fd: number, cmd: number, arg?: number): 0;
  mmap(fd: number, length: number): KcovMapping;
  close(fd: number): void;
}

/** See `Kcov.trace`. */
export function trace<T>(
  kcov: Traceable,
  fn: () => T,
  options: TraceOptions = {},
): Trace<Awaited<T>> | Promise<Trace<Awaited<T>>> {
  checkOptions("trace", options, OPTION_KINDS);
  const { mode = "pc", size = DEFAULT_SIZE } = options;
  const session = startSession(kcov, mode, size);
  let result: T;
  try {
    result = fn();
  } catch (error) {
    session.end();
    throw error;
  }
  if (!isThenable(result)) return finish(session, mode, size, result as Awaited<T>);
  return Promise.resolve(result).then(
    (value) => finish(session, mode, size, value),
    (error) => {
      session.end();
      throw error;
    },
  );
}

interface Session {
  words: BigUint64Array<ArrayBufferLike>;
  /** Ends tracing and releases everything. */
  end(): void;
}

function startSession(kcov: Traceable, mode: "pc" | "cmp", size: number): Session {
  const fd = kcov.open();
  let mapping: KcovMapping | undefined;
  const release = (): void => {
    mapping?.munmap();
    kcov.close(fd);
  };
  try {
    kcov.ioctl(fd, KCOV_INIT_TRACE, size);
    mapping = kcov.mmap(fd, size * WORD_BYTES);
    const { words } = mapping;
    const task = kcov.current;
    kcov.ioctl(fd, KCOV_ENABLE, mode === "pc" ? KCOV_TRACE_PC : KCOV_TRACE_CMP);
    const end = (): void => {
      try {
        // `fn` may have ended the tracing itself, or switched to another task.
        if (kcov.current === task) kcov.ioctl(fd, KCOV_DISABLE, 0);
      } finally {
        release();
      }
    };
    return { words, end };
  } catch (error) {
    release();
    throw error;
  }
}

function finish<T>(session: Session, mode: "pc" | "cmp", size: number, result: T): Trace<T> {
  try {
    const { words } = session;
    const capacity = mode === "pc" ? size - 1 : Math.floor((size - 1) / KCOV_WORDS_PER_CMP);
    return {
      mode,
      pcs: mode === "pc" ? decodePcs(words) : new BigUint64Array(0),
      comparisons: mode === "cmp" ? decodeComparisons(words) : [],
      events: mode === "cmp" ? decodeEvents(words) : [],
      dropped: (words[0] as bigint) >= BigInt(capacity),
      result,
    };
  } finally {
    session.end();
  }
}
