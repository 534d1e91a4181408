// Builds what pages get: dist/browser/.

import { build } from "esbuild";

const PAGES = { bundle: true, platform: "browser", target: "es2022", minify: true, charset: "utf8", logLevel: "error" };

// Binaryen's own module asks Node.js for node:module, which no bundler for pages can resolve, so pages get a copy of it
// in which that branch, which only Node.js takes, leads nowhere.
await build({
  ...PAGES,
  entryPoints: ["binaryen"],
  outfile: "dist/browser/binaryen.js",
  format: "esm",
  legalComments: "inline",
  plugins: [{ name: "no Node.js", setup: withoutNode }],
});

// The script of pages that count: classic, and a function whose text it can hand on to workers.
await build({
  ...PAGES,
  entryPoints: ["src/integrations/pages/page.ts"],
  outfile: "dist/browser/register.js",
  format: "esm",
  // A classic script has no such thing; nothing that a page does asks for it.
  define: { "import.meta.url": '"about:blank"' },
  banner: { js: "(function wasmKcovRegister(){" },
  footer: { js: "})();" },
});

/** Resolves the modules of Node.js to empty ones. */
function withoutNode(bundler) {
  bundler.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: "node" }));
  bundler.onLoad({ filter: /.*/, namespace: "node" }, () => ({ contents: "export {};" }));
}
