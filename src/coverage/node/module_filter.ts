/** Determines which modules a run covers. */

import type { CollectorSettings } from "./settings.ts";

/** Where a module came from, as far as that is known. */
export interface ModuleOrigin {
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  readonly script?: string | undefined;
}

const NODE_MODULES = /[\\/]node_modules[\\/]/;

/** Modules in node_modules are covered only if they are named: test runners load some of their own. */
export class ModuleFilter {
  readonly #wanted: readonly RegExp[];
  readonly #excluded: readonly RegExp[];

  constructor({ modules, excluded }: Pick<CollectorSettings, "modules" | "excluded">) {
    this.#wanted = modules.map((source) => new RegExp(source));
    this.#excluded = excluded.map((source) => new RegExp(source));
  }

  includes(origin: ModuleOrigin): boolean {
    const place = placeOf(origin);
    const matches = (expressions: readonly RegExp[]): boolean => expressions.some((each) => each.test(place));
    if (matches(this.#excluded)) return false;
    return this.#wanted.length > 0 ? matches(this.#wanted) : !NODE_MODULES.test(place);
  }
}

/**
 * The globs that match none of the modules.
 *
 * @param expressionsOf returns the sources of a glob's regular expressions
 */
export function unmatchedGlobs(
  globs: readonly string[],
  expressionsOf: (glob: string) => readonly string[],
  places: readonly string[],
): string[] {
  return globs.filter((glob) => {
    const expressions = expressionsOf(glob).map((source) => new RegExp(source));
    return !places.some((place) => expressions.some((each) => each.test(place)));
  });
}

/** Where the module is, or if a program made its bytes, the script that did. With forward slashes. */
export function placeOf({ path, url, script }: ModuleOrigin): string {
  return (path ?? withoutScheme(url) ?? withoutScheme(script) ?? "").replaceAll("\\", "/");
}

/** The module's name for people: the file's name, the last part of its URL, or the script that made it. */
export function nameOf(origin: ModuleOrigin): string {
  const last = placeOf(origin).split(/[?#]/, 1)[0]?.split("/").at(-1);
  return last || "module";
}

function withoutScheme(url: string | undefined): string | undefined {
  if (!url?.startsWith("file:")) return url;
  const { pathname } = new URL(url);
  // As node:url does, without loading that for one path.
  return decodeURIComponent(/^\/[A-Za-z]:/.test(pathname) ? pathname.slice(1) : pathname);
}
