// Builds the page of docs/demo into build/demo, a folder that any server of files can serve. With --serve it is one.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import binaryen from "binaryen";
import { build } from "esbuild";

const SOURCES = "docs/demo";
const OUTPUT = "build/demo";
const PORT = 8080;
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm" };

await rm(OUTPUT, { recursive: true, force: true });
await mkdir(join(OUTPUT, "samples"), { recursive: true });
for (const file of ["index.html", "style.css"]) await cp(join(SOURCES, file), join(OUTPUT, file));
for (const file of ["sql-wasm.js", "sql-wasm.wasm"]) {
  await cp(join("node_modules/sql.js/dist", file), join(OUTPUT, "samples", file));
}
binaryen.setDebugInfo(true);
const sort = binaryen.parseText(await readFile(join(SOURCES, "samples/sort.wat"), "utf8"));
await writeFile(join(OUTPUT, "samples/sort.wasm"), sort.emitBinary());

const common = { outdir: OUTPUT, bundle: true, platform: "browser", target: "es2022", minify: true, logLevel: "error" };
await build({ ...common, entryPoints: [join(SOURCES, "src/main.ts")], format: "esm" });
await build({ ...common, entryPoints: [join(SOURCES, "src/service_worker.ts")], format: "iife" });
for (const worker of ["reader", "runner"]) {
  await build({
    ...common,
    entryPoints: [join(SOURCES, `src/${worker}.ts`)],
    // A classic worker, since glue code is loaded by importScripts; but what it is made of awaits.
    format: "esm",
    define: { "import.meta.url": "location.href" },
    banner: { js: "(async()=>{const early=[];self.onmessage=(event)=>early.push(event);" },
    footer: { js: "for(const event of early)self.onmessage(event)})();" },
    charset: "utf8",
  });
}
process.stdout.write(`${OUTPUT} is the page\n`);
if (process.argv.includes("--serve")) serve();

function serve() {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(OUTPUT, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(PORT, () => process.stdout.write(`http://localhost:${PORT}/\n`));
}
