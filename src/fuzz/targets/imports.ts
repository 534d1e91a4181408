/** The imports that an instance of a target is given. */

import { WASI_MODULE } from "../../abi/counters.ts";
import { IMPORT_MODULE } from "../../abi/hooks.ts";
import { TargetError } from "../../errors.ts";

/** Where imports come from, besides the device. */
export interface ImportSources {
  readonly wasi: Readonly<Record<string, (...args: never[]) => unknown>>;
  /** Functions that engines provide in `env`. */
  readonly engine: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly user: WebAssembly.Imports;
  readonly stubImports: boolean;
  readonly onWarning: (message: string) => void;
  /** Called before a user's function runs: it may write anything to the target's memory. */
  readonly onUserCall: () => void;
}

/**
 * Collects a module's imports. The user's take precedence, so that they can replace WASI functions.
 *
 * @param name the target's name, for messages
 * @throws {TargetError} ERR_TARGET_IMPORT, naming all that are missing
 */
export function collectImports(name: string, module: WebAssembly.Module, sources: ImportSources): WebAssembly.Imports {
  const collected: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  const missing: string[] = [];
  const stubbed: string[] = [];
  for (const wanted of WebAssembly.Module.imports(module)) {
    if (wanted.module === IMPORT_MODULE) continue;
    let value = provided(wanted, sources);
    const label = `${wanted.module}.${wanted.name}`;
    if (value === undefined && wanted.kind === "function" && sources.stubImports) {
      stubbed.push(label);
      value = doNothing;
    }
    if (value === undefined) missing.push(wanted.kind === "function" ? label : `${label} (a ${wanted.kind})`);
    else {
      collected[wanted.module] ??= {};
      (collected[wanted.module] as Record<string, WebAssembly.ImportValue>)[wanted.name] = value;
    }
  }
  if (missing.length > 0) throw missingImports(name, missing);
  if (stubbed.length > 0) sources.onWarning(`${name}: imports that do nothing and return 0: ${stubbed.join(", ")}`);
  return collected;
}

function provided(
  { module, name, kind }: WebAssembly.ModuleImportDescriptor,
  { wasi, engine, user, onUserCall }: ImportSources,
): WebAssembly.ImportValue | undefined {
  const value = user[module]?.[name];
  if (typeof value === "function" && kind === "function")
    return announced(value as (...args: unknown[]) => unknown, onUserCall);
  if (value !== undefined) return value;
  if (module === "env" && kind === "function" && engine[name] !== undefined) return engine[name];
  return module === WASI_MODULE && kind === "function" ? wasi[name] : undefined;
}

function announced(call: (...args: unknown[]) => unknown, onUserCall: () => void): (...args: unknown[]) => unknown {
  return (...args) => {
    onUserCall();
    return call(...args);
  };
}

/** Returns false, which engines convert to 0 of any number type; undefined they could not convert to a bigint. */
function doNothing(): unknown {
  return false;
}

function missingImports(name: string, missing: readonly string[]): TargetError {
  const shown = missing.slice(0, 8).join(", ");
  const more = missing.length > 8 ? ` and ${missing.length - 8} more` : "";
  const hint = "give a module that exports them (imports), or let functions do nothing (stubImports)";
  return new TargetError("ERR_TARGET_IMPORT", `${name}: nobody provides its imports ${shown}${more}: ${hint}`);
}
