// Builds what pages get: dist/browser/. Binaryen's own module asks Node.js for node:module, which no bundler for pages
// can resolve, so pages get a copy of it in which that branch, which only Node.js takes, leads nowhere.

import { build } from "esbuild";

await build({
  entryPoints: ["binaryen"],
  outfile: "dist/browser/binaryen.js",
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "inline",
  plugins: [{ name: "no Node.js", setup: withoutNode }],
});

/** Resolves the modules of Node.js to empty ones. */
function withoutNode(bundler) {
  bundler.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "node" }));
  bundler.onLoad({ filter: /.*/, namespace: "node" }, () => ({ contents: "export {};" }));
}
