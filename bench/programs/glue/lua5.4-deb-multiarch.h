/* Debian's Lua looks for libraries in a directory that this names; the programs of the benchmarks load none. */
#define DEB_HOST_MULTIARCH "none"
