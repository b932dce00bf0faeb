#ifndef STORE_STORE_RAM_H
#define STORE_STORE_RAM_H

/*
 * The store's RAM twin: a Redis in memory that several stores of one process share. It answers as
 * the Function library does and passes the same contract test (tests/store).
 */
#include "store/store.h"

struct store_ram;

#define STORE_RAM_LOG_MAX 1000 /* writes that can be rolled back */

/* The seed decides which faults happen; everything else is as the calls are. */
struct store_ram *store_ram_new(uint64_t seed);
void store_ram_free(struct store_ram *ram); /* its stores are closed; NULL is allowed */

/* A connection of its own. Calls take place, and are answered, in its next store_step(). */
struct store *store_ram_open(struct store_ram *ram);

/* Faults, for the simulator: every connection is lost now (of waiting calls the first few, or none,
 * take place, and their answers are lost). */
void store_ram_restart(struct store_ram *ram);
/* The last n writes never happened (a power cut), then as restart. Returns how many there were. */
size_t store_ram_rollback(struct store_ram *ram, size_t n);
void store_ram_wipe(struct store_ram *ram);
/* Of a thousand calls so many are applied but their answer is lost with the connection. */
void store_ram_lose_permille(struct store_ram *ram, uint32_t permille);
/* True: every connection is lost, and no new one comes about until false. */
void store_ram_away(struct store_ram *ram, bool away);

/* What an operator does with redis-cli, no connection is lost by it: the flag rebuild:{b}; the keys
 * of one kind ("p", "pay", "case", "wm", "ob", "tm", "tw", "v") or of all kinds (NULL) dropped. */
void store_ram_rebuild(struct store_ram *ram, int32_t bucket, bool on);
void store_ram_drop(struct store_ram *ram, int32_t bucket, const char *kind);

#endif
