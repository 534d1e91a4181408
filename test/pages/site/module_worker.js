const bytes = await (await fetch(new URL("./parser.wasm", import.meta.url))).arrayBuffer();
postMessage(new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.parse(0, 10));
