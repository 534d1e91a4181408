// What a program asks first of packages that carry WebAssembly: little, so that it is loading the module that takes the time.
// Ten of these packages are among the thousand most downloaded of npm, most of the others are what carries most WebAssembly in
// server and build programs.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";

/** By package: its version, and the request. `require` finds it, `load` is `import()` from where it is. */
export const REQUESTS = {
  undici: ["7.30.2", undici],
  "cjs-module-lexer": ["2.3.0", cjsModuleLexer],
  "es-module-lexer": ["3.0.5", esModuleLexer],
  long: ["5.3.2", ({ require }) => new (require("long"))(7, 1).mul(9).toString()],
  "source-map": ["0.7.6", sourceMap],
  webpack: ["5.113.0", ({ require }) => require("webpack/lib/util/hash/xxhash64")().update("text").digest("hex")],
  "yoga-layout": ["3.2.1", async ({ load }) => (await load("yoga-layout")).default.Node.create().getChildCount()],
  "hash-wasm": ["4.13.0", ({ require }) => require("hash-wasm").blake3("text")],
  "@shikijs/engine-oniguruma": ["4.6.0", shiki],
  "vscode-oniguruma": ["2.0.1", oniguruma],
  "web-tree-sitter": ["0.27.2", async ({ load }) => (await load("web-tree-sitter")).Parser.init()],
  "libsodium-wrappers": ["0.8.4", ({ require }) => require("libsodium-wrappers").ready],
  "sql.js": ["1.17.0", sqlJs],
  "argon2-browser": ["1.18.0", argon2],
  "quickjs-emscripten": ["0.32.0", quickjs],
  "brotli-wasm": ["3.0.1", ({ require }) => require("brotli-wasm").compress(new Uint8Array(100)).length],
  tiktoken: ["1.0.22", ({ require }) => Object.keys(require("tiktoken")).length],
  "@resvg/resvg-wasm": ["2.6.2", resvg],
  "@rollup/wasm-node": ["4.68.4", ({ require }) => require("@rollup/wasm-node/dist/parseAst.js").parseAst("1").type],
  "canvaskit-wasm": ["0.42.0", async ({ require }) => (await require("canvaskit-wasm")()).Color(1, 2, 3).length],
  "lightningcss-wasm": ["1.33.0", lightningcss],
  "esbuild-wasm": ["0.28.2", esbuild],
  "@swc/wasm": ["1.16.18", ({ require }) => require("@swc/wasm").transformSync("let a = 1", {}).code],
};

async function undici({ require }) {
  const server = createServer((_, response) => response.end("text")).listen(0);
  await new Promise((listening) => server.once("listening", listening));
  const { Client } = require("undici");
  const client = new Client(`http://127.0.0.1:${server.address().port}`);
  const { body } = await client.request({ path: "/", method: "GET" });
  const text = await body.text();
  await client.close();
  server.close();
  server.closeAllConnections();
  return text;
}

async function cjsModuleLexer({ load }) {
  const { init, parse } = await load("cjs-module-lexer");
  await init();
  return parse("exports.a = 1").exports;
}

async function esModuleLexer({ load }) {
  const { init, parse } = await load("es-module-lexer");
  await init;
  return parse("export const a = 1")[1].length;
}

async function sourceMap({ require }) {
  const { SourceMapConsumer } = require("source-map");
  const map = await new SourceMapConsumer({ version: 3, sources: ["a.js"], names: [], mappings: "AAAA" });
  return map.originalPositionFor({ line: 1, column: 0 }).source;
}

async function shiki({ load }) {
  const { createOnigurumaEngine } = await load("@shikijs/engine-oniguruma");
  const engine = await createOnigurumaEngine(load("@shikijs/engine-oniguruma/wasm-inlined"));
  return engine.createScanner(["a"]).findNextMatchSync("bab", 0)?.index;
}

async function oniguruma({ require }) {
  const { createOnigScanner, createOnigString, loadWASM } = require("vscode-oniguruma");
  await loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  return createOnigScanner(["a"]).findNextMatchSync(createOnigString("bab"), 0)?.index;
}

async function sqlJs({ require }) {
  const { Database } = await require("sql.js")();
  return new Database().exec("select 1 + 1")[0].values;
}

async function argon2({ require }) {
  // The glue takes any host with fetch for a browser.
  globalThis.fetch = undefined;
  const { hash } = require("argon2-browser");
  return (await hash({ pass: "password", salt: "somesalt", time: 1, mem: 64 })).encoded;
}

async function quickjs({ require }) {
  const { getQuickJS } = require("quickjs-emscripten");
  return (await getQuickJS()).evalCode("1 + 1");
}

async function resvg({ require }) {
  const { initWasm, Resvg } = require("@resvg/resvg-wasm");
  await initWasm(readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm")));
  return new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`).width;
}

async function lightningcss({ load }) {
  const { transform } = await load("lightningcss-wasm");
  return transform({ filename: "a.css", code: new TextEncoder().encode("a { b: c }") }).code.length;
}

/** As its own script for child processes has it. */
async function esbuild({ require }) {
  Object.assign(globalThis, { require, fs: require("node:fs"), path: require("node:path") });
  require("esbuild-wasm/wasm_exec.js");
  const go = new globalThis.Go();
  go.argv = ["esbuild", "--version"];
  go.env = { TMPDIR: tmpdir() };
  const exited = new Promise((exit) => Object.assign(go, { exit }));
  const binary = readFileSync(require.resolve("esbuild-wasm/esbuild.wasm"));
  const { instance } = await WebAssembly.instantiate(binary, go.importObject);
  await Promise.race([go.run(instance), exited]);
}
