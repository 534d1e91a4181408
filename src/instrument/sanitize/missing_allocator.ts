/** Why no allocator was found, and what helps: languages have different ones. */

import type { ModuleInfo } from "../wasm/module_info.ts";

interface Language {
  /** Names of functions, of their own or as they are exported, or what they are imported as, that only it has. */
  readonly names: RegExp;
  readonly why: string;
}

const pass = (roles: readonly string[]): string => roles.map((role) => `--allocator ${role}=NAME`).join(" ");

const LANGUAGES: readonly Language[] = [
  {
    names: /^(~lib\/rt\/|__(pin|unpin|renew)$)/,
    why: "AssemblyScript's collector keeps what it knows of a block in front of it, and frees by itself: blocks are its own business",
  },
  {
    names: /^(runtime\.(mallocgc|gcStart|alloc|runGC)$|go:|gojs|tinygo_|_rt0_wasm)/,
    why: "Go's collector frees by itself: blocks are its own business",
  },
  {
    names: /^(__wbindgen_(malloc|realloc|free|export_\d+)|_?__rust|rust_|__externref_)|_ZN|^_R/,
    why: `Rust's allocator not found: pass ${pass(["rust_alloc", "rust_dealloc", "rust_realloc", "rust_alloc_zeroed"])}`,
  },
  {
    names: /^(mem\.Allocator\.|heap\.|debug\.)/,
    why: `Zig's allocators are values, and have no names: with libc's, pass ${pass(["malloc", "free"])}`,
  },
];

export function whyNoAllocator({ functionNames, exportNames }: ModuleInfo): string {
  const names = [...functionNames.values(), ...[...exportNames.values()].flat()];
  const language = LANGUAGES.find((each) => names.some((name) => each.names.test(name)));
  return language?.why ?? `allocator not found: pass ${pass(["malloc", "free"])}`;
}
