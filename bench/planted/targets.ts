/** Parsers from Debian's sources with one memory error each that their authors did not make, or have mended. */

import type { Program } from "../programs/programs.ts";
import { TUNED } from "../programs/programs_tuned.ts";

export interface PlantedTarget {
  readonly name: string;
  readonly program: Program;
  /** A file of the package, and what is changed in it. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The file beside this one that calls the parser. */
  readonly entry: string;
}

const program = (name: string): Program => TUNED.find((each) => each.name === name) as Program;

/** One line each is wrong; a fuzzer must find out. */
export const PLANTED: readonly PlantedTarget[] = [
  {
    name: "cjson",
    program: program("cjson"),
    file: "cJSON.c",
    // Strings have no room for the zero behind them.
    from: 'allocate(allocation_length + sizeof(""))',
    to: 'allocate(allocation_length - sizeof(""))',
    entry: "../fuzz_targets/cjson.c",
  },
  {
    name: "expat",
    program: program("expat"),
    file: "expat/lib/xmlparse.c",
    // A name of more than 16 bytes does not fit.
    from: "tag->buf = (char *)MALLOC(parser, INIT_TAG_BUF_SIZE);",
    to: "tag->buf = (char *)MALLOC(parser, INIT_TAG_BUF_SIZE / 2);",
    entry: "expat.c",
  },
  {
    name: "brotli",
    program: program("brotli"),
    file: "c/dec/decode.c",
    from: "(uint8_t*)BROTLI_DECODER_ALLOC(s, (size_t)context_map_size);",
    to: "(uint8_t*)BROTLI_DECODER_ALLOC(s, (size_t)context_map_size - 1);",
    entry: "brotli.c",
  },
  {
    name: "lua",
    program: program("lua"),
    file: "src/llex.c",
    // A token of more than 32 bytes has one byte too many when the buffer grows.
    from: "if (luaZ_bufflen(b) + 1 > luaZ_sizebuffer(b)) {",
    to: "if (luaZ_bufflen(b) > luaZ_sizebuffer(b)) {",
    entry: "lua.c",
  },
  {
    name: "csv",
    program: { name: "csv", package: "libcsv", sources: ["libcsv.c"], includes: ["."], defines: [] },
    file: "libcsv.c",
    from: "p->entry_size - 1 : p->entry_size) ) {",
    to: "p->entry_size - 1 : p->entry_size + 1) ) {",
    entry: "csv.c",
  },
];

/** Errors that were made, with what mended them taken back, and an input as their public description has it. */
export const PUBLISHED: readonly (PlantedTarget & { readonly input: string })[] = [
  {
    name: "CVE-2014-2525, LibYAML",
    program: {
      name: "yaml",
      package: "libyaml",
      sources: ["src"],
      includes: ["include"],
      defines: ['YAML_VERSION_STRING="0.2.5"', "YAML_VERSION_MAJOR=0", "YAML_VERSION_MINOR=2", "YAML_VERSION_PATCH=5"],
    },
    file: "src/scanner.c",
    from: "            if (!STRING_EXTEND(parser, string))\n                goto error;\n\n            if (!yaml_parser_scan_uri_escapes(",
    to: "            if (!yaml_parser_scan_uri_escapes(",
    entry: "yaml.c",
    // A heap overflow by a long sequence of percent-encoded characters in a URI.
    input: `!<tag:${"%41".repeat(64)}> x`,
  },
  {
    name: "CVE-2019-11835, cJSON",
    program: program("cjson"),
    file: "cJSON.c",
    from: '            *input += static_strlen("*/");\n            return;\n        }\n    }\n',
    to: '            break;\n        }\n    }\n    *input += static_strlen("*/");\n',
    entry: "minify.c",
    // An access out of bounds, related to multiline comments: one that does not end.
    input: '{"a": 1} /* b',
  },
];
