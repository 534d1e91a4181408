// What the pass knows of the module.

/** How many words its profile has. */
export declare function words(): u32;

/** One of them (src/abi/standalone.ts). */
export declare function word(index: u32): u64;

/** Eight bytes of a text: `index` is TEXT_WORDS times one of the TEXT constants, and the word in it. */
export declare function text(index: u32): u64;
