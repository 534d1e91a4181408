/** `wasm-kcov sites`: the pc table as text. */

import { resolve } from "node:path";
import type { Command } from "commander";
import { nodeSourceAccess } from "../coverage/node/source_access.ts";
import { InstrumentError } from "../errors.ts";
import { matcher } from "../instrument/filters.ts";
import type { PcSite, PcTable } from "../instrument/index.ts";
// Not from the index, which loads Binaryen.
import { originalFunction, SITE_KINDS, type SiteKind } from "../instrument/pc_table.ts";
import { type ModuleInfo, readModuleInfo } from "../instrument/wasm/module_info.ts";
import { hex, visible, visibleJson } from "../text.ts";
import { EXIT_USAGE, Failure, ofModule } from "./failure.ts";
import {
  addInstrumentOptions,
  addTraceKindOption,
  collectValues,
  type InstrumentFlags,
  toInstrumentOptions,
} from "./instrument_options.ts";
import { readModuleFile, say, writeOutput } from "./io.ts";
import { announceInstrumenting } from "./progress.ts";
import { remarksOn } from "./remarks.ts";

interface SitesFlags extends InstrumentFlags {
  function?: string[];
  kind?: SiteKind[];
  json: boolean;
}

const EXAMPLES = `
Each line: pc, kind, the bytes of the original that run after the site, its line in the sources where the module has
DWARF or a source map, and (pruned) where other sites imply it.
Functions that were instrumented at distinct offsets instead of their instructions' are marked (inexact).

Examples:
  $ wasm-kcov sites parser.wasm                           what would be instrumented, function by function
  $ wasm-kcov sites --function 'parse_*' parser.wasm      of some functions
  $ wasm-kcov sites --kind taken --json parser.wasm       the branches, for programs
`;

export function addSitesCommand(program: Command): void {
  const command = program
    .command("sites")
    .summary("list the sites of a module")
    .description("Prints the pc table of an instrumented module, or the one that a plain module would get.")
    .argument("<module>", "module, or - for standard input")
    .option("-f, --function <pattern>", "only functions of this name or index, * allowed (repeatable)", collectValues)
    .option("-k, --kind <kind>", "only sites of this kind (repeatable)", collectKind)
    .option("--json", "print JSON", false);
  addTraceKindOption(addInstrumentOptions(command))
    .addHelpText("after", EXAMPLES)
    .action(async (path: string, flags: SitesFlags) => {
      const binary = readModuleFile(path);
      const { table, info, isOriginal } = await readTable(path, binary, flags);
      const wanted = selectSites(table, info, flags);
      if (wanted.length === 0) say(reasonForNone(table, info, flags));
      const lineOf = isOriginal ? await lineFinder(path, binary, table) : NO_LINES;
      writeOutput("-", flags.json ? formatJson(table, wanted, info, lineOf) : formatText(table, wanted, info, lineOf));
    });
}

function collectKind(value: string, previous: SiteKind[] = []): SiteKind[] {
  const kind = SITE_KINDS.find((each) => each === value);
  if (kind === undefined) throw new Failure(`--kind ${value} is not one of ${SITE_KINDS.join(", ")}`, EXIT_USAGE);
  return [...previous, kind];
}

/** Reads the table in the module, or makes the one that it would get. */
async function readTable(
  path: string,
  binary: Uint8Array<ArrayBuffer>,
  flags: SitesFlags,
): Promise<{ table: PcTable; info: ModuleInfo; isOriginal: boolean }> {
  const options = toInstrumentOptions(flags);
  const { instrument, readPcTable } = await import("../instrument/index.ts");
  return ofModule(path, () => {
    try {
      const table = readPcTable(binary);
      return { table, info: toOriginal(readModuleInfo(binary), table), isOriginal: false };
    } catch (error) {
      if (!(error instanceof InstrumentError) || error.code !== "ERR_NOT_INSTRUMENTED") throw error;
      announceInstrumenting(path, binary.length);
      const result = instrument(binary, options);
      for (const remark of remarksOn(result)) say(remark);
      return { table: result.pcTable, info: readModuleInfo(binary), isOriginal: true };
    }
  });
}

/** Translates indices of names to those in the original: the output has the hooks' imports after the original's. */
function toOriginal(info: ModuleInfo, table: PcTable): ModuleInfo {
  const functionNames = new Map<number, string>();
  for (const [func, name] of info.functionNames) {
    const index = originalFunction(func, table);
    if (index !== undefined) functionNames.set(index, name);
  }
  return { ...info, functionNames };
}

function selectSites(table: PcTable, info: ModuleInfo, flags: SitesFlags): PcSite[] {
  const matches = flags.function && matcher(flags.function);
  return table.sites.filter((site) => {
    if (flags.kind && !flags.kind.includes(site.kind)) return false;
    if (matches === undefined) return true;
    const name = info.functionNames.get(site.function);
    return matches(site.function, name === undefined ? [] : [name]);
  });
}

/** Why a list is empty. */
function reasonForNone(table: PcTable, info: ModuleInfo, flags: SitesFlags): string {
  if (table.sites.length === 0) return "no sites: no function of the module was chosen, or it defines none";
  const asked = [
    ...(flags.function ?? []).map((each) => `--function ${each}`),
    ...(flags.kind ?? []).map((each) => `--kind ${each}`),
  ];
  const named = table.functions.filter(({ index }) => info.functionNames.has(index)).length;
  const hint =
    flags.function && named < table.functions.length
      ? `; ${named} of its ${table.functions.length} functions have names`
      : "";
  return `none of the ${table.sites.length} sites is of ${asked.join(" ")}${hint}`;
}

/** The location of a site in the sources, as `file:line`; undefined if it is not known. */
type LineOf = (site: PcSite) => string | undefined;

const NO_LINES: LineOf = () => undefined;

/** Finds lines by the module's DWARF or source map. Imports the reader here, so that no other command waits for it. */
async function lineFinder(path: string, binary: Uint8Array, { pcBase }: PcTable): Promise<LineOf> {
  const { createLocator } = await import("../coverage/sources/locator.ts");
  const { locate } = createLocator(binary, {
    ...nodeSourceAccess(process.cwd()),
    locations: [resolve(path)],
    name: path,
    warn: say,
  });
  return ({ pc, kind, block }) => {
    // A join is an `end`, which belongs to no line: use the code after it.
    const offset = kind === "join" || kind === "endif" ? block[0] : Number(BigInt.asUintN(64, pc - pcBase));
    const found = locate(offset) ?? locate(...block);
    return found && `${found.file}:${found.line}`;
  };
}

function formatText(table: PcTable, sites: readonly PcSite[], info: ModuleInfo, lineOf: LineOf): string {
  const inexact = new Set(table.functions.filter(({ exact }) => !exact).map(({ index }) => index));
  const lines: string[] = [];
  let current = -1;
  for (const site of sites) {
    if (site.function !== current) {
      current = site.function;
      if (lines.length > 0) lines.push("");
      const name = info.functionNames.get(current);
      lines.push(
        `func[${current}]${name === undefined ? "" : ` <${visible(name)}>`}${inexact.has(current) ? " (inexact)" : ""}:`,
      );
    }
    const [start, end] = site.block;
    const pruned = site.impliedBy === undefined ? "" : "  (pruned)";
    const line = lineOf(site);
    const place = line === undefined ? "" : `  ${visible(line)}`;
    lines.push(`  ${hex(site.pc)}  ${site.kind.padEnd(13)}  ${hex(start)}-${hex(end)}${place}${pruned}`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function formatJson(table: PcTable, sites: readonly PcSite[], info: ModuleInfo, lineOf: LineOf): string {
  const { functions, sites: _, pcBase, ...header } = table;
  const entries = sites.map((site) => ({
    pc: hex(site.pc),
    kind: site.kind,
    function: site.function,
    name: info.functionNames.get(site.function),
    block: site.block,
    source: lineOf(site),
    pruned: site.impliedBy !== undefined,
  }));
  const inexact = functions.filter(({ exact }) => !exact).map(({ index }) => index);
  const json = { ...header, pcBase: hex(pcBase), inexactFunctions: inexact, sites: entries };
  return `${visibleJson(JSON.stringify(json, null, 2))}\n`;
}
