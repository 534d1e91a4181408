/** Modules that npm packages ship, of many compilers. */

export interface RealModule {
  /** What npm installs. */
  readonly package: string;
  readonly version: string;
  /** The module's path in the package. */
  readonly path: string;
  /** Program of `workloads/` that loads the package and prints what it computed. */
  readonly workload?: string;
}

export const MODULES: readonly RealModule[] = [
  { package: "xxhash-wasm", version: "1.1.0", path: "workerd/xxhash.wasm" },
  { package: "argon2-browser", version: "1.18.0", path: "dist/argon2-simd.wasm" },
  { package: "argon2-browser", version: "1.18.0", path: "dist/argon2.wasm", workload: "argon2.mjs" },
  { package: "source-map", version: "0.8.0", path: "lib/mappings.wasm", workload: "source_map.mjs" },
  { package: "@one-ini/wasm", version: "0.2.1", path: "one_ini_bg.wasm", workload: "one_ini.mjs" },
  {
    package: "@tensorflow/tfjs-backend-wasm",
    version: "4.22.0",
    path: "dist/tfjs-backend-wasm-threaded-simd.wasm",
  },
  { package: "vscode-oniguruma", version: "2.0.1", path: "release/onig.wasm", workload: "oniguruma.mjs" },
  {
    package: "@jitl/quickjs-wasmfile-release-sync",
    version: "0.32.0",
    path: "dist/emscripten-module.wasm",
    workload: "quickjs.mjs",
  },
  { package: "sql.js", version: "1.16.0", path: "dist/sql-wasm.wasm", workload: "sqljs.mjs" },
  { package: "web-tree-sitter", version: "0.27.1", path: "debug/web-tree-sitter.wasm", workload: "tree_sitter.mjs" },
  { package: "harfbuzzjs", version: "0.4.7", path: "hb.wasm", workload: "harfbuzz.mjs" },
  { package: "wasmoon", version: "1.16.0", path: "dist/glue.wasm", workload: "lua.mjs" },
  { package: "brotli-wasm", version: "3.0.1", path: "pkg.node/brotli_wasm_bg.wasm", workload: "brotli.mjs" },
  { package: "@oxc-parser/binding-wasm32-wasi", version: "0.154.0", path: "parser.wasm32-wasi.wasm" },
  { package: "@resvg/resvg-wasm", version: "2.6.2", path: "index_bg.wasm", workload: "resvg.mjs" },
  { package: "wasm-vips", version: "0.0.19", path: "lib/vips.wasm" },
  { package: "pyodide", version: "314.0.7", path: "pyodide.asm.wasm", workload: "pyodide.mjs" },
  { package: "esbuild-wasm", version: "0.28.2", path: "esbuild.wasm", workload: "esbuild.mjs" },
  { package: "@swc/wasm", version: "1.16.18", path: "wasm_bg.wasm", workload: "swc.mjs" },
];
