#ifndef BUS_RAM_H
#define BUS_RAM_H

/*
 * Inside the RAM twin: shared by bus_ram.c (the broker: logs, groups, faults) and ram_member.c (one
 * bus on it). Included by nobody else.
 */
#include "bus/bus_ram.h"

#define RAM_UNSENT_MAX 1000 /* records a member keeps while the broker is away */
#define RAM_LATE_MAX 8      /* polls a late report may take */

/* One stored record: the struct, then its headers, then the bytes they and it point to. */
struct ram_record {
    int64_t timestamp_ms;
    struct bus_record as;
    struct bus_header headers[];
};

struct ram_log {
    struct ram_record **records;
    size_t count, cap;
};

enum ram_state {
    RAM_OUT,      /* no assignment; waits for one */
    RAM_GIVEN,    /* has one, not told yet */
    RAM_OURS,     /* BUS_ASSIGNED was said */
    RAM_REVOKING, /* BUS_REVOKED was said, bus_revoke_done() not yet */
};

struct ram_part {
    int64_t next;
    bool wanted;
    bool moved;   /* position not looked at yet: bus_poll() does */
    bool astray;  /* out of range */
    bool told;    /* ... and said so */
    bool end_due; /* reader: BUS_READ_END owed */
};

struct ram_report { /* of one record produced */
    struct bus_ticket *ticket;
    bool lost;
    uint32_t polls; /* to wait */
};

struct ram_unsent {
    struct ram_record *record;
    int32_t topic;
    struct bus_ticket *ticket;
};

struct ram_group {
    char *name;
    int64_t *committed; /* by topic and partition; BUS_NONE: nothing */
    struct ram_group *next;
};

struct ram_member {
    struct bus bus;
    struct bus_ram *ram;
    struct ram_group *group;
    struct ram_member *next; /* in the order of joining */
    bool subscribed[BUS_TOPICS_MAX];

    enum ram_state state;
    bool revoke_due;
    bool expelled; /* the group goes on without it; it doesn't know yet */
    bool owned[BUS_PARTITIONS_MAX];

    struct ram_part *parts, *reads; /* by topic and partition */
    size_t stirred;                 /* parts that bus_poll() must look at, at most */
    bool away_told;

    struct ram_report *reports;
    size_t report_count, report_cap;
    struct ram_unsent *unsent;
    size_t unsent_count;

    struct bus_event *question;
    int fd;
    bool woken;
};

struct bus_ram {
    char *topics[BUS_TOPICS_MAX];
    size_t topic_count;
    int32_t partitions;
    struct ram_log *logs; /* by topic and partition */
    struct ram_group *groups;
    struct ram_member *members;
    struct bus_ram_faults faults;
    uint64_t seed;
    int64_t now_ms;
    bool away;
};

/* Index of (topic, partition) in tables by topic and partition. */
size_t ram_slot(const struct bus_ram *ram, int32_t topic, int32_t partition);
int32_t ram_topic(const struct bus_ram *ram, const char *name); /* -1: there is none */
struct ram_record *ram_copy(const struct bus_record *record);
int64_t ram_store(struct bus_ram *ram, int32_t topic, struct ram_record *record); /* takes it */
void ram_view(const struct bus_ram *ram, int32_t topic, int32_t partition, int64_t offset,
              struct bus_message *out);
bool ram_chance(struct bus_ram *ram, uint32_t permille);
uint32_t ram_random(struct bus_ram *ram, uint32_t below);
void ram_wake(struct ram_member *member);
void ram_rebalance(struct bus_ram *ram, struct ram_group *group); /* somebody came or went */
void ram_settle(struct bus_ram *ram, struct ram_group *group); /* assign, if all have let go */

/* ram_produce.c */
void ram_send_unsent(struct ram_member *m); /* what was written while the broker was away */
void ram_take_reports(struct ram_member *m, bool all); /* those that are due, or all */
int ram_produce(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                struct err *err);
bool ram_drain(void *self, int64_t wait_ms);

/* ram_member.c */
extern const struct bus_ops ram_ops;

#endif
