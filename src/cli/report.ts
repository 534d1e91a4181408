/** `wasm-kcov report`. */

import type { Command } from "commander";
import { applyConfiguration } from "./coverage/configuration.ts";
import { addReportOptions, DEFAULT_TEMP_DIRECTORY, type ReportFlags } from "./coverage/flags.ts";
import { EXIT_FAILURE } from "./failure.ts";
import { SANITIZE_OPTIONS } from "./sanitize_options.ts";

const EXAMPLES = `
A directory without profiles of its own stands for the directories in it, such as one for each machine of a CI run. Each
brings the modules along, so the report can be made anywhere; --path-map says where sources are here. Profiles that
standalone modules wrote (wasm-kcov instrument --standalone) do not: name the original and the instrumented module, too.

Examples:
  $ wasm-kcov report -r html                       pages of the last run
  $ wasm-kcov report -r lcov shard-1 shard-2       one report of several machines
  $ wasm-kcov report --path-map /build=. profiles  sources were compiled elsewhere
  $ wasm-kcov report profiles app.wasm app.cov.wasm
`;

interface Flags extends ReportFlags {
  tempDirectory: string;
}

export function addReportCommand(program: Command): void {
  const command = program
    .command("report")
    .summary("make reports from the profiles of coverage runs")
    .description("Merges profiles, of one run or of many machines, and makes reports of them.")
    .argument("[dirs...]", "directories of profiles, or files: profiles, and modules (default: --temp-directory)");
  addReportOptions(command)
    .option("--temp-directory <dir>", "where profiles are kept", DEFAULT_TEMP_DIRECTORY)
    .addHelpText("after", EXAMPLES)
    .action(async (directories: string[], _: unknown, command: Command) => {
      applyConfiguration(command, process.cwd(), RUN_OPTIONS);
      const flags = command.opts<Flags>();
      const places = directories.length > 0 ? directories : [flags.tempDirectory];
      const { makeReports } = await import("./coverage/report.ts");
      const { passed, modules } = await makeReports(places, flags, `there are no profiles in ${places.join(", ")}`);
      if (!passed || modules === 0) process.exitCode = EXIT_FAILURE;
    });
}

/** Options of a configuration that are meant for runs, and have no effect here. */
const RUN_OPTIONS = ["clean", "hits", "selects", ...SANITIZE_OPTIONS];
