#ifndef BUS_KAFKA_H
#define BUS_KAFKA_H

/*
 * Inside the Kafka bus: shared by the kafka_*.c files, included by nobody else but their tests.
 *
 * Three handles of librdkafka, because each wants other settings:
 *   group     the consumer that is a member (absent in one-shot programs)
 *   reader    the consumer outside the group; it also carries the watch's metadata requests and
 *             the questions for committed offsets, so both work while the group rebalances
 *   producer  idempotent; thrown away and opened anew after a fatal error
 * All of them write to one eventfd when a queue of theirs is no longer empty.
 *
 * Positions. librdkafka drops a seek without a word when the partition is just being started or
 * stands after an out-of-range error. So bus_assign(), bus_seek() and bus_read_from() only write
 * down where a partition is to be read (struct part); the next bus_poll() tells librdkafka all of
 * it at once, by seeks that it acknowledges or else by assigning anew. Until then such a partition
 * gives no message, and later none below its position.
 */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "bus/bus.h"

enum kafka_role { KAFKA_GROUP = 1, KAFKA_READER = 2, KAFKA_PRODUCER = 4, KAFKA_ADMIN = 8 };

/* Configuration of a handle: our defaults, the user's properties, what the protocol owns. NULL and
 * ERR_FATAL naming the property that may not be set, is unknown or has a bad value. */
MUST_CHECK rd_kafka_conf_t *kafka_conf_new(const struct bus_kafka_conf *conf, enum kafka_role role,
                                           struct err *err);

/* One partition of one consumer. */
struct part {
    rd_kafka_queue_t *queue;      /* its own queue, cut off from the common one */
    rd_kafka_message_t *stash;    /* reader: a message met while looking for the end */
    int64_t next;                 /* lowest offset that may be handed out, or BUS_BEGINNING/END */
    int64_t commit;               /* group: to be committed, BUS_NONE: nothing */
    int64_t notice_offset;
    enum bus_event_kind notice;   /* OUT_OF_RANGE, READ_END: to be told by bus_poll() */
    struct part *next_noticed;
    bool linked; /* in the list of notices */
    int32_t topic;
    int32_t partition;
    int strays;    /* errors in a row about positions that aren't `next` */
    bool wanted;   /* to be read */
    bool started;  /* librdkafka reads it */
    bool moved;    /* librdkafka doesn't know `next` yet */
    bool astray;   /* its position is out of range: not read until it gets another */
    bool end_due;  /* reader: BUS_READ_END is still owed */
};

/* One consumer and its partitions. */
struct lane {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue; /* everything but the partitions' messages */
    struct part *parts[BUS_TOPICS_MAX]; /* BUS_PARTITIONS_MAX each, made when first needed */
    bool stale;              /* some part has moved */
    bool anew;               /* seeking isn't enough */
    bool retry;              /* make it stale at the next beat of the watch */
};

enum group_state {
    GROUP_OUT,      /* not a member, or between two assignments */
    GROUP_OURS,     /* BUS_ASSIGNED was said */
    GROUP_REVOKING, /* BUS_REVOKED was said, bus_revoke_done() not yet */
    GROUP_UNFIT,    /* given partitions that differ between topics: nothing is read */
};

/* Asks for metadata on a thread of its own, the one way librdkafka 2.0 has to learn partition
 * counts and whether a broker answers: that call blocks. */
struct watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t hurry; /* for `closing` and `urgent` */
    bool running, closing, urgent;
    atomic_int counts[BUS_TOPICS_MAX]; /* as bus_partitions() answers */
    atomic_bool away;
    atomic_uint beats; /* rounds made: the loop's slow clock */
};

/* What was last reported of one kind, so that the same trouble is told once. */
struct trouble {
    rd_kafka_resp_err_t group, reader, producer, delivery, commit, committed;
};

#define KAFKA_FAILURES_MAX 8

struct kafka {
    struct bus bus;
    int fd;
    char *topics[BUS_TOPICS_MAX];
    size_t topic_count;
    bool subscribed[BUS_TOPICS_MAX];
    size_t subscribed_count;
    char *group_id;

    struct lane group;
    enum group_state state;
    bool owned[BUS_PARTITIONS_MAX];
    bool commit_waits, commit_flying;

    struct lane reader;
    rd_kafka_topic_t *reader_topics[BUS_TOPICS_MAX];
    size_t ends_due;
    rd_kafka_queue_t *answers;
    struct bus_event *question; /* positions asked for; NULL: none */
    bool question_flying;

    rd_kafka_conf_t *producer_conf;
    rd_kafka_t *producer, *retired;
    rd_kafka_topic_t *outs[BUS_TOPICS_MAX];
    const char *out_names[BUS_TOPICS_MAX]; /* the caller's last pointer for that topic */
    bool producer_fatal;
    bool closing; /* tickets aren't touched any more */

    struct watch watch;
    unsigned beats_seen;
    bool away_told;
    size_t missing_told;
    char last_trouble[160]; /* the newest connection error, for BUS_AWAY */

    struct part *noticed, **noticed_end;
    struct err failures[KAFKA_FAILURES_MAX];
    size_t failure_count;
    struct trouble told;
    size_t taken; /* messages handed out, not given back */
};

/* kafka.c */
void kafka_wake(struct kafka *k); /* make the descriptor readable */
void kafka_listen(struct kafka *k, rd_kafka_queue_t *queue);
void kafka_notice(struct kafka *k, struct part *part, enum bus_event_kind kind, int64_t offset);
__attribute__((format(printf, 3, 4)))
void kafka_fail(struct kafka *k, enum err_kind kind, const char *fmt, ...);
/* An error of a handle as a whole; *told is what was last reported from there. */
void kafka_trouble(struct kafka *k, rd_kafka_resp_err_t *told, rd_kafka_resp_err_t code,
                   bool fatal, const char *text);

/* kafka_lane.c */
MUST_CHECK int lane_open(struct kafka *k, struct lane *lane, rd_kafka_conf_t *conf,
                         struct err *err); /* takes conf */
void lane_close(struct lane *lane);
struct part *lane_part(struct lane *lane, int32_t topic, int32_t partition); /* made if needed */
struct part *lane_find(const struct lane *lane, int32_t topic, int32_t partition); /* or NULL */
void lane_move(struct kafka *k, struct lane *lane, struct part *part, int64_t offset);
void lane_drop(struct kafka *k, struct part *part); /* no longer wanted */
/*
 * Throw away what lies in a partition's queue: before it is moved, as librdkafka 2.0 counts old
 * messages as a full queue and then sleeps for up to a second; after it is let go, as nobody else
 * would free them. Errors go too: who stopped answers the seek, or is started anew.
 */
void lane_drain(struct part *part);
void lane_connect(struct kafka *k, struct lane *lane, struct part *part); /* its queue, cut off */
size_t lane_take(struct kafka *k, struct lane *lane, struct part *part, struct bus_message *out,
                 size_t max);
/* Pop one message, dealing with errors on the way. NULL: nothing now. */
rd_kafka_message_t *lane_pop(struct kafka *k, struct lane *lane, struct part *part);

/* kafka_group.c */
MUST_CHECK int group_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err);
void group_close(struct kafka *k);
bool group_serve(struct kafka *k, struct bus_event *event);
int group_assign(void *self, const struct bus_position *positions, size_t count, struct err *err);
int group_seek(void *self, const struct bus_position *position, struct err *err);
size_t group_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                  size_t max);
void group_revoke_done(void *self);
int group_commit(void *self, const struct bus_position *positions, size_t count, struct err *err);

/* kafka_reader.c */
MUST_CHECK int reader_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err);
void reader_close(struct kafka *k);
bool reader_serve(struct kafka *k, struct bus_event *event);
int reader_ask_committed(void *self, const struct bus_position *which, size_t count,
                         struct err *err);
void reader_ask_again(struct kafka *k); /* the question, if its answer was an error */
int reader_from(void *self, const struct bus_position *position, struct err *err);
void reader_stop(void *self, int32_t topic, int32_t partition);
size_t reader_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                   size_t max);

/* kafka_producer.c */
MUST_CHECK int producer_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err);
void producer_close(struct kafka *k);
void producer_serve(struct kafka *k);
int producer_produce(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                     struct err *err);
bool producer_drain(void *self, int64_t wait_ms);

/* kafka_watch.c */
MUST_CHECK int watch_open(struct kafka *k, struct err *err);
void watch_close(struct kafka *k);
void watch_hurry(struct kafka *k); /* ask now */
bool watch_serve(struct kafka *k, struct bus_event *event);

#endif
