/** The functions of allocators, by name. */

/** What a function does, which is the name of what stands for it in assembly/sanitize/heap. */
export const ALLOCATOR_ROLES = {
  malloc: "(bytes) → address",
  calloc: "(count, bytes) → address",
  realloc: "(address, bytes) → address",
  reallocarray: "(address, count, bytes) → address",
  free: "(address)",
  aligned_alloc: "(alignment, bytes) → address",
  posix_memalign: "(result, alignment, bytes) → error",
  malloc_usable_size: "(address) → bytes",
  rust_alloc: "(bytes, alignment) → address",
  rust_alloc_zeroed: "(bytes, alignment) → address",
  rust_dealloc: "(address, bytes, alignment)",
  rust_realloc: "(address, bytes, alignment, new bytes) → address",
} as const;

/** What a function of an allocator does. */
export type AllocatorRole = keyof typeof ALLOCATOR_ROLES;

/** A family of functions that know each other's blocks. */
export interface AllocatorFamily {
  /** The function that gives memory, and the one that takes it back. */
  readonly allocate: AllocatorRole;
  readonly release: AllocatorRole;
  /** The names of each function, of which a module may have several: all of them are replaced. */
  readonly names: Partial<Readonly<Record<AllocatorRole, readonly RegExp[]>>>;
}

/** The first family that a module has counts. */
export const FAMILIES: readonly AllocatorFamily[] = [
  {
    allocate: "malloc",
    release: "free",
    names: {
      malloc: [/^_?malloc$/, /^(emscripten_builtin_|__libc_|je_|mi_|dl|emmalloc_)malloc$/],
      calloc: [/^_?calloc$/, /^(emscripten_builtin_|__libc_|je_|mi_|dl|emmalloc_)calloc$/],
      realloc: [/^_?realloc$/, /^(emscripten_builtin_|__libc_|je_|mi_|dl|emmalloc_)realloc$/],
      reallocarray: [/^_?reallocarray$/],
      free: [/^_?c?free$/, /^(emscripten_builtin_|__libc_|je_|mi_|dl|emmalloc_)free$/],
      aligned_alloc: [
        /^_?(aligned_alloc|memalign)$/,
        /^(emscripten_builtin_|__libc_|je_|mi_|dl|emmalloc_)(memalign|aligned_alloc)$/,
      ],
      posix_memalign: [/^_?posix_memalign$/, /^(emscripten_builtin_|dl|emmalloc_)posix_memalign$/],
      malloc_usable_size: [/^_?malloc_usable_size$/, /^(dl|emmalloc_)malloc_usable_size$|^emmalloc_usable_size$/],
    },
  },
  {
    allocate: "rust_alloc",
    release: "rust_dealloc",
    names: {
      rust_alloc: [rust("__rust_alloc")],
      rust_alloc_zeroed: [rust("__rust_alloc_zeroed")],
      rust_dealloc: [rust("__rust_dealloc")],
      rust_realloc: [rust("__rust_realloc")],
    },
  },
];

/** As it is, mangled in either way, or as a name section may have it. */
function rust(name: string): RegExp {
  return new RegExp(
    `^(${name}|_RN.*${name.length}${name}|_ZN.*${name.length}${name}.*|__rustc(\\[[0-9a-f]+\\])?::${name})$`,
  );
}
