/** Reports in source lines of what a corpus reaches: the same as for test runs. */

import { resolve } from "node:path";
import type { ModuleProfile } from "../../coverage/profile/profile.ts";
import type { ModuleMap } from "../../fuzz/builtin/node/job.ts";
import { deriveCounts } from "../../instrument/derive_counts.ts";
import type { CorpusReportFlags, ReportFlags } from "../coverage/flags.ts";
import { reportProfile } from "../coverage/report.ts";
import { Failure } from "../failure.ts";
import { say } from "../io.ts";

/**
 * @param target path of the module, or of the program that loads it
 * @param edges positions of the edges that were reached, numbered consecutively through all modules
 * @throws {Failure} there is no module whose original is known
 */
export async function reportCorpus(
  target: string,
  modules: readonly ModuleMap[],
  edges: ReadonlySet<number>,
  flags: CorpusReportFlags,
): Promise<void> {
  const profiles: ModuleProfile[] = [];
  let first = 0;
  for (const module of modules) {
    const reached = Uint8Array.from(module.pcs, (_, k) => (edges.has(first + k) ? 1 : 0));
    first += reached.length;
    const profile = profileOf(target, module, reached);
    if (profile !== undefined) profiles.push(profile);
    else say(`wasm-kcov: ${module.name} is left out: it came instrumented, and its original is not known`);
  }
  if (profiles.length === 0)
    throw new Failure("there is no module that a report could be made of: give the original one");
  const report: ReportFlags = { ...flags, all: false, skipFull: false, perFile: false };
  await reportProfile({ modules: profiles }, report);
}

/** @param reached one flag per counter */
function profileOf(target: string, { name, source }: ModuleMap, reached: Uint8Array): ModuleProfile | undefined {
  const { pcTable, original } = source ?? {};
  if (pcTable === undefined || original === undefined) return undefined;
  const { sha256, bytes } = pcTable.original;
  const isTarget = target.endsWith(name);
  return {
    sha256,
    name,
    locations: isTarget ? [resolve(target)] : [],
    scripts: isTarget ? [] : [resolve(target)],
    bytes,
    kind: "hits",
    pcTable,
    counts: deriveCounts(pcTable, reached),
    original: async () => original,
  };
}
