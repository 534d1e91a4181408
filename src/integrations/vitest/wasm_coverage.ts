/** Makes the WebAssembly part of a report, from the profiles of a run. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { type FileCoverageWithText, SOURCE_TEXT } from "../../coverage/map/file_coverage.ts";
import { parsePathMap } from "../../coverage/map/options.ts";
import { toCoverageMap } from "../../coverage/node/coverage_map.ts";
import { readProfiles } from "../../coverage/node/read_profiles.ts";
import type { WasmCoverageContext } from "./options.ts";
import { writePerTest } from "./per_test_report.ts";

/** Folder in the reports for the text of modules without debug information. */
const TEXT_FOLDER = "wasm";

export async function coverageOfWasm(directory: string, context: WasmCoverageContext): Promise<CoverageMapData> {
  const { options, note, reportsDirectory } = context;
  const profile = await readProfiles([directory], note);
  for (const [line] of profile.notes) note(line);
  const { allSources = false, pathMap = [] } = options;
  const pairs = pathMap.map(parsePathMap).filter((pair) => pair !== undefined);
  const map = await toCoverageMap(profile, { allSources, pathMap: pairs, note });
  if (options.perTest) await writePerTest(directory, profile, context);
  return withTextFiles(map, join(reportsDirectory, TEXT_FOLDER));
}

/** Writes texts that exist only in memory to files, because other tools' reporters read sources from files. */
function withTextFiles(map: CoverageMapData, folder: string): CoverageMapData {
  const result: CoverageMapData = {};
  for (const [path, file] of Object.entries(map)) {
    const data = ("data" in file ? file.data : file) as FileCoverageWithText;
    const text = data[SOURCE_TEXT];
    if (text === undefined || isTextOf(path, text)) {
      result[path] = data;
      continue;
    }
    const name = basename(path);
    const written = join(folder, name.endsWith(".wasm") ? `${name}.wat` : name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(written, text);
    result[written] = { ...data, path: written };
  }
  return result;
}

/** Whether a file has this text. A module without debug information has the path of its binary, which has not. */
function isTextOf(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
