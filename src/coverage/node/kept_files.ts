/**
 * The originals and pc tables to which profiles refer: next to the profiles, named by their contents, or given as
 * modules.
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { sha256Hex } from "../../cache/content.ts";
import { InstrumentError } from "../../errors.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { decodePcTable } from "../../instrument/pc_table_format.ts";
import { pcTableBytes } from "../../instrument/read_pc_table.ts";
import type { StandaloneOrigin } from "../profile/standalone.ts";
import { originalPath, pcTablePath } from "./profile_directory.ts";

interface Given {
  readonly bytes: Uint8Array;
  readonly path: string;
}

export class KeptFiles {
  readonly #directories: readonly string[];
  /** The originals, by the SHA-256 of their contents. */
  readonly #originals = new Map<string, Given>();
  readonly #tables = new Map<string, Given>();

  /** @param directories directories with profiles */
  constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  /** Adds a module that was given in addition: an instrumented one has a pc table, any other is an original. */
  give(path: string, bytes: Uint8Array): void {
    const table = tableOf(bytes);
    if (table === undefined) this.#originals.set(sha256Hex(bytes), { bytes, path });
    else this.#tables.set(sha256Hex(table), { bytes: table, path });
  }

  /** @throws {Error} it does not exist or is damaged */
  pcTable(hash: string): PcTable {
    const given = this.#tables.get(hash)?.bytes;
    return decodePcTable(given ?? readKept(this.#directories, (directory) => pcTablePath(directory, hash), hash));
  }

  /** Name and location of the module of a standalone profile's pc table. */
  originOf(pcTable: string, { original }: PcTable): StandaloneOrigin {
    const given = this.#originals.get(original.sha256);
    if (given) return { name: basename(given.path), locations: [resolve(given.path)] };
    const { path = original.sha256 } = this.#tables.get(pcTable) ?? {};
    return { name: basename(path), locations: [] };
  }

  /** @throws {Error} the original does not exist, or is not the one that was loaded */
  async original({ sha256: hash, name }: { sha256: string; name: string }): Promise<Uint8Array> {
    const given = this.#originals.get(hash);
    if (given) return given.bytes;
    for (const directory of this.#directories) {
      const bytes = await readFile(originalPath(directory, hash)).catch(() => undefined);
      if (bytes !== undefined && sha256Hex(bytes) === hash) return bytes;
    }
    throw new Error(`the original of ${name} is missing: modules/${hash}.wasm`);
  }
}

function tableOf(module: Uint8Array): Uint8Array | undefined {
  try {
    return pcTableBytes(module as Uint8Array<ArrayBuffer>);
  } catch (error) {
    if (error instanceof InstrumentError && error.code === "ERR_NOT_INSTRUMENTED") return undefined;
    throw error;
  }
}

/** Reads the first copy whose contents match its name. */
function readKept(directories: readonly string[], pathIn: (directory: string) => string, hash: string): Uint8Array {
  let failure: unknown = new Error("there are no directories");
  for (const directory of directories) {
    try {
      const bytes = readFileSync(pathIn(directory));
      if (sha256Hex(bytes) === hash) return bytes;
      failure = new Error(`${pathIn(directory)} is damaged`);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
