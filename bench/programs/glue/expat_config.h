/* Expat's configuration, the same for every build. */

#ifndef EXPAT_CONFIG_H
#define EXPAT_CONFIG_H

#define BYTEORDER 1234
#define XML_CONTEXT_BYTES 1024
#define XML_DTD 1
#define XML_NS 1
/* The salt is set by the program. */
#define XML_POOR_ENTROPY 1

#endif
