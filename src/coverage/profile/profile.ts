/**
 * What a run counted. A profile knows nothing of source lines: its counts belong to the sites of a module's pc table,
 * and the module's own bytes say what stands there.
 */

import type { PcTable } from "../../instrument/pc_table.ts";

/** What a run counted: the modules it loaded, each with a count for every site. */
export interface Profile {
  /** The modules that any process of the run loaded, each once. */
  readonly modules: readonly ModuleProfile[];
}

/** What counts of a module mean: "counts" are exact numbers of executions, "hits" are 0 or 1. */
export type CountKind = "counts" | "hits";

/** Which module it is, and where it came from. */
export interface ModuleIdentity {
  /** SHA-256 of the original module in lower-case hexadecimal: its identity. */
  readonly sha256: string;
  /** File name, last part of the URL, or the script that loaded it. */
  readonly name: string;
  /** Absolute paths and URLs that it was loaded from. */
  readonly locations: readonly string[];
  /** Scripts that loaded it, as absolute paths or URLs. */
  readonly scripts: readonly string[];
  /** Length of the original. */
  readonly bytes: number;
}

/** One module of a profile, whichever processes, threads and instances of it ran. */
export interface ModuleProfile extends ModuleIdentity {
  /** What `counts` mean. */
  readonly kind: CountKind;
  /** What each count belongs to. */
  readonly pcTable: PcTable;
  /** One for every site of `pcTable.sites`, in their order, those without a counter of their own included. */
  readonly counts: BigUint64Array;
  /** The original's bytes, which are kept beside the profile by content. */
  original(): Promise<Uint8Array>;
}
