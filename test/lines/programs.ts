/** Programs whose lines are compared: some of our own, and what Debian's archive has. */

import { join } from "node:path";

export interface LineProgram {
  readonly name: string;
  readonly language: "C" | "C++";
  /** Paths of what is compiled, from the directory that it is compiled in. */
  readonly files: readonly string[];
  readonly flags: readonly string[];
  /** Path of what it reads from standard input. */
  readonly input: string;
  /** Debian source package that must be there; its directory is what `@` stands for in the others. */
  readonly package?: string;
}

export const HERE: string = import.meta.dirname;
const OWN = join(HERE, "programs");
const own = (name: string): string => join(OWN, name);

export const PROGRAMS: readonly LineProgram[] = [
  { name: "json", language: "C", files: [own("json.c")], flags: [], input: own("json.in") },
  { name: "tokens", language: "C", files: [own("tokens.c")], flags: [], input: own("tokens.in") },
  { name: "expression", language: "C++", files: [own("expression.cpp")], flags: [], input: own("expression.in") },
  { name: "containers", language: "C++", files: [own("containers.cpp")], flags: [], input: own("containers.in") },
  {
    name: "expat",
    language: "C",
    package: "expat",
    files: [own("expat_main.c"), "@/expat/lib/xmlparse.c", "@/expat/lib/xmlrole.c", "@/expat/lib/xmltok.c"],
    flags: ["-I@/expat/lib", `-I${join(HERE, "../../bench/programs/glue")}`],
    input: own("expat.in"),
  },
  {
    name: "cjson",
    language: "C",
    package: "cjson",
    files: [own("cjson_main.c"), "@/cJSON.c"],
    flags: ["-I@"],
    input: own("json.in"),
  },
];
