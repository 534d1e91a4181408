/** Reports of a coverage map, written by istanbul's reporters. */

import libCoverage, { type CoverageMap, type CoverageMapData } from "istanbul-lib-coverage";
import libReport, { type Watermarks } from "istanbul-lib-report";
import istanbulReports, { type ReportOptions } from "istanbul-reports";
import { messageOf } from "../../errors.ts";
import { type FileCoverageWithText, SOURCE_TEXT } from "../map/file_coverage.ts";
import { ReportsDirectory } from "../node/reports_directory.ts";
import { REPORTERS } from "./reporters.ts";

/** Which reports are written, and how. */
export interface WriteReportsOptions {
  /** Names of reporters. Default: "text". */
  readonly reporters?: readonly string[];
  /** Directory for files. Default: "coverage". Text reporters write to standard output. */
  readonly reportsDir?: string;
  /** Leaves files with full coverage out of the text table. */
  readonly skipFull?: boolean;
  /** Percentages from which coverage is medium and high. */
  readonly watermarks?: Partial<Watermarks>;
  /** Directory to which the file names of lcov and cobertura are relative. Default: the working directory. */
  readonly projectRoot?: string;
  /** Columns of the text table, 0 for no limit. Default: as wide as the terminal. */
  readonly maxCols?: number;
}

/** Why reports cannot be made, in one line. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/**
 * Checks names of reporters before anything runs.
 *
 * @throws {ReportError} one of them is unknown
 */
export function checkReporters(names: readonly string[]): void {
  for (const name of names) {
    if (!REPORTERS.some((known) => known === name)) {
      throw new ReportError(`there is no reporter ${name}: there are ${REPORTERS.join(", ")}`);
    }
  }
}

/**
 * Writes reports.
 *
 * @throws {ReportError} a reporter is unknown, or its files cannot be written
 */
export function writeReports(map: CoverageMapData | CoverageMap, options: WriteReportsOptions = {}): void {
  const { reporters = ["text"], reportsDir = "coverage", watermarks, skipFull = false, projectRoot, maxCols } = options;
  checkReporters(reporters);
  const coverageMap = libCoverage.createCoverageMap(map);
  const files = libReport.createContext({ coverageMap });
  const target = new ReportsDirectory(reportsDir);
  const context = libReport.createContext({
    dir: target.unfinished,
    coverageMap,
    defaultSummarizer: "nested",
    ...(watermarks && { watermarks }),
    sourceFinder: (path) => sourceOf(coverageMap, path, (each) => files.getSource(each)),
  });
  const settings = {
    skipFull,
    skipEmpty: false,
    ...(projectRoot !== undefined && { projectRoot }),
    ...(maxCols !== undefined && { maxCols }),
  };
  for (const name of reporters) {
    const report = istanbulReports.create(
      name as keyof ReportOptions,
      settings as Partial<ReportOptions[keyof ReportOptions]>,
    );
    try {
      report.execute(context);
      target.finish();
    } catch (error) {
      const reason = messageOf(target.reasonOf(error));
      target.abandon();
      throw new ReportError(`the report ${name} cannot be written to ${reportsDir}: ${reason}`);
    }
  }
}

/** The text of a source, from the map if it contains it, else from the file. */
function sourceOf(map: CoverageMap, path: string, fromFile: (path: string) => string): string {
  const { [SOURCE_TEXT]: carried } = map.fileCoverageFor(path).data as FileCoverageWithText;
  return carried ?? fromFile(path);
}
