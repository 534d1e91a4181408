// The shadow of the program's memory: functions of assembly/sanitize/shadow.

export declare function accessible(address: u32, bytes: u32): u32;
export declare function valueAt(address: u32): u32;
export declare function fill(address: u32, bytes: u32, value: u32): void;
export declare function allocated(start: u32, address: u32, size: u32, end: u32): void;
export declare function freed(address: u32, size: u32): void;
export declare function headerAt(address: u32): u32;
export declare function blockBelow(address: u32): u32;
export declare function blockAbove(address: u32): u32;
