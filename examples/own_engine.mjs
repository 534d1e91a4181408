// A fuzz engine of one's own on wasm-kcov's targets, in the way of syzkaller: signal from coverage, and hints from the
// comparisons, which it reads out of the kcov buffer.
//
//     node examples/own_engine.mjs TARGET [EXECUTIONS]

import { openTarget } from "wasm-kcov/fuzz";

const [path = new URL("fuzz_ini.mjs", import.meta.url).pathname, executions = "20000"] = process.argv.slice(2);
const target = await openTarget(path, { onWarning: (message) => process.stderr.write(`${message}\n`) });
const corpus = [Uint8Array.from([0])];
const signal = new Set();
let random = 1;
function below(limit) {
  random = (Math.imul(random, 1103515245) + 12345) >>> 0;
  return (random >>> 8) % limit;
}

/** Runs an input; what it reached first goes into the signal. */
async function execute(input) {
  for (const { bytes } of target.counters) bytes.fill(0);
  const outcome = await target.runOne(input);
  let isNew = false;
  for (const { bytes, id } of target.counters) {
    bytes.forEach((count, k) => {
      if (count === 0 || signal.has(`${id}:${k}`)) return;
      signal.add(`${id}:${k}`);
      isNew = true;
    });
  }
  if (outcome.kind === "crash") {
    const place = outcome.crash.frames[0]?.name ?? "?";
    process.stdout.write(`crash: ${outcome.crash.reason} in ${place}, input ${Buffer.from(input).toString("hex")}\n`);
    process.exit(0);
  }
  return isNew;
}

/** Inputs in which a byte that is compared has the value that it is compared with. */
async function* hints(input) {
  const { comparisons } = target;
  comparisons.enable();
  await target.runOne(input);
  const count = Number(comparisons.words[0]);
  const records = comparisons.words.slice(1, 1 + 4 * count);
  comparisons.disable();
  for (let record = 0; record < records.length; record += 4) {
    const [, arg1, arg2] = records.subarray(record, record + 4); // type, arg1, arg2, pc
    for (const [seen, wanted] of [
      [arg1, arg2],
      [arg2, arg1],
    ]) {
      if (seen > 0xffn || wanted > 0xffn) continue;
      for (const [at, byte] of input.entries()) if (byte === Number(seen)) yield input.with(at, Number(wanted));
    }
  }
}

let runs = 0;
while (runs < Number(executions)) {
  const base = corpus[below(corpus.length)];
  const grown = Uint8Array.from([...base, ...Array.from({ length: below(9) }, () => below(256))]);
  const mutant = grown.with(below(grown.length), below(256));
  runs++;
  const fresh = (await execute(mutant)) ? [mutant] : [];
  for (let input = fresh.pop(); input !== undefined; input = fresh.pop()) {
    corpus.push(input);
    for await (const hint of hints(input)) {
      runs++;
      if (await execute(hint)) fresh.push(hint);
    }
  }
}
process.stdout.write(`${runs} executions, ${signal.size} edges, ${corpus.length} inputs\n`);
