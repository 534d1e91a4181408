/** The options that `coverage` and `report` share, named as in c8 where it has them. */

import { type Command, Option } from "commander";
import { REPORTERS } from "../../coverage/reports/reporters.ts";
import { EXIT_USAGE, Failure } from "../failure.ts";
import { collectValues } from "../instrument_options.ts";
import type { SanitizeFlags } from "../sanitize_options.ts";
import { MEASURES, type Measure, type ThresholdFlags } from "./thresholds.ts";

/** Flags of both commands. */
export interface ReportFlags extends ThresholdFlags {
  reporter?: string[];
  reportsDir: string;
  include?: string[];
  exclude?: string[];
  module?: string[];
  excludeModule?: string[];
  allSources: boolean;
  all: boolean;
  skipFull: boolean;
  perFile: boolean;
  merge?: string[];
  pathMap?: string[];
  symbolMap?: string;
}

/** Flags of a coverage run. */
export interface CoverageFlags extends ReportFlags, SanitizeFlags {
  tempDirectory: string;
  clean: boolean;
  hits: boolean;
  selects: boolean;
}

/** Flags of reports about a corpus. */
export interface CorpusReportFlags {
  reporter?: string[];
  reportsDir: string;
  allSources: boolean;
  pathMap?: string[];
  symbolMap?: string;
}

export const DEFAULT_TEMP_DIRECTORY = "coverage/tmp";

/** Adds the options for which reports to make, and where sources are. */
export function addReporterOptions(command: Command): Command {
  return command
    .option("-r, --reporter <name>", `report to make (repeatable): ${REPORTERS.join(", ")}`, addReporter)
    .option("--reports-dir <dir>", "where reports that are files go", "coverage")
    .option("--all-sources", "also source files that are not on this machine", false)
    .option("--path-map <from=to>", "a prefix of source paths, and what it is here (repeatable)", collectPair)
    .option("--symbol-map <file>", "names of functions, as emcc --emit-symbol-map writes them");
}

export function addReportOptions(command: Command): Command {
  addReporterOptions(command)
    .option("--include <glob>", "only these source files (repeatable)", collectValues)
    .option("--exclude <glob>", "not these source files (repeatable)", collectValues)
    .option("--module <glob>", "only these modules, by path, name or package (repeatable)", collectValues)
    .option("--exclude-module <glob>", "not these modules (repeatable)", collectValues)
    .option("--all", "modules that match --module and were never loaded count as 0", false)
    .option("--skip-full", "leave what is fully covered out of the text report", false)
    .option("--merge <file>", "report together with this coverage-final.json (repeatable)", collectValues);
  return addThresholdOptions(command);
}

function addThresholdOptions(command: Command): Command {
  command
    .option("--check-coverage", "exit with 1 when a threshold is missed (the default when one is given)")
    .option("--no-check-coverage", "report only, whatever the configuration says");
  for (const measure of MEASURES) {
    command.addOption(
      new Option(`--${measure} <percent>`, `least coverage of ${measure}`).argParser((text) => percent(measure, text)),
    );
  }
  return command
    .option("--per-file", "thresholds hold for every file", false)
    .option("--100", "all thresholds are 100", false);
}

function percent(measure: Measure, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 100) return value;
  throw new Failure(`--${measure} ${text} is not a percentage from 0 to 100`, EXIT_USAGE);
}

function addReporter(name: string, previous: string[] = []): string[] {
  if (REPORTERS.some((each) => each === name)) return [...previous, name];
  throw new Failure(`there is no reporter ${name}: those there are: ${REPORTERS.join(", ")}`, EXIT_USAGE);
}

function collectPair(text: string, previous: string[] = []): string[] {
  if (text.indexOf("=") > 0) return [...previous, text];
  throw new Failure(`--path-map ${text} is not of the form FROM=TO`, EXIT_USAGE);
}
