/** `wasm-kcov instrument`. */

import { type Command, Option } from "commander";
import type { InstrumentOptions, InstrumentResult, StateScope } from "../instrument/index.ts";
import { visible, visibleJson } from "../text.ts";
import { EXIT_USAGE, Failure, ofModule } from "./failure.ts";
import {
  addInstrumentOptions,
  addTraceKindOption,
  type InstrumentFlags,
  toInstrumentOptions,
} from "./instrument_options.ts";
import { readModuleFile, say, writeOutput } from "./io.ts";
import { announceInstrumenting } from "./progress.ts";
import { remarksOn } from "./remarks.ts";
import { addHaltOption, addSanitizeOptions, type SanitizeFlags, toSanitize } from "./sanitize_options.ts";
import { formatCount } from "./table.ts";

interface Flags extends InstrumentFlags, SanitizeFlags {
  output?: string;
  pcBase: bigint;
  state?: StateScope;
  stats: boolean;
  json: boolean;
  quiet: boolean;
}

const EXAMPLES = `
The pc table is part of the output (custom section wasm-kcov). Debug information (DWARF) is not carried over: PCs are
offsets in the original file, so tools look them up there.

Examples:
  $ wasm-kcov instrument parser.wasm -o parser.cov.wasm
  $ wasm-kcov instrument --link import --trace pc,cmp -o out.wasm in.wasm
  $ cat in.wasm | wasm-kcov instrument - -o - > out.wasm
  $ wasm-kcov instrument --stats --json in.wasm            how large would it get?
`;

export function addInstrumentCommand(program: Command): void {
  const command = program
    .command("instrument")
    .summary("instrument a module")
    .description("Adds the coverage hooks to a module.")
    .argument("<module>", "module, or - for standard input")
    .option("-o, --output <file>", "where the instrumented module goes; - for standard output")
    // Commander writes defaults into the help as JSON, which has no BigInt.
    .addOption(new Option("--pc-base <number>", "added to every PC").argParser(parsePcBase).default(0n, "0"))
    .addOption(
      new Option(
        "--state <scope>",
        "exports that put the state of an instance back: its globals, or its memory too",
      ).choices(["globals", "memory"]),
    )
    .option("--stats", "print figures on stdout; without --output nothing is written", false)
    .option("--json", "print the figures as JSON (implies --stats)", false)
    .option("-q, --quiet", "no summary on stderr", false);
  addTraceKindOption(addHaltOption(addSanitizeOptions(addInstrumentOptions(command))))
    .addHelpText("after", EXAMPLES)
    .action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  const stats = flags.stats || flags.json;
  if (flags.output === undefined && !stats)
    throw new Failure("give the output file with -o (or ask for --stats)", EXIT_USAGE);
  if (flags.output === "-" && stats) throw new Failure("--stats and -o - both need standard output", EXIT_USAGE);
  const binary = readModuleFile(path);
  const sanitize = toSanitize(flags);
  const options = { ...toInstrumentOptions(flags), ...ownOptions(flags), ...(sanitize && { sanitize }) };
  announceInstrumenting(path, binary.length);
  const { instrument } = await import("../instrument/index.ts");
  const start = performance.now();
  const result = ofModule(path, () => instrument(binary, options));
  const seconds = (performance.now() - start) / 1000;
  if (flags.output !== undefined) writeOutput(flags.output, result.binary);
  const figures = collectFigures(binary.length, result, seconds);
  if (stats)
    writeOutput("-", flags.json ? `${visibleJson(JSON.stringify(figures, null, 2))}\n` : formatFigures(figures));
  else if (!flags.quiet) summarize(figures);
}

/** Options that only this command has. */
function ownOptions({ pcBase, state }: Flags): InstrumentOptions {
  return { pcBase, ...(state === undefined ? {} : { state }) };
}

function collectFigures(inputBytes: number, result: InstrumentResult, seconds: number): Figures {
  const { pcTable, binary } = result;
  const sites: Record<string, number> = {};
  for (const { kind } of pcTable.sites) sites[kind] = (sites[kind] ?? 0) + 1;
  return {
    link: pcTable.link,
    level: pcTable.level,
    trace: pcTable.trace,
    inputBytes,
    outputBytes: binary.length,
    seconds: Math.round(seconds * 1000) / 1000,
    functions: pcTable.functions.length,
    sites,
    pruned: pcTable.sites.filter(({ impliedBy }) => impliedBy !== undefined).length,
    inexactFunctions: result.inexact,
    leftOut: result.leftOut,
    setAside: result.setAside,
    unmatched: result.unmatched,
    adopted: result.adopted,
    sanitizer: result.sanitizer,
  };
}

interface Figures {
  link: string;
  level: string;
  trace: readonly string[];
  inputBytes: number;
  outputBytes: number;
  seconds: number;
  /** Number of functions with sites. */
  functions: number;
  /** Number of sites by kind. */
  sites: Record<string, number>;
  /** Number of sites without a hook, because others imply them. */
  pruned: number;
  /** Functions whose PCs are distinct, but not the offsets of their instructions. */
  inexactFunctions: readonly number[];
  /** Functions that were left out although the options include them. */
  leftOut: InstrumentResult["leftOut"];
  /** Custom sections that are omitted from the output. */
  setAside: InstrumentResult["setAside"];
  /** Patterns that match no function. */
  unmatched: InstrumentResult["unmatched"];
  /** Hooks of a compiler that had already instrumented the module. */
  adopted: InstrumentResult["adopted"];
  /** Parts of the sanitizer; none without `--sanitize`. */
  sanitizer: InstrumentResult["sanitizer"];
}

function total(figures: Figures): number {
  return Object.values(figures.sites).reduce((sum, count) => sum + count, 0);
}

function growth(figures: Figures): string {
  return (figures.outputBytes / figures.inputBytes).toFixed(2);
}

function summarize(figures: Figures): void {
  const { functions, pruned, inputBytes, outputBytes, seconds, link } = figures;
  const sites = total(figures);
  say(
    `${formatCount(sites)} sites (${formatCount(sites - pruned)} hooks, ${link}) in ${formatCount(functions)} functions; ` +
      `${formatCount(inputBytes)} → ${formatCount(outputBytes)} bytes (${growth(figures)}×), ${seconds.toFixed(1)} s`,
  );
  for (const remark of remarksOn(figures)) say(remark);
  if (figures.inexactFunctions.length > 0) {
    say(
      `PCs of ${formatCount(figures.inexactFunctions.length)} functions are not those of their instructions (--stats)`,
    );
  }
}

function formatFigures(figures: Figures): string {
  const rows: [string, string][] = [
    ["link", figures.link],
    ["level", figures.level],
    ["trace", figures.trace.join(",")],
    ["input", `${formatCount(figures.inputBytes)} bytes`],
    ["output", `${formatCount(figures.outputBytes)} bytes (${growth(figures)}×)`],
    ["time", `${figures.seconds} s`],
    ["functions", formatCount(figures.functions)],
    ["sites", formatCount(total(figures))],
    ...Object.entries(figures.sites).map(([kind, count]): [string, string] => [`  ${kind}`, formatCount(count)]),
    ["pruned", formatCount(figures.pruned)],
    ["inexact functions", figures.inexactFunctions.join(" ") || "none"],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(18)} ${value}`);
  return [...lines, ...remarksOn(figures)].map((line) => `${visible(line)}\n`).join("");
}

function parsePcBase(text: string): bigint {
  if (!/^(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) throw new Failure(`--pc-base ${text} is not a number`, EXIT_USAGE);
  const value = BigInt(text);
  if (value >= 1n << 64n) throw new Failure(`--pc-base ${text} has more than 64 bits`, EXIT_USAGE);
  return value;
}
