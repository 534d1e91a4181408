/** The options of every command that instruments. */

import { type Command, Option } from "commander";
import type { CounterForm, CounterStorage, FunctionFilter, InstrumentOptions } from "../instrument/index.ts";
import { PRUNINGS, type Pruning } from "../instrument/options.ts";
// Not from the index: that loads Binaryen, which takes half a second, even for --help.
import { TRACES, type TraceKind } from "../instrument/pc_table.ts";
import { parseSpecialCaseList } from "../instrument/special_case_list.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { readFileOrStdin } from "./io.ts";

/** Which functions are instrumented. */
export interface FilterFlags {
  include?: string[];
  exclude?: string[];
  allowlist?: string;
  ignorelist?: string;
}

export interface InstrumentFlags extends FilterFlags {
  /** Only with {@link addTraceKindOption}. */
  trace?: TraceKind[];
  /** Only with {@link addTraceKindOption}. */
  counters?: CounterForm | "bool-flag";
  /** Only with {@link addTraceKindOption}. */
  selects?: boolean;
  /** Only with {@link addTraceKindOption}. */
  counterStorage?: CounterStorage;
  link?: "fused" | "import";
  /** Only with {@link addTraceKindOption}. */
  standalone?: boolean;
  /** Only with {@link addTraceKindOption}. */
  wasiProfile?: boolean;
  level: "func" | "bb" | "edge";
  optimize: "speed" | "size";
  /** Only with {@link addTraceKindOption}. */
  idle?: "exact" | "fast";
  prune: Pruning;
}

export function addInstrumentOptions(command: Command): Command {
  command.addOption(
    new Option(
      "--link <mode>",
      "hooks inside the module, or imported (default: fused where this Node.js can run it)",
    ).choices(["fused", "import"]),
  );
  return addSiteOptions(command);
}

/** Adds the options for which code is instrumented, and how finely. */
export function addSiteOptions(command: Command): Command {
  return addFilterOptions(
    command
      .addOption(
        new Option("--level <level>", "sites: functions, basic blocks or edges")
          .choices(["func", "bb", "edge"])
          .default("edge"),
      )
      .addOption(
        new Option("--optimize <goal>", "fused hooks of PCs: fast, or small")
          .choices(["speed", "size"])
          .default("speed"),
      )
      .option("--no-prune", "keep sites that others imply")
      .addOption(
        new Option(
          "--prune <rule>",
          "leave out what others imply as PCs do, or what they imply if every call returns, as clang does",
        ).choices(PRUNINGS),
      ),
  );
}

export function addFilterOptions(command: Command): Command {
  return command
    .option(
      "--include <pattern>",
      "instrument only functions of this name or index, * and ranges allowed (repeatable)",
      collectValues,
      [],
    )
    .option("--exclude <pattern>", "leave out functions of this name or index (repeatable)", collectValues)
    .option("--allowlist <file>", "instrument only what its fun: lines name (clang's format)")
    .option("--ignorelist <file>", "leave out what its fun: lines name (clang's format)");
}

/** Adds the options of commands where what is traced does not follow from how the module will be run. */
export function addTraceKindOption(command: Command): Command {
  return command
    .option("--standalone", "counters in the module itself, for any engine: no hooks, no imports", false)
    .option("--no-wasi-profile", "with --standalone: a module that runs under WASI does not write its profile itself")
    .option("--trace <kinds>", `what to trace, comma-separated: ${TRACES.join(", ")} (default: pc)`, parseTraces)
    .option("--selects", "conditions of select are edges, too", false)
    .addOption(
      new Option(
        "--idle <way>",
        "while nothing is traced: look at every site whether it is to record, or once where a function begins",
      )
        .choices(["exact", "fast"])
        .default("exact"),
    )
    .addOption(
      new Option(
        "--counters <form>",
        "with counters: count executions, or set a flag (default: 8bit; standalone: 64bit)",
      ).choices(["64bit", "8bit", "flag", "bool-flag"]),
    )
    .addOption(
      new Option(
        "--counter-storage <where>",
        "with --trace counters: in the device, in a memory or in globals that instances share (default: device; 64bit alone: memory, or globals with the import link)",
      ).choices(["device", "memory", "globals"]),
    );
}

export function toInstrumentOptions(flags: InstrumentFlags): InstrumentOptions {
  const { trace, counters, counterStorage, selects, standalone, wasiProfile, link, level, optimize, idle, prune } =
    flags;
  return {
    ...(trace === undefined ? {} : { trace }),
    ...(counters === undefined ? {} : { counters }),
    ...(selects === undefined ? {} : { selects }),
    ...(counterStorage === undefined ? {} : { counterStorage }),
    ...(link === undefined ? {} : { link }),
    ...(standalone ? { link: "standalone" as const } : {}),
    ...(idle === undefined ? {} : { idle }),
    ...(wasiProfile === false ? { wasiProfile } : {}),
    level,
    optimize,
    prune,
    functions: toFilter(flags),
  };
}

/** @throws {Failure} a list cannot be read */
export function toFilter({ include, exclude, allowlist, ignorelist }: FilterFlags): FunctionFilter {
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(allowlist === undefined ? {} : { allowlist: readList(allowlist) }),
    ...(ignorelist === undefined ? {} : { ignorelist: readList(ignorelist) }),
  };
}

export function collectValues(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function parseTraces(text: string): TraceKind[] {
  return text.split(",").map((name) => {
    const trace = TRACES.find((each) => each === name.trim());
    if (trace === undefined) throw new Failure(`--trace ${name} is not one of ${TRACES.join(", ")}`, EXIT_USAGE);
    return trace;
  });
}

/** @throws {Failure} the file cannot be read, or is not a list in clang's format */
function readList(path: string): string {
  const list = new TextDecoder().decode(readFileOrStdin(path));
  try {
    parseSpecialCaseList(list);
  } catch (error) {
    throw new Failure(`${path}: ${(error as Error).message}`, EXIT_USAGE);
  }
  return list;
}
