/*
 * The watch: is a broker there, and how many partitions has each topic?
 *
 * librdkafka says when all connections are lost, but not when one is back, and 2.0 has no
 * asynchronous metadata. So a thread asks for the metadata of our topics, every two seconds, faster
 * while something is missing. An answer is the proof that a broker is reachable. Its rounds
 * ("beats") also wake the loop, which uses them to try again what failed.
 */
#include "bus/kafka.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define BEAT_MS 2000
#define BEAT_WORRIED_MS 200 /* away, or a topic is missing */
#define ANSWER_MAX_MS 1000  /* also the longest that bus_close() waits for this thread */
#define FAILURES_MAX 3      /* unanswered in a row: away; one is enough after an alarm */

struct round {
    int failures;
    bool worried;
};

static int count_of(const struct rd_kafka_metadata_topic *topic, int before)
{
    switch ((int)topic->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return topic->partition_cnt;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return -1;
    default: return before; /* no leader yet, not allowed, …: nothing new is known */
    }
}

static void read_metadata(struct kafka *k, const struct rd_kafka_metadata *md, struct round *round)
{
    round->worried = false;
    for (size_t t = 0; t < k->topic_count; t++) {
        int count = atomic_load(&k->watch.counts[t]);
        for (int i = 0; i < md->topic_cnt; i++)
            if (strcmp(md->topics[i].topic, k->topics[t]) == 0)
                count = count_of(&md->topics[i], count);
        atomic_store(&k->watch.counts[t], count);
        if (count <= 0)
            round->worried = true;
    }
}

static void ask(struct kafka *k, struct round *round, bool alarmed)
{
    const struct rd_kafka_metadata *md = NULL;
    if (!rd_kafka_metadata(k->reader.rk, 0, NULL, &md, ANSWER_MAX_MS)) {
        read_metadata(k, md, round);
        rd_kafka_metadata_destroy(md);
        round->failures = 0;
        atomic_store(&k->watch.away, false);
    } else {
        round->worried = true;
        if (++round->failures >= FAILURES_MAX || alarmed)
            atomic_store(&k->watch.away, true);
    }
    atomic_fetch_add(&k->watch.beats, 1);
    kafka_wake(k);
}

static void *run(void *arg)
{
    struct kafka *k = arg;
    struct watch *w = &k->watch;
    struct round round = { 0 };
    pthread_mutex_lock(&w->lock);
    while (!w->closing) {
        bool alarmed = w->urgent;
        w->urgent = false;
        pthread_mutex_unlock(&w->lock);
        ask(k, &round, alarmed);
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        long ms = round.worried ? BEAT_WORRIED_MS : BEAT_MS;
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&w->lock);
        int code = 0;
        while (!w->closing && !w->urgent && code != ETIMEDOUT)
            code = pthread_cond_timedwait(&w->hurry, &w->lock, &until);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int watch_open(struct kafka *k, struct err *err)
{
    struct watch *w = &k->watch;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->hurry, &attr);
    pthread_condattr_destroy(&attr);

    sigset_t all, before; /* signals are for the loop's thread */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&w->thread, NULL, run, k);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code) {
        pthread_cond_destroy(&w->hurry);
        pthread_mutex_destroy(&w->lock);
        return err_set(err, ERR_FATAL, "starting a thread: %s", strerror(code));
    }
    w->running = true;
    return 0;
}

void watch_close(struct kafka *k)
{
    struct watch *w = &k->watch;
    if (!w->running)
        return;
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->hurry);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->hurry);
    pthread_mutex_destroy(&w->lock);
    w->running = false;
}

void watch_hurry(struct kafka *k)
{
    struct watch *w = &k->watch;
    if (!w->running)
        return;
    pthread_mutex_lock(&w->lock);
    w->urgent = true;
    pthread_cond_signal(&w->hurry);
    pthread_mutex_unlock(&w->lock);
}

static void tell_missing(struct kafka *k)
{
    size_t missing = 0;
    const char *first = NULL;
    for (size_t t = 0; t < k->topic_count; t++) {
        if (atomic_load(&k->watch.counts[t]) >= 0)
            continue;
        first = first ? first : k->topics[t];
        missing++;
    }
    if (missing > k->missing_told)
        kafka_fail(k, ERR_RETRY, "%zu of %zu topics don't exist (yet), first: %s", missing,
                   k->topic_count, first);
    k->missing_told = missing;
}

bool watch_serve(struct kafka *k, struct bus_event *event)
{
    unsigned beats = atomic_load(&k->watch.beats);
    if (beats == k->beats_seen)
        return false;
    k->beats_seen = beats;
    k->group.stale |= k->group.retry;
    k->reader.stale |= k->reader.retry;
    k->group.retry = k->reader.retry = false;
    reader_ask_again(k);
    tell_missing(k);

    bool away = atomic_load(&k->watch.away);
    if (away == k->away_told)
        return false;
    k->away_told = away;
    event->kind = away ? BUS_AWAY : BUS_BACK;
    if (away)
        (void)err_set(&event->err, ERR_RETRY, "no Kafka broker answers%s%s",
                      *k->last_trouble ? ": " : "", k->last_trouble);
    else
        k->told = (struct trouble){ 0 };
    return true;
}
