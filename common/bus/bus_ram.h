#ifndef BUS_BUS_RAM_H
#define BUS_BUS_RAM_H

/*
 * The bus's RAM twin: a broker in memory that several buses of one process share, with seeded
 * faults. It passes the same contract test as the real bus (tests/bus).
 */
#include "bus/bus.h"

struct bus_ram; /* the "broker" */

struct bus_ram_faults {
    uint32_t produce_lost_permille; /* record not stored, report says lost */
    uint32_t produce_twice_permille; /* stored, report says lost: the shell will send it again */
    uint32_t report_late_permille;  /* the report comes some polls later */
};

/* topics as in bus_kafka_conf; every topic gets the same partition count. seed feeds the faults. */
struct bus_ram *bus_ram_new(const char *const *topics, size_t topic_count, int32_t partitions,
                            uint64_t seed);
void bus_ram_free(struct bus_ram *ram);
void bus_ram_faults(struct bus_ram *ram, const struct bus_ram_faults *faults);
void bus_ram_now(struct bus_ram *ram, int64_t now_ms); /* stamps appended records */
void bus_ram_away(struct bus_ram *ram, bool away);     /* BUS_AWAY / BUS_BACK for everyone */

/* Append from outside (a partner): the offset. Read any stored record (valid until free). */
int64_t bus_ram_append(struct bus_ram *ram, const struct bus_record *record);
size_t bus_ram_count(const struct bus_ram *ram, int32_t topic, int32_t partition);
void bus_ram_at(const struct bus_ram *ram, int32_t topic, int32_t partition, size_t offset,
                struct bus_message *out);

/* One member. Members of a group share its buckets evenly; opening or closing one rebalances. */
struct bus *bus_ram_open(struct bus_ram *ram, const char *group, const int32_t *subscribed,
                         size_t subscribed_count);
/* The member vanishes without a word, as by kill -9: its buckets go to the others. */
void bus_ram_kill(struct bus *bus);
/* The group gives up on the member, as after a pause longer than its session: its buckets go to
 * the others at once. The member doesn't know: until its next bus_poll() (BUS_REVOKED; it joins
 * again after bus_revoke_done()) it takes and writes like a zombie; its commits are lost. */
void bus_ram_expel(struct bus *bus);

#endif
