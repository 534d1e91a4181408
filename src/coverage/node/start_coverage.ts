/** Collects coverage of this process from now on. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { uniqueName } from "../../cache/content.ts";
import { BOOLEAN, checkOptions, type OptionKinds, STRING, STRINGS } from "../../option_checks.ts";
import type { ModuleProfile, Profile } from "../profile/profile.ts";
import { moduleExpressions } from "./module_globs.ts";
import { readProfiles } from "./read_profiles.ts";
import { recordProcess } from "./recorder.ts";

/** Options for what is covered. */
export interface CoverageOptions {
  /** Globs of the modules to cover: paths, names, packages. Default: all except those in node_modules. */
  modules?: readonly string[];
  /** Globs of modules not to cover. */
  excludeModules?: readonly string[];
  /** Count only whether code ran; default false. */
  hits?: boolean;
  /** Where profiles go, including those of child processes. Default: a temporary directory, removed by `stop`. */
  directory?: string;
}

/** How counts are taken. */
export interface TakeOptions {
  /** Reset the counts afterwards; default false. */
  reset?: boolean;
}

/** Coverage that is being collected. */
export interface Coverage {
  /** Returns the counts so far, of this process, its workers, and its child processes that have ended. */
  take(options?: TakeOptions): Promise<Profile>;
  /** Returns the counts, and stops: modules that are loaded from now on are not covered. */
  stop(): Promise<Profile>;
  /** Stops without a profile. */
  [Symbol.dispose](): void;
}

const OPTION_KINDS: OptionKinds<CoverageOptions> = {
  modules: STRINGS,
  excludeModules: STRINGS,
  hits: BOOLEAN,
  directory: STRING,
};

/**
 * Starts covering the modules that this thread, its workers and its child processes load from now on.
 *
 * @throws {TypeError} an option is unknown or has the wrong type
 */
export function startCoverage(options: CoverageOptions = {}): Coverage {
  checkOptions("startCoverage", options, OPTION_KINDS);
  const directory = resolve(options.directory ?? mkdtempSync(join(tmpdir(), "wasm-kcov-coverage-")));
  const root = process.cwd();
  const settings = {
    directory,
    hits: options.hits ?? false,
    modules: moduleExpressions(options.modules ?? [], root),
    excluded: moduleExpressions(options.excludeModules ?? [], root),
  };
  const folder = fileURLToPath(new URL("../../", import.meta.url));
  const { thread, stop } = recordProcess(settings, `wasm-kcov coverage ${uniqueName()}`, folder);
  let last: Profile | undefined;
  const take = async ({ reset = false }: TakeOptions = {}): Promise<Profile> => {
    if (last !== undefined) return last;
    thread.finish();
    if (reset) thread.tally.clear();
    return await readProfiles([directory]);
  };
  const end = (): void => {
    stop();
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  return {
    take,
    async stop() {
      const profile = await take();
      last = options.directory === undefined ? await withOriginals(profile) : profile;
      end();
      return last;
    },
    [Symbol.dispose]: end,
  };
}

/** Reads the originals in advance, because the directory will be removed. */
async function withOriginals(profile: Profile): Promise<Profile> {
  const modules = profile.modules.map(async (module): Promise<ModuleProfile> => {
    const original = await module.original();
    return { ...module, original: async () => original };
  });
  return { modules: await Promise.all(modules) };
}
