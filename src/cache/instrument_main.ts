/** The process of {@link instrumentApart}: a module on standard input, the cache's entry on standard output. */

import { readFileSync, writeSync } from "node:fs";
import { InstrumentError } from "../errors.ts";
import { adoptionRemark } from "../instrument/adopt/remark.ts";
import { describePart } from "../instrument/sanitize/parts.ts";
import { optimizeLate } from "./engine_tuning.ts";
import { type CachedModule, encodeEntry } from "./entry.ts";
import type { InstrumentRequest } from "./instrument_apart.ts";
import { releaseLockFile } from "./lock.ts";
import { ModuleCache } from "./module_cache.ts";

const STDIN = 0;
const STDOUT = 1;

await run(JSON.parse(process.argv[2] as string) as InstrumentRequest);

async function run({ options, key, directory, lock }: InstrumentRequest): Promise<void> {
  optimizeLate();
  const { instrument } = await import("../instrument/index.ts");
  const entry = encodeEntry(instrumentModule(instrument, new Uint8Array(readFileSync(STDIN)), options));
  // Whether this succeeds does not matter: an entry that is missing later is only made again.
  new ModuleCache(directory).keepEntry(key, entry);
  if (lock !== undefined) releaseLockFile(lock);
  let rest = entry;
  while (rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest));
}

function instrumentModule(
  instrument: typeof import("../instrument/index.ts").instrument,
  bytes: Uint8Array<ArrayBuffer>,
  options: InstrumentRequest["options"],
): CachedModule {
  try {
    const { binary, leftOut, adopted, sanitizer = [] } = instrument(bytes, options);
    const adoption = adoptionRemark(adopted);
    const uncounted = leftOut.map(({ index, reason }) => `function ${index} is not counted: ${reason}`);
    const blind = sanitizer.filter(({ active }) => !active);
    const unchecked = blind.map(describePart);
    return { binary, notes: [...(adoption === undefined ? [] : [adoption]), ...uncounted, ...unchecked] };
  } catch (error) {
    if (!(error instanceof InstrumentError)) throw error;
    // If the bytes are not a module at all, the engine will report what is wrong with them.
    return { binary: undefined, notes: error.code === "ERR_MALFORMED" ? [] : [error.message] };
  }
}
