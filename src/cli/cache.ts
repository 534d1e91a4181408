/** `wasm-kcov cache`. */

import type { Command } from "commander";
import { defaultCacheDirectory } from "../cache/directory.ts";
import { visible } from "../text.ts";
import { EXIT_USAGE, Failure } from "./failure.ts";
import { collectValues } from "./instrument_options.ts";
import { writeOutput } from "./io.ts";
import { formatCount } from "./table.ts";

interface Flags {
  add?: string[];
  hits: boolean;
  clear?: boolean;
  stats?: boolean;
  json: boolean;
}

const EXAMPLES = `
Instrumented modules are kept on disk, by content and options, so that no process makes them twice. The cache is the
directory $WASM_KCOV_CACHE, or wasm-kcov in $XDG_CACHE_HOME (default ~/.cache). It never grows above its bound: what
was not used for the longest time goes first.

Examples:
  $ wasm-kcov cache            how much is there, and where
  $ wasm-kcov cache --clear    remove all of it
  $ wasm-kcov cache --add build/parser.wasm && wasm-kcov coverage npm test
                               no test waits, and runs into its timeout, while a large module is instrumented
`;

export function addCacheCommand(program: Command): void {
  program
    .command("cache")
    .summary("show, fill or clear the cache of instrumented modules")
    .description("Shows how much the cache of instrumented modules holds, adds to it, or removes it.")
    .option("--add <module>", "instrument this module for coverage now (repeatable)", collectValues)
    .option("--hits", "with --add: for coverage --hits", false)
    .option("--stats", "show entries and bytes (the default)")
    .option("--clear", "remove all instrumented modules")
    .option("--json", "print JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (flags: Flags) => {
      if (flags.clear && flags.stats) throw new Failure("--clear and --stats exclude each other", EXIT_USAGE);
      if (flags.clear && flags.add) throw new Failure("--clear and --add exclude each other", EXIT_USAGE);
      const { ModuleCache } = await import("../cache/module_cache.ts");
      const cache = new ModuleCache(defaultCacheDirectory());
      if (flags.add) {
        const { addModule } = await import("./coverage/add_module.ts");
        for (const path of flags.add) addModule(cache, path, flags.hits);
      }
      const { directory, entries, bytes, maxBytes } = flags.clear ? cache.clear() : cache.stats();
      if (flags.json) {
        const what = flags.clear ? { cleared: { entries, bytes } } : { entries, bytes, maxBytes };
        writeOutput("-", `${JSON.stringify({ directory, ...what })}\n`);
        return;
      }
      const modules = `${formatCount(entries)} ${entries === 1 ? "module" : "modules"}, ${formatCount(bytes)} bytes`;
      const tail = flags.clear ? "removed" : `of at most ${formatCount(maxBytes)}`;
      writeOutput("-", `${visible(directory)}: ${modules} ${tail}\n`);
    });
}
