/** The pc table: what each PC of an instrumented module means. Its encoding is in pc_table_format.ts. */

import type { CounterForm } from "../abi/counters.ts";

/** Name of the custom section. */
export const PC_TABLE_SECTION = "wasm-kcov";

/** What can be traced, in the order of the table's bits. */
export const TRACES = [
  "pc",
  "cmp",
  "switch",
  "div",
  "indirect-calls",
  "loads",
  "stores",
  "stack-depth",
  /** A counter for every control-flow site. */
  "counters",
] as const;

/** A class of events that instrumented code reports. */
export type TraceKind = (typeof TRACES)[number];

/** How instrumented code reaches the hooks: it contains them, imports them, or does without a host. */
export const LINKS = ["fused", "import", "standalone"] as const;

/** How instrumented code reaches the hooks: it contains them, imports them, or does without a host. */
export type LinkMode = (typeof LINKS)[number];

/** How finely control flow is traced, in the order of the table's numbers. */
export const LEVELS = ["func", "bb", "edge"] as const;

/** How finely control flow is traced: function entries, basic blocks, or edges too. */
export type Level = (typeof LEVELS)[number];

/** Kinds of sites, in the order of the table's numbers. */
export const SITE_KINDS = [
  /** A function is entered. */
  "entry",
  /** The first arm of an `if`. */
  "then",
  /** The other arm, or the edge around the first if there is no other. */
  "else",
  /** One iteration of a loop begins. */
  "loop",
  /** `br_if` and `br_on_…`: the branch is taken. */
  "taken",
  /** `br_if` and `br_on_…`: control falls through. */
  "not-taken",
  /** After a construct whose label is a branch target. */
  "join",
  /** After an `if` both of whose arms end there (level bb). */
  "endif",
  /** A `br_table` goes to one of its labels. */
  "case",
  /** An exception is caught. */
  "catch",
  "cmp",
  "switch",
  "div",
  "indirect-call",
  "load",
  "store",
  "stack-depth",
  /** The condition of a `select` holds. */
  "select-true",
  /** It does not hold: identified by an offset inside of an operator before the `select`, which has only one byte. */
  "select-false",
  /** The code calls a hook of the compiler that instrumented it, or reads one of that compiler's inline counters. */
  "adopted",
] as const;

/** What a site reports. */
export type SiteKind = (typeof SITE_KINDS)[number];

/** What must be traced for a site that records a value; the other kinds are control-flow sites. */
const TRACE_OF: Readonly<Partial<Record<SiteKind, TraceKind>>> = {
  cmp: "cmp",
  switch: "switch",
  div: "div",
  "indirect-call": "indirect-calls",
  load: "loads",
  store: "stores",
  "stack-depth": "stack-depth",
};

/** Kinds of sites that record values for one of the traces. */
export function dataKindsOf(trace: readonly TraceKind[]): ReadonlySet<SiteKind> {
  const wanted = new Set<TraceKind | undefined>(trace);
  return new Set(SITE_KINDS.filter((kind) => isDataSite(kind) && wanted.has(TRACE_OF[kind])));
}

/** Whether a site records a value, not that control reached it. */
export function isDataSite(kind: SiteKind): boolean {
  return TRACE_OF[kind] !== undefined;
}

/** One site. */
export interface PcSite {
  /** What the hook is passed: `pcBase` plus the offset of the deciding instruction in the original file. */
  readonly pc: bigint;
  /** What the site reports. */
  readonly kind: SiteKind;
  /** Index of the function, in the original module. */
  readonly function: number;
  /** Byte range of the original's code right after the site, up to the next branch or join. */
  readonly block: readonly [start: number, end: number];
  /**
   * Undefined for a site with a hook. Otherwise the site has no hook, and was executed iff one of these sites was; they
   * are indices into {@link PcTable.sites}.
   */
  readonly impliedBy: readonly number[] | undefined;
  /**
   * In a module with only 64-bit counters, the sites from which this one's count is derived (`deriveCounts`): it is the
   * sum of the counts of `from` minus those of `less`. Undefined for a site that counts. If such a site has a counter
   * anyway, that only says whether it was executed.
   */
  readonly follows:
    | {
        /** Sites whose counts are added, as indices into {@link PcTable.sites}. */
        readonly from: readonly number[];
        /** Sites whose counts are subtracted. */
        readonly less: readonly number[];
      }
    | undefined;
}

/** A function with sites. */
export interface PcFunction {
  /** Index in the original module. */
  readonly index: number;
  /** Byte range of its body in the original file. */
  readonly body: readonly [start: number, end: number];
  /** False if PCs are merely distinct offsets inside the body. */
  readonly exact: boolean;
}

/** Everything about an instrumented module except its sites. */
export interface PcTableHeader {
  /** How the code reaches the hooks. */
  readonly link: LinkMode;
  /** How finely control flow is traced. */
  readonly level: Level;
  /** Whether sites that follow from others have no hook. */
  readonly prune: boolean;
  /** What is traced. */
  readonly trace: readonly TraceKind[];
  /** The form of the counters; undefined for a module without any. */
  readonly counters: CounterForm | undefined;
  /** What is added to the offsets of sites to make PCs. */
  readonly pcBase: bigint;
  /** The module that was instrumented. */
  readonly original: {
    /** Its size. */
    readonly bytes: number;
    /** SHA-256 of its bytes, in lower-case hexadecimal. */
    readonly sha256: string;
    /** Number of functions that it imports; they come first in the index space. */
    readonly importedFunctions: number;
  };
  /**
   * Number of functions that the output imports in addition. A function of the original whose index is not below
   * `original.importedFunctions` has an index in the output that is higher by this, minus the number of removed ones.
   */
  readonly addedFunctions: number;
  /** Indices of the original's imported functions that were removed in the output: see {@link originalFunction}. */
  readonly removedFunctions: readonly number[];
}

/** The pc table of an instrumented module. */
export interface PcTable extends PcTableHeader {
  /** Functions with sites, by index. */
  readonly functions: readonly PcFunction[];
  /** Sites by function, and by pc within each. */
  readonly sites: readonly PcSite[];
}

/**
 * The PCs of a module's inline counters.
 *
 * @returns an array whose element k is the pc of the k-th counter; empty for a module without counters
 */
export function counterPcs(table: PcTable): BigUint64Array<ArrayBuffer> {
  if (!table.trace.includes("counters")) return new BigUint64Array(0);
  return BigUint64Array.from(table.sites.filter(isCounted), ({ pc }) => pc);
}

/** Whether a site has a counter, in a module with counters. */
export function isCounted({ kind, impliedBy }: Pick<PcSite, "kind" | "impliedBy">): boolean {
  return impliedBy === undefined && !isDataSite(kind);
}

/**
 * The index that a function of the instrumented module has in the original.
 *
 * @returns undefined for an import that was added. Other functions that were added come after the module's own.
 */
export function originalFunction(func: number, table: PcTableHeader): number | undefined {
  const { original, addedFunctions, removedFunctions } = table;
  const kept = original.importedFunctions - removedFunctions.length;
  if (func >= kept) return func < kept + addedFunctions ? undefined : func - addedFunctions + removedFunctions.length;
  return removedFunctions.reduce((index, removed) => (removed <= index ? index + 1 : index), func);
}
