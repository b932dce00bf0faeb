#ifndef STORE_STORE_LIBRARY_H
#define STORE_STORE_LIBRARY_H

/* The Function library as it is loaded into Redis: insentif.lua with its version put in, embedded
 * at build (embed.cmake). Internal to the room. */
#include <stddef.h>

#include "store/store.h"

extern const unsigned char store_library_text[];
extern const size_t store_library_size;

#endif
