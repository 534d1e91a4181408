/** The functions of allocators, by name. */

/**
 * The functions of allocators that are known, each with its parameters and result. assembly/sanitize/heap has what
 * stands for them.
 */
export const ALLOCATOR_ROLES = {
  /** Gives memory. */
  malloc: "(bytes) → address",
  /** Gives zeroed memory for `count` items. */
  calloc: "(count, bytes) → address",
  /** Changes the size of a block. */
  realloc: "(address, bytes) → address",
  /** Changes the size of a block to that of `count` items. */
  reallocarray: "(address, count, bytes) → address",
  /** Takes a block back. */
  free: "(address)",
  /** Gives memory at a multiple of `alignment`; `memalign` is the same. */
  aligned_alloc: "(alignment, bytes) → address",
  /** The same with the address in memory, at `result`. */
  posix_memalign: "(result, alignment, bytes) → error",
  /** The size of a block. */
  malloc_usable_size: "(address) → bytes",
  /** `__rust_alloc` gives memory. */
  rust_alloc: "(bytes, alignment) → address",
  /** `__rust_alloc_zeroed` gives zeroed memory. */
  rust_alloc_zeroed: "(bytes, alignment) → address",
  /** `__rust_dealloc` takes a block back. */
  rust_dealloc: "(address, bytes, alignment)",
  /** `__rust_realloc` changes the size of a block. */
  rust_realloc: "(address, bytes, alignment, new bytes) → address",
} as const;

/** What a function of an allocator does. */
export type AllocatorRole = keyof typeof ALLOCATOR_ROLES;

/** A family of functions that know each other's blocks. */
export interface AllocatorFamily {
  /** The function that gives memory, and the one that takes it back. */
  readonly allocate: AllocatorRole;
  readonly release: AllocatorRole;
  /** The names of each function. A module may have several: all of them are replaced. */
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
