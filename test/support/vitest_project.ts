/** A project whose tests vitest runs, with `wasm-kcov/vitest` as its coverage provider. */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Project } from "./coverage_project.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const OWN_MODULES = here("../../node_modules");

export class VitestProject extends Project {
  readonly #node: string;

  /**
   * @param modules folder with vitest and its own providers
   * @param node what runs vitest
   */
  constructor(modules: string = OWN_MODULES, node: string = process.execPath) {
    super();
    this.#node = node;
    // As npm would install it: what is in node_modules vitest leaves as it is.
    mkdirSync(this.path("node_modules/@vitest"), { recursive: true });
    for (const folder of new Set([modules, OWN_MODULES])) this.#link(folder, folder === modules);
    cpSync(here("../../dist"), this.path("node_modules/wasm-kcov/dist"), { recursive: true });
    cpSync(here("../../package.json"), this.path("node_modules/wasm-kcov/package.json"));
    this.write("side.js", "export function used() { return 1; }\nexport function unused() { return 2; }\n");
    for (const [name, calls] of [
      ["one", 1],
      ["two", 2],
    ] as const) {
      this.write(
        `${name}.test.js`,
        `import { readFileSync } from "node:fs";
        import { describe, expect, test } from "vitest";
        import { used } from "./side.js";
        const module = new WebAssembly.Module(readFileSync("work.wasm"));
        const { work, unused } = new WebAssembly.Instance(module).exports;
        describe("suite", () => {
          test("calls", () => { for (let i = 0; i < ${calls}; i++) expect(work(10)).toBe(54 + used()); });
          test("does not", () => {});
        });`,
      );
    }
  }

  /** Providers of JavaScript are those of the vitest at hand, or none. */
  #link(folder: string, withProviders: boolean): void {
    for (const name of readdirSync(folder)) {
      if (name === "@vitest" || existsSync(this.path(`node_modules/${name}`))) continue;
      symlinkSync(`${folder}/${name}`, this.path(`node_modules/${name}`));
    }
    if (!withProviders) return;
    for (const name of readdirSync(`${folder}/@vitest`))
      symlinkSync(`${folder}/@vitest/${name}`, this.path(`node_modules/@vitest/${name}`));
  }

  /** Runs vitest. @param coverage options besides what chooses the provider */
  vitest(coverage: object, ...args: string[]): { exit: number | null; output: string } {
    const options = { enabled: true, provider: "custom", customProviderModule: "wasm-kcov/vitest", ...coverage };
    const test = { testTimeout: 60_000, coverage: { reporter: ["json", "html"], ...options } };
    this.write("vitest.config.js", `export default ${JSON.stringify({ test })};`);
    const command = [this.path("node_modules/vitest/vitest.mjs"), "run", ...args];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
    const { status, stdout, stderr } = spawnSync(this.#node, command, {
      cwd: this.directory,
      env: { ...env, NODE_OPTIONS: "", NODE_ENV: "" },
      encoding: "utf8",
      timeout: 150_000,
    });
    return { exit: status, output: stdout + stderr };
  }
}
