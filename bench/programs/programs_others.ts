/** Programs that nothing was tuned for. */

import { createHash } from "node:crypto";
import type { Program } from "./programs.ts";

const ZLIB: Program = {
  name: "zlib",
  package: "zlib",
  sources: [
    ...["adler32.c", "compress.c", "crc32.c", "deflate.c", "inffast.c", "inflate.c"],
    ...["inftrees.c", "trees.c", "uncompr.c", "zutil.c"],
  ],
  includes: ["."],
  defines: [],
};

/** Measured each time. */
export const OTHERS: readonly Program[] = [
  {
    name: "lz4",
    package: "lz4",
    sources: ["lib/lz4.c", "lib/lz4frame.c", "lib/lz4hc.c", "lib/xxhash.c"],
    includes: ["lib"],
    defines: ["XXH_NAMESPACE=LZ4_"],
  },
  {
    name: "zstd",
    package: "libzstd",
    sources: ["lib/common", "lib/compress", "lib/decompress"],
    includes: ["lib"],
    defines: ["ZSTD_DISABLE_ASM=1"],
  },
  {
    name: "xz",
    package: "xz-utils",
    sources: ["common", "lz", "lzma", "rangecoder", "check"].map((directory) => `src/liblzma/${directory}`),
    without: [
      ...["stream_decoder_mt", "stream_encoder_mt", "hardware_cputhreads", "hardware_physmem", "outqueue"].map(
        inCommon,
      ),
      ...["easy_decoder_memusage", "lzip_decoder", "microlzma_decoder", "microlzma_encoder"].map(inCommon),
      ...["crc32_small", "crc32_tablegen", "crc64_small", "crc64_tablegen"].map(
        (name) => `src/liblzma/check/${name}.c`,
      ),
      "src/liblzma/lzma/fastpos_tablegen.c",
      "src/liblzma/rangecoder/price_tablegen.c",
    ],
    includes: [
      "src/common",
      ...["api", "common", "check", "delta", "lz", "lzma", "rangecoder", "simple"].map((name) => `src/liblzma/${name}`),
    ],
    defines: [
      ...["STDINT_H", "INTTYPES_H", "STDBOOL_H", "STRING_H", "LIMITS_H"].map((name) => `HAVE_${name}`),
      ...["ENCODERS", "ENCODER_LZMA1", "ENCODER_LZMA2", "DECODERS", "DECODER_LZMA1", "DECODER_LZMA2"].map(has),
      ...["MF_HC3", "MF_HC4", "MF_BT2", "MF_BT3", "MF_BT4", "CHECK_CRC32", "CHECK_CRC64", "CHECK_SHA256"].map(has),
      "TUKLIB_SYMBOL_PREFIX=lzma_",
    ],
    wasmDefines: ["sigset_t=int", "sigprocmask(how,set,old)=0", "SIZEOF_SIZE_T=4"],
  },
  {
    name: "libpng",
    package: "libpng1.6",
    prepare: [
      ["mkdir", "-p", "include"],
      ["cp", "../scripts/pnglibconf.h.prebuilt", "include/pnglibconf.h"],
    ],
    sources: ["."],
    without: ["example.c", "pngtest.c"],
    includes: [".", "build/include"],
    defines: ["PNG_INTEL_SSE_OPT=0"],
    library: ZLIB,
    setjmp: true,
  },
  { name: "tinyxml2", package: "tinyxml2", sources: ["tinyxml2.cpp"], includes: ["."], defines: [] },
];

function inCommon(name: string): string {
  return `src/liblzma/common/${name}.c`;
}

function has(name: string): string {
  return `HAVE_${name}`;
}

/** Of these two are measured, which ones depends on the commit: nothing can be tuned for what is not known yet. */
const POOL: readonly Program[] = [
  ZLIB,
  {
    name: "bzip2",
    package: "bzip2",
    sources: ["blocksort", "huffman", "crctable", "randtable", "compress", "decompress", "bzlib"].map(
      (name) => `${name}.c`,
    ),
    includes: ["."],
    defines: ["BZ_NO_STDIO"],
  },
  {
    name: "libyaml",
    package: "libyaml",
    sources: ["src"],
    includes: ["include"],
    defines: [
      ...["YAML_VERSION_MAJOR=0", "YAML_VERSION_MINOR=2", "YAML_VERSION_PATCH=5"],
      'YAML_VERSION_STRING="0.2.5"',
    ],
  },
  { name: "utf8proc", package: "utf8proc", sources: ["utf8proc.c"], includes: ["."], defines: ["UTF8PROC_STATIC"] },
];

/** @param commit any text that says which one it is */
export function drawnFor(commit: string): readonly Program[] {
  const rank = ({ name }: Program): string => createHash("sha256").update(`${commit} ${name}`).digest("hex");
  return [...POOL].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, 2);
}
