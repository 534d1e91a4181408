/** Which export of a module runs an input, and where the input is put. */

import { IMPORT_MODULE } from "../../abi/hooks.ts";
import { TargetError } from "../../errors.ts";
import type { FunctionType } from "../../instrument/wasm/module_info.ts";
import { DEFAULT_MAX_INPUT_BYTES, type TargetOptions } from "./options.ts";

/** How a module takes its input. */
export type Entry =
  /** A function is called with the input's address and length, as i64 if the memory has 64-bit addresses. */
  | { readonly kind: "function"; readonly name: string; readonly is64: boolean; readonly input: InputBuffer }
  /** `_start` runs once per instance, and reads the input itself. */
  | { readonly kind: "command"; readonly name: "_start" };

/** Where inputs are put. */
export type InputBuffer =
  | { readonly kind: "malloc"; readonly name: string; readonly bytes: number; readonly exact: boolean }
  | { readonly kind: "fixed"; readonly address: number; readonly bytes: number };

export const LIBFUZZER_ENTRY = "LLVMFuzzerTestOneInput";
const COMMAND_ENTRY = "_start";
/** Names under which toolchains and harnesses export functions that allocate. */
const MALLOCS = ["malloc", "wcov_malloc", "__wbindgen_malloc", "__wbindgen_export_0", "_malloc", "alloc", "allocate"];

/**
 * Decides how to run a module.
 *
 * @param name the target's name, for messages
 * @throws {TargetError} ERR_TARGET_EXPORT, ERR_TARGET_BUFFER
 */
export function entryOf(name: string, exported: ReadonlyMap<string, FunctionType>, options: TargetOptions): Entry {
  const entry = options.entry ?? (exported.has(LIBFUZZER_ENTRY) ? LIBFUZZER_ENTRY : COMMAND_ENTRY);
  const type = exported.get(entry);
  if (!type) throw missingEntry(name, options.entry, exported);
  if (entry === COMMAND_ENTRY) return { kind: "command", name: COMMAND_ENTRY };
  if (!takesBuffer(type)) {
    throw new TargetError(
      "ERR_TARGET_EXPORT",
      `${name}: ${entry} takes (${type.params.join(", ")}), not an address and a length`,
    );
  }
  const input = inputBuffer(name, exported, options);
  return { kind: "function", name: entry, is64: type.params[0] === "i64", input };
}

function takesBuffer({ params }: FunctionType): boolean {
  return params.length === 2 && params[0] === params[1] && (params[0] === "i32" || params[0] === "i64");
}

function inputBuffer(
  name: string,
  exported: ReadonlyMap<string, FunctionType>,
  { malloc, buffer, maxInputBytes }: TargetOptions,
): InputBuffer {
  if (buffer)
    return { kind: "fixed", address: buffer.address, bytes: Math.min(buffer.bytes, maxInputBytes ?? buffer.bytes) };
  const found = malloc === undefined ? MALLOCS.find((each) => isMalloc(exported.get(each))) : malloc;
  if (found === undefined) {
    const hint = "name one that allocates memory (malloc), or give memory that nothing uses (buffer)";
    throw new TargetError("ERR_TARGET_BUFFER", `${name}: nowhere to put inputs: ${hint}; ${listExports(exported)}`);
  }
  if (!isMalloc(exported.get(found))) {
    throw new TargetError(
      "ERR_TARGET_EXPORT",
      `${name}: no function ${found} that allocates; ${listExports(exported)}`,
    );
  }
  return {
    kind: "malloc",
    name: found,
    bytes: maxInputBytes ?? DEFAULT_MAX_INPUT_BYTES,
    exact: maxInputBytes !== undefined,
  };
}

/** (bytes) or (bytes, alignment) → address. */
function isMalloc(type: FunctionType | undefined): boolean {
  return type !== undefined && type.results.length === 1 && (type.params.length === 1 || type.params.length === 2);
}

function missingEntry(
  name: string,
  entry: string | undefined,
  exported: ReadonlyMap<string, FunctionType>,
): TargetError {
  const missing =
    entry === undefined
      ? `neither ${LIBFUZZER_ENTRY} nor ${COMMAND_ENTRY} is exported: name the function to call (entry)`
      : `no exported function ${entry}`;
  return new TargetError("ERR_TARGET_EXPORT", `${name}: ${missing}; ${listExports(exported)}`);
}

function listExports(exported: ReadonlyMap<string, FunctionType>): string {
  const names = [...exported.keys()].filter((each) => !each.startsWith(`${IMPORT_MODULE}.`));
  if (names.length === 0) return "it exports no function";
  return `it exports ${names.slice(0, 12).join(", ")}${names.length > 12 ? `, and ${names.length - 12} more` : ""}`;
}
