/** The provider for projects without one for JavaScript: vitest's own base class, and istanbul's reports. */

import { pathToFileURL } from "node:url";
import libCoverage, { type CoverageMap } from "istanbul-lib-coverage";
import libReport from "istanbul-lib-report";
import istanbulReports from "istanbul-reports";
import type { Vitest } from "vitest/node";
import { type InnerProvider, resolveFrom } from "./wrapped.ts";

/** What vitest's base class provides. */
interface Base {
  ctx: Vitest;
  name: string;
  version: string;
  options: {
    reportsDirectory: string;
    reporter: [name: string, options: object][];
    skipFull?: boolean;
    thresholds?: object;
    watermarks?: object;
  };
  _initialize(vitest: Vitest): void;
  reportThresholds(map: CoverageMap, allTestsRun: boolean | undefined): Promise<void>;
}

type BaseClass = new () => Base;

/** @param root root of the project, whose vitest is used */
export async function JavaScriptFreeProvider(root: string): Promise<InnerProvider> {
  const BaseCoverageProvider = await baseOf(root);
  class Provider extends BaseCoverageProvider {
    override name = "wasm-kcov";

    initialize(vitest: Vitest): void {
      // The base class compares vitest's version with the provider's, which is not one of vitest's.
      this.version = vitest.version;
      this._initialize(vitest);
    }

    createCoverageMap(): CoverageMap {
      return libCoverage.createCoverageMap({});
    }

    onAfterSuiteRun(): void {
      // Workers send nothing: they write profiles.
    }

    async generateCoverage(): Promise<CoverageMap> {
      return this.createCoverageMap();
    }

    async generateReports(map: CoverageMap, allTestsRun: boolean | undefined): Promise<void> {
      const { reportsDirectory: dir, reporter, skipFull, watermarks, thresholds } = this.options;
      const context = libReport.createContext({ dir, coverageMap: map, ...(watermarks && { watermarks }) });
      for (const [name, options] of reporter) {
        const settings = { skipFull, projectRoot: this.ctx.config.root, ...options };
        istanbulReports.create(name as "text", settings as object).execute(context);
      }
      if (thresholds) await this.reportThresholds(map, allTestsRun);
    }
  }
  return new Provider() as unknown as InnerProvider;
}

/** The base class, which has moved from "vitest/coverage" to "vitest/node". */
async function baseOf(root: string): Promise<BaseClass> {
  for (const name of ["vitest/node", "vitest/coverage"]) {
    const path = resolveFrom(root, name);
    if (path === undefined) continue;
    const { BaseCoverageProvider } = (await import(pathToFileURL(path).href)) as { BaseCoverageProvider?: BaseClass };
    if (BaseCoverageProvider !== undefined) return BaseCoverageProvider;
  }
  throw new Error("this version of vitest has no BaseCoverageProvider: wasm-kcov/vitest is for vitest 4 and 5");
}
