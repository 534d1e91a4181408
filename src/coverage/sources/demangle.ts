/**
 * Names of compilers in the form of their languages. C++ (Itanium ABI) and Rust, old and v0, are read by a demangler that the
 * surroundings bring, since it is a file to be loaded; everything else is returned as it is.
 */

/** @returns the name itself where it is not mangled, or in a way that is not known */
export type Demangle = (name: string) => string;

/** Without a demangler: linkers have demangled most names already, all but the hash of Rust's. */
export const demangleNothing: Demangle = (name) => name.replace(RUST_HASH, "");

/** @param read what makes a name of a mangled one, and returns others as they are; it may throw */
export function demangleWith(read: (mangled: string) => string): Demangle {
  return (name) => {
    const mangled = MANGLED.exec(name)?.[1];
    if (mangled === undefined) return demangleNothing(name);
    try {
      const found = read(mangled.replace(ABI_TAG, ""));
      // What it cannot read it returns, more or less.
      return MANGLED.test(found) || mangled.endsWith(found) ? name : tidy(found);
    } catch {
      return name;
    }
  };
}

/** Some compilers put one more underscore in front. */
const MANGLED = /^_?(_(?:Z|R[A-Z])\w[\w.$@]*)$/;

/** `::h` and sixteen digits: what tells versions of a crate apart. */
const RUST_HASH = /::h[0-9a-f]{16}$/;

/** Tags that C++ libraries put on functions: of interest to linkers alone, and misread by the demangler. */
const ABI_TAG = /B(?:8[nu][en]\d{6}|7v\d{6}|5cxx11)/g;

/** In the way of newer compilers: `vector<set<int>>`, `array<int, 4ul>`. */
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
