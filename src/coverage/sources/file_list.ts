/** Numbers files, each path once. */

import type { SourceFile } from "./code_sources.ts";

export class FileList {
  readonly files: SourceFile[] = [];
  readonly #indices = new Map<string, number>();
  /** Numbers by the path as given: normalizing the path of each of a million rows would take most of the time. */
  readonly #given = new Map<string, number>();

  index(path: string, content?: string): number {
    let index = this.#given.get(path);
    if (index === undefined) {
      index = this.#add(normalizePath(path), content);
      this.#given.set(path, index);
    }
    return index;
  }

  #add(path: string, content: string | undefined): number {
    const known = this.#indices.get(path);
    if (known !== undefined) {
      const file = this.files[known] as SourceFile;
      if (file.content === undefined && content !== undefined) this.files[known] = { path, content };
      return known;
    }
    this.files.push({ path, content });
    this.#indices.set(path, this.files.length - 1);
    return this.files.length - 1;
  }
}

/** Resolves `.`, `..` and backslashes as far as possible within the path. */
export function normalizePath(path: string): string {
  const scheme = /^[a-z][a-z0-9+.-]+:\/\//.exec(path)?.[0] ?? "";
  const slashed = path.slice(scheme.length).replaceAll("\\", "/");
  const parts: string[] = [];
  for (const part of slashed.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !slashed.startsWith("/")) parts.push(part);
  }
  return scheme + (slashed.startsWith("/") ? "/" : "") + parts.join("/");
}
