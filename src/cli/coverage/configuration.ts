/** Options from files: `.wasm-kcovrc.json`, or `"wasm-kcov"` in package.json. The command line takes precedence. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Command, Option } from "commander";
import { EXIT_USAGE, Failure, fileFailure } from "../failure.ts";

const RC_FILE = ".wasm-kcovrc.json";
const PACKAGE_FILE = "package.json";
const PACKAGE_KEY = "wasm-kcov";

interface Configuration {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Gives a command the options of the nearest configuration, going up from the working directory.
 *
 * @param ignored attributes of options that only other commands have
 * @throws {Failure} the file cannot be read, or contains something that is not an option
 */
export function applyConfiguration(
  command: Command,
  directory: string = process.cwd(),
  ignored: readonly string[] = [],
): void {
  const configuration = findConfiguration(resolve(directory));
  if (configuration === undefined) return;
  for (const [key, value] of Object.entries(configuration.values)) {
    if (key === "$schema" || ignored.includes(camelCase(key))) continue;
    const option = command.options.find((each) => each.attributeName() === camelCase(key));
    if (option === undefined) throw wrong(configuration.path, `there is no option "${key}"`);
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === "cli") continue;
    command.setOptionValueWithSource(name, parse(option, key, value, configuration.path), "config");
  }
}

function parse(option: Option, key: string, value: unknown, path: string): unknown {
  if (option.isBoolean() || option.negate) {
    if (typeof value === "boolean") return value;
    throw wrong(path, `"${key}" is true or false`);
  }
  const values = Array.isArray(value) ? value : [value];
  if (!values.every((each) => typeof each === "string" || typeof each === "number")) {
    throw wrong(path, `"${key}" is a text, a number, or a list of texts`);
  }
  const repeatable = option.parseArg !== undefined && option.description.includes("repeatable");
  if (values.length !== 1 && !repeatable) throw wrong(path, `"${key}" has one value`);
  try {
    let parsed: unknown;
    for (const each of values) parsed = option.parseArg ? option.parseArg(String(each), parsed) : String(each);
    return parsed ?? [];
  } catch (error) {
    throw wrong(path, (error as Error).message);
  }
}

function findConfiguration(directory: string): Configuration | undefined {
  const own = readJson(join(directory, RC_FILE));
  if (own !== undefined) return { path: join(directory, RC_FILE), values: asObject(own, join(directory, RC_FILE)) };
  const manifest = join(directory, PACKAGE_FILE);
  const contents = readJson(manifest);
  const section = contents !== undefined && asObject(contents, manifest)[PACKAGE_KEY];
  if (section) return { path: manifest, values: asObject(section, manifest) };
  const parent = dirname(directory);
  return parent === directory ? undefined : findConfiguration(parent);
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw fileFailure("read", path, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrong(path, (error as Error).message);
  }
}

function asObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(path, "an object with options is expected");
}

function wrong(path: string, what: string): Failure {
  return new Failure(`${path}: ${what}`, EXIT_USAGE);
}

function camelCase(key: string): string {
  return key.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
