// Functions that the pass generates for the module.

/** Length of its profile in words. */
export declare function words(): u32;

/** One word of the profile (src/abi/standalone.ts). */
export declare function word(index: u32): u64;

/** Eight bytes of a text: `index` is TEXT_WORDS times one of the TEXT constants, plus the word's index in the text. */
export declare function text(index: u32): u64;
