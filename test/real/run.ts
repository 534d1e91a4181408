/**
 * `node run.ts LINK WORKLOAD DIRECTORY`: runs a workload on the packages in a directory, with every module that they load
 * instrumented for everything and tracing on, or with `original` as they are. With `sanitized` and `sanitized-import` memory
 * errors are looked for instead: there should be none.
 */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { installLoader, KCOV_ENABLE, KCOV_INIT_TRACE, KCOV_TRACE_CMP, KCOV_TRACE_PC, Kcov } from "../../src/index.ts";
import { instrument, type LinkMode, TRACES } from "../../src/instrument/index.ts";

/** Full in no time, but for the first events. */
const AREA_WORDS = 1 << 20;

type Workload = (require: NodeJS.Require) => Promise<unknown>;

const [link = "", workload = "", directory = ""] = process.argv.slice(2);
const { default: run } = (await import(new URL(`workloads/${workload}`, import.meta.url).href)) as {
  default: Workload;
};
if (link.startsWith("sanitized")) await sanitize(link === "sanitized" ? "fused" : "import");
else if (link !== "original") await traceEverything(link as LinkMode);
const result = await run(createRequire(pathToFileURL(`${directory}/package.json`)));
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit());

async function traceEverything(mode: LinkMode): Promise<void> {
  const kcov = await Kcov.create();
  installLoader({
    imports: kcov.imports,
    transform: (binary) =>
      WebAssembly.validate(binary) ? instrument(binary, { link: mode, trace: TRACES }).binary : binary,
  });
  const fd = kcov.open();
  kcov.ioctl(fd, KCOV_INIT_TRACE, AREA_WORDS);
  kcov.mmap(fd, 8 * AREA_WORDS);
  kcov.ioctl(fd, KCOV_ENABLE, mode === "import" ? KCOV_TRACE_PC : KCOV_TRACE_CMP);
}

async function sanitize(mode: LinkMode): Promise<void> {
  const kcov = await Kcov.create();
  kcov.keepsMemoryStacks = true;
  kcov.onMemoryError = (report) => {
    process.stderr.write(`${JSON.stringify(report, undefined, 1)}\n`);
    process.exit(1);
  };
  installLoader({
    imports: kcov.imports,
    transform: (binary) => {
      if (!WebAssembly.validate(binary)) return binary;
      const { binary: sanitized, sanitizer } = instrument(binary, { link: mode, trace: [], sanitize: "memory" });
      for (const { part, active, why } of sanitizer) process.stderr.write(`${part}: ${active ? "" : "not "}${why}\n`);
      return sanitized;
    },
  });
}
