/** Reads coverage maps of other tools: of JavaScript, by vitest, c8 or nyc. */

import { readFileSync } from "node:fs";
import type { CoverageMapData } from "istanbul-lib-coverage";
import { Failure, fileFailure } from "../failure.ts";

/** @throws {Failure} one of the files cannot be read, or is not a coverage map */
export function readMaps(paths: readonly string[]): CoverageMapData[] {
  return paths.map(readMap);
}

function readMap(path: string): CoverageMapData {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  try {
    const map = JSON.parse(text) as CoverageMapData;
    if (typeof map === "object" && map !== null && Object.values(map).every(isFileCoverage)) return map;
  } catch {
    // Reported below.
  }
  throw new Failure(`${path} is not a coverage map: the coverage-final.json of vitest, c8 or nyc is expected`);
}

function isFileCoverage(value: unknown): boolean {
  const keys = ["path", "statementMap", "fnMap", "branchMap", "s", "f", "b"];
  return typeof value === "object" && value !== null && keys.every((key) => key in value);
}
