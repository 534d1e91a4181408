/**
 * The counts of a run. A profile does not refer to source lines: its counts belong to the sites of a module's pc table,
 * and what is at those sites follows from the module itself.
 */

import type { PcTable } from "../../instrument/pc_table.ts";

/** The counts of a run: the modules that it loaded, each with a count for every site. */
export interface Profile {
  /** The modules that any process of the run loaded, each once. */
  readonly modules: readonly ModuleProfile[];
}

/** The meaning of a module's counts: "counts" are exact numbers of executions, "hits" are 0 or 1. */
export type CountKind = "counts" | "hits";

/** Identifies a module, and says where it came from. */
export interface ModuleIdentity {
  /** SHA-256 of the original module in lower-case hexadecimal: its identity. */
  readonly sha256: string;
  /** File name, last part of the URL, or the script that loaded it. */
  readonly name: string;
  /** Absolute paths and URLs from which it was loaded. */
  readonly locations: readonly string[];
  /** Scripts that loaded it, as absolute paths or URLs. */
  readonly scripts: readonly string[];
  /** Length of the original in bytes. */
  readonly bytes: number;
}

/** One module of a profile, with the counts of all its instances in all processes and threads. */
export interface ModuleProfile extends ModuleIdentity {
  /** The meaning of `counts`. */
  readonly kind: CountKind;
  /** The sites to which the counts belong. */
  readonly pcTable: PcTable;
  /** One count for every site of `pcTable.sites`, in order, including those without a counter of their own. */
  readonly counts: BigUint64Array;
  /** Reads the original binary, which is stored next to the profile by content. */
  original(): Promise<Uint8Array>;
}
