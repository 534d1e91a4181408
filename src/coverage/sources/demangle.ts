/**
 * Converts compilers' names to the form of the source language. C++ (Itanium ABI) and Rust (legacy and v0) are handled
 * by a demangler that the caller provides, because it must be loaded from a file; other names are returned unchanged.
 */

/** @returns the name itself if it is not mangled, or in an unknown way */
export type Demangle = (name: string) => string;

/** For use without a demangler: linkers have demangled most names already, except for the hash in Rust's. */
export const demangleNothing: Demangle = (name) => name.replace(RUST_HASH, "");

/** @param read demangles a name, and returns others unchanged; it may throw */
export function demangleWith(read: (mangled: string) => string): Demangle {
  return (name) => {
    const mangled = MANGLED.exec(name)?.[1];
    if (mangled === undefined) return demangleNothing(name);
    try {
      const found = read(mangled.replace(ABI_TAG, ""));
      // Names that it cannot demangle it returns more or less unchanged.
      return MANGLED.test(found) || mangled.endsWith(found) ? name : tidy(found);
    } catch {
      return name;
    }
  };
}

/** Mangled names; some compilers prefix an extra underscore. */
const MANGLED = /^_?(_(?:Z|R[A-Z])\w[\w.$@]*)$/;

/** `::h` and sixteen digits, which distinguish versions of a crate. */
const RUST_HASH = /::h[0-9a-f]{16}$/;

/** Tags that C++ libraries put on functions: relevant only to linkers, and misread by the demangler. */
const ABI_TAG = /B(?:8[nu][en]\d{6}|7v\d{6}|5cxx11)/g;

/** Formats a name as newer compilers do: `vector<set<int>>`, `array<int, 4ul>`. */
function tidy(name: string): string {
  return name
    .replace(/(?<!operator)> (?=>)/g, ">")
    .replace(/, >/g, ">")
    .replace(/\(([a-z ]+)\)(-?\d+)/g, (all, type: string, digits: string) => {
      const suffix = SUFFIXES[type];
      return suffix === undefined ? all : `${digits}${suffix}`;
    });
}

const SUFFIXES: Readonly<Record<string, string>> = {
  ...{ int: "", "unsigned int": "u", long: "l", "unsigned long": "ul", "long long": "ll", "unsigned long long": "ull" },
};
