fetch("parser.wasm")
  .then((response) => WebAssembly.instantiateStreaming(response))
  .then(({ instance }) => postMessage(instance.exports.parse(0, 10)));
