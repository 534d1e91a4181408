/** The provider in vitest's own process: starts counting before the first worker, and adds to the report. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CoverageMap } from "istanbul-lib-coverage";
import type { CoverageProvider, ReportContext, Vitest } from "vitest/node";
import type { MainThread } from "../../coverage/node/main_thread.ts";
import { moduleExpressions } from "../../coverage/node/module_globs.ts";
import { MODULES_DIRECTORY } from "../../coverage/node/profile_directory.ts";
import { type Recorder, recordProcess } from "../../coverage/node/recorder.ts";
import { JavaScriptFreeProvider } from "./javascript_free.ts";
import type { WasmCoverageOptions } from "./options.ts";
import { coverageOfWasm } from "./wasm_coverage.ts";
import { findWrapped, type InnerProvider, WRAPPED_VARIABLE } from "./wrapped.ts";

type Options = ReturnType<CoverageProvider["resolveOptions"]> & WasmCoverageOptions;

/** Creates the provider. What to wrap becomes known when vitest passes its options. */
export async function createProvider(): Promise<CoverageProvider> {
  const provider = new WasmProvider();
  // Whatever else a version of vitest asks of a provider is left to the wrapped one.
  return new Proxy(provider, {
    get(target, name) {
      const owner = name in target ? target : (target.inner as object | undefined);
      const value = owner && Reflect.get(owner, name, owner);
      return typeof value === "function" ? value.bind(owner) : value;
    },
  }) as unknown as CoverageProvider;
}

class WasmProvider {
  readonly name = "wasm-kcov";
  inner: InnerProvider | undefined;
  readonly #directory = mkdtempSync(join(tmpdir(), "wasm-kcov-vitest-"));
  #recorder: Recorder<MainThread> | undefined;
  #options: Options | undefined;
  #vitest: Vitest | undefined;

  async initialize(vitest: Vitest): Promise<void> {
    const { root } = vitest.config;
    const given = optionsOf(vitest);
    const path = findWrapped(root, given.javascript);
    process.env[WRAPPED_VARIABLE] = path ?? "";
    const inner = path === undefined ? await JavaScriptFreeProvider(root) : await providerOf(path);
    await inner.initialize(vitest);
    this.inner = inner;
    this.#vitest = vitest;
    this.#options = { ...given, ...inner.resolveOptions() };
    this.#recorder = recordProcess(this.#settings(root, given), `wasm-kcov vitest ${process.pid}`, FOLDER);
    process.once("exit", () => rmSync(this.#directory, { recursive: true, force: true }));
    if (given.perTest)
      for (const { config } of vitest.projects) config.setupFiles = [...config.setupFiles, PER_TEST_SETUP];
  }

  resolveOptions(): Options {
    const { inner } = this;
    if (inner === undefined) throw new Error("the provider was not initialized");
    return inner.resolveOptions() as Options;
  }

  async clean(clean?: boolean): Promise<void> {
    await this.inner?.clean(clean);
    if (clean === false) return;
    this.#recorder?.thread.tally.clear();
    for (const name of readdirSync(this.#directory)) {
      if (name !== MODULES_DIRECTORY) rmSync(join(this.#directory, name), { force: true });
    }
  }

  async generateCoverage(context: ReportContext): Promise<CoverageMap> {
    const [inner, vitest, options] = [this.inner, this.#vitest, this.#options];
    if (inner === undefined || vitest === undefined || options === undefined) throw new Error("not initialized");
    const map = await inner.generateCoverage(context);
    this.#recorder?.thread.finish();
    const { root, coverage } = vitest.config;
    const { reportsDirectory = coverage.reportsDirectory } = inner.resolveOptions() as { reportsDirectory?: string };
    const note = (line: string): void => vitest.logger.warn(`wasm-kcov: ${line}`);
    map.merge(await coverageOfWasm(this.#directory, { root, reportsDirectory, options, note }));
    return map;
  }

  #settings(root: string, { modules = [], excludeModules = [], hits = false }: WasmCoverageOptions) {
    return {
      directory: this.#directory,
      hits,
      modules: moduleExpressions(modules, root),
      excluded: moduleExpressions(excludeModules, root),
    };
  }
}

/** The folder of register.cjs. */
const FOLDER = fileURLToPath(new URL("../../", import.meta.url));
const PER_TEST_SETUP = fileURLToPath(new URL("./per_test_setup.js", import.meta.url));

/** The options as configured, including those that vitest does not know. */
function optionsOf(vitest: Vitest): Options {
  const { _coverageOptions } = vitest as { _coverageOptions?: Options };
  return _coverageOptions ?? (vitest.config.coverage as unknown as Options);
}

async function providerOf(path: string): Promise<InnerProvider> {
  const { default: module } = (await import(pathToFileURL(path).href)) as {
    default: { getProvider(): Promise<InnerProvider> };
  };
  return await module.getProvider();
}
