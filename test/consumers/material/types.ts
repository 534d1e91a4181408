import { Kcov, type KcovCreateOptions, KcovError, type KcovMapping } from "wasm-kcov";
import { openTarget } from "wasm-kcov/fuzz";
import { type InstrumentOptions, instrument, type PcTable, readPcTable } from "wasm-kcov/instrument";

const options: InstrumentOptions = { trace: ["pc", "cmp"] };
const creation: KcovCreateOptions = { comparisons: true };
const binary: Uint8Array = instrument(new Uint8Array(8), options).binary;
const table: PcTable = readPcTable(binary);
const kcov: Kcov = Kcov.createSync(creation);
const mapping: KcovMapping = kcov.mmap(kcov.open(), 512);
const words: BigUint64Array = mapping.words;
// @ts-expect-error there is no such trace
instrument(binary, { trace: ["everything"] });

export { KcovError, openTarget, table, words };
