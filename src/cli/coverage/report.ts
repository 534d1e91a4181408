/** Makes reports from directories of profiles. Prints a line about whatever is missing from a report. */

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { isAlive } from "../../cache/lock.ts";
import { ModuleFilter, placeOf, unmatchedGlobs } from "../../coverage/node/module_filter.ts";
import { moduleExpressions } from "../../coverage/node/module_globs.ts";
import type { BegunProcess } from "../../coverage/node/profile_directory.ts";
import { spillDirectory } from "../../coverage/node/profile_store.ts";
import { type ReadProfiles, readProfiles } from "../../coverage/node/read_profiles.ts";
import { nodeSourceAccess } from "../../coverage/node/source_access.ts";
import type { ModuleProfile, Profile } from "../../coverage/profile/profile.ts";
import { visible } from "../../text.ts";
import { say } from "../io.ts";
import type { ReportFlags } from "./flags.ts";
import { readMaps } from "./maps.ts";
import { describeMemoryErrors } from "./memory_errors.ts";
import { checkThresholds, thresholdsOf } from "./thresholds.ts";
import { unloadedModules } from "./unloaded.ts";

/** The result of making a report. */
export interface Reported {
  /** Whether no threshold was missed and no memory error was found. */
  readonly passed: boolean;
  readonly modules: number;
}

/**
 * Makes the requested reports.
 *
 * @param nothing the message if no module was loaded
 * @throws {Failure} a report cannot be written, a map to merge cannot be read
 */
export async function makeReports(
  directories: readonly string[],
  flags: ReportFlags,
  nothing: string,
): Promise<Reported> {
  const read = await readAll(directories);
  const profile = await complete(read, flags);
  sayWhatIsMissing(read);
  sayUnmatched(flags, [...read.leftOut, ...[...read.modules, ...profile.modules].flatMap(placesOf)]);
  if (profile.modules.length === 0) note(nothing);
  const reported = await reportProfile(profile, flags);
  for (const line of await describeMemoryErrors(read)) note(line);
  return { ...reported, passed: reported.passed && read.memoryErrors.length === 0 };
}

/**
 * Makes reports of a profile.
 *
 * @throws {Failure} a map to merge cannot be read
 * @throws {ReportError} a report cannot be written
 */
export async function reportProfile(profile: Profile, flags: ReportFlags): Promise<Reported> {
  const { map, isEmpty } = await mapOf(profile, flags);
  const thresholds = thresholdsOf(flags);
  if (isEmpty) return { passed: thresholds === undefined, modules: 0 };
  const { writeReports } = await import("../../coverage/reports/reports.ts");
  const { reporter: reporters = ["text"], reportsDir, skipFull } = flags;
  writeReports(map, { reporters, reportsDir, skipFull });
  for (const page of pagesOf(reporters, reportsDir)) note(`pages: ${page}`);
  const missed = thresholds ? checkThresholds(map, thresholds, flags.perFile) : [];
  for (const line of missed) note(line);
  return { passed: missed.length === 0, modules: profile.modules.length };
}

/** The pages to open in a browser. */
function pagesOf(reporters: readonly string[], directory: string): string[] {
  const pages = new Set<string>();
  for (const reporter of reporters) {
    if (reporter === "html" || reporter === "html-spa") pages.add(join(directory, "index.html"));
    if (reporter === "lcov") pages.add(join(directory, "lcov-report", "index.html"));
  }
  return [...pages];
}

async function readAll(directories: readonly string[]): Promise<ReadProfiles> {
  const spilled = directories.map(spillDirectory).filter((directory) => existsSync(directory));
  return await readProfiles([...directories, ...spilled], note);
}

/** The modules to report: those that the options name, of the loaded ones and, with --all, of all others. */
async function complete({ modules }: Profile, flags: ReportFlags): Promise<Profile> {
  const root = process.cwd();
  const expressions = {
    modules: moduleExpressions(flags.module ?? [], root),
    excluded: moduleExpressions(flags.excludeModule ?? [], root),
  };
  const filter = new ModuleFilter(expressions);
  // Unless modules are named, nothing more is left out: the run has left out node_modules already, if it was to.
  const named = expressions.modules.length > 0 || expressions.excluded.length > 0;
  const kept = named
    ? modules.filter((module) => originsOf(module).some((origin) => filter.includes(origin)))
    : modules;
  if (!flags.all) return { modules: kept };
  const known = new Set(modules.map(({ sha256 }) => sha256));
  return { modules: [...kept, ...unloadedModules(root, filter, known, note)] };
}

function placesOf(module: ModuleProfile): string[] {
  return originsOf(module).map(placeOf);
}

function originsOf({ locations, scripts, name }: ModuleProfile): { path?: string; script?: string }[] {
  if (locations.length > 0) return locations.map((path) => ({ path }));
  return scripts.length > 0 ? scripts.map((script) => ({ script })) : [{ path: name }];
}

async function mapOf(profile: Profile, flags: ReportFlags) {
  const [{ makeCoverageMap }, { default: libCoverage }] = await Promise.all([
    import("../../coverage/map/make_coverage_map.ts"),
    import("istanbul-lib-coverage"),
  ]);
  const { parsePathMap } = await import("../../coverage/map/options.ts");
  const { include, exclude, allSources, symbolMap, pathMap = [], merge = [] } = flags;
  const map = libCoverage.createCoverageMap(
    await makeCoverageMap(profile, {
      ...nodeSourceAccess(process.cwd()),
      allSources,
      pathMap: pathMap.map(parsePathMap).filter((pair) => pair !== undefined),
      note,
      ...(include && { include }),
      ...(exclude && { exclude }),
      ...(symbolMap !== undefined && { symbolMap }),
    }),
  );
  for (const other of readMaps(merge)) map.merge(other);
  return { map, isEmpty: map.files().length === 0 };
}

/** @param places the places of all modules, including those that were left out */
function sayUnmatched({ module = [], excludeModule = [] }: ReportFlags, places: readonly string[]): void {
  if (places.length === 0) return;
  const expressionsOf = (glob: string): string[] => moduleExpressions([glob], process.cwd());
  for (const glob of unmatchedGlobs(module, expressionsOf, places)) note(`no module matches --module ${glob}`);
  for (const glob of unmatchedGlobs(excludeModule, expressionsOf, places)) {
    note(`no module matches --exclude-module ${glob}`);
  }
}

/** How many modules are named before the rest are only counted. */
const NAMED = 3;

function sayWhatIsMissing({ unfinished, notes, leftOut }: ReadProfiles): void {
  for (const [line, processes] of notes) note(processes > 1 ? `${line} (in ${processes} processes)` : line);
  for (const process of unfinished) note(describeUnfinished(process));
  if (leftOut.size === 0) return;
  const names = Array.from(leftOut, shortened).sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const modules = names.length === 1 ? "1 module is" : `${names.length} modules are`;
  note(`${modules} left out, in node_modules or by --module: ${names.slice(0, NAMED).join(", ")}${more}`);
}

/** For readability, the path relative to the working directory, if that is shorter. */
function shortened(place: string): string {
  const path = relative(process.cwd(), place);
  return path.length < place.length ? path : place;
}

function describeUnfinished({ pid, command }: BegunProcess): string {
  const name = command === "" ? `process ${pid}` : `process ${pid} (${command})`;
  return isAlive(pid)
    ? `${name} still runs: what it counts is missing`
    : `${name} was killed before it could write its profile: what it counted is missing`;
}

function note(line: string): void {
  say(`wasm-kcov: ${visible(line)}`);
}
