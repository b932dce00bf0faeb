#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/str.h"
#include "notice.h"
#include "worker/ids.h"
#include "worker/parcel.h"

#define TOPIC 0
#define STATUSES 8 /* 00 to 07; one place more is for all others */
#define SOURCE "/insentif/partner-callback"
#define TYPE "application/json"
#define START_MS 2000 /* to connect, before it is worth a line */

enum step { STEP_LOOK, STEP_LOOKING, STEP_SENDING, STEP_DONE };

struct work {
    struct http_call *call; /* NULL: answered; what is under way is still waited for */
    struct notice notice;
    enum step step;
    int64_t until_ms; /* boot clock */
    struct store_key key;
    struct store_call *asked; /* one per bucket */
    int32_t count;
    struct bus_ticket ticket;
    struct work *next;
};

struct desk {
    struct desk_conf conf;
    struct work *works;
    size_t work_count, answers_due;
    int32_t asking; /* calls of the store that aren't finished */
    bool stopping, bus_away, store_away;
    enum { SAID_NOTHING, SAID_UP, SAID_AWAY } said; /* of Redis, as last logged */
    int64_t start_boot_ms;
    struct err fatal;
    struct buf value;
    struct metric *answers[ANSWER_COUNT], *told[PARTNER_COUNT][STATUSES + 1];
    struct metric *produced, *store_up, *bus_up;
};

static void open_metrics(struct desk *d)
{
    char labels[64];

    for (int a = 0; a < ANSWER_COUNT; a++) {
        (void)snprintf(labels, sizeof labels, "code=\"%s\"", answer_row((enum answer)a)->code);
        d->answers[a] = metric_counter("insentif_callback_answers_total", labels,
                                       "Answers to partners, by response code");
    }
    for (int p = 0; p < PARTNER_COUNT; p++)
        for (int s = 0; s <= STATUSES; s++) {
            char status[] = { '0', (char)('0' + s), '\0' };
            (void)snprintf(labels, sizeof labels, "partner=\"%s\",status=\"%s\"",
                           partner_row((enum partner)p)->name, s < STATUSES ? status : "other");
            d->told[p][s] = metric_counter("insentif_callback_notifications_total", labels,
                                           "Signed notifications that were acknowledged");
        }
    d->produced = metric_counter("insentif_events_emitted_total", NULL, "Events handed to Kafka");
    d->store_up = metric_gauge("insentif_redis_up", NULL, "1 while Redis can be used");
    d->bus_up = metric_gauge("insentif_kafka_up", NULL, "1 while a broker can be reached");
}

struct desk *desk_new(const struct desk_conf *conf)
{
    struct desk *d = calloc(1, sizeof *d);

    if (!d)
        abort(); /* as base/buf.h */
    d->conf = *conf;
    open_metrics(d);
    d->start_boot_ms = clock_boot_ms();
    d->store_away = true; /* until it is connected */
    metric_set(d->bus_up, 1);
    return d;
}

/* ---------------------------------------------------------------- answers */
static void tell(struct desk *d, struct http_call *call, enum answer answer, const char *field)
{
    const struct answer_row *row = answer_row(answer);
    char text[160];

    (void)snprintf(text, sizeof text, "{\"responseCode\":\"%s\",\"responseMessage\":\"%s%s%s\"}",
                   row->code, row->text, field ? " " : "", field ? field : "");
    metric_add(d->answers[answer], 1);
    http_call_answer(call, row->http, TYPE, text);
}

static void log_notice(const struct notice *n, enum answer answer)
{
    LOG(answer == ANSWER_OK ? LOG_INFO : LOG_WARN, EV("notification"),
        F_STR("partner", partner_row(n->partner)->name), F_STR("status", n->status),
        F_STR("instalment", n->event.instalment_id), F_INT("attempt", n->event.attempt),
        F_STR("code", answer_row(answer)->code));
}

static void acknowledge(struct desk *d, const struct notice *n)
{
    int s = n->status[0] == '0' && n->status[1] < '0' + STATUSES ? n->status[1] - '0' : STATUSES;

    metric_add(d->told[n->partner][s], 1);
}

static void finish(struct desk *d, struct work *w, enum answer answer)
{
    if (!w->call)
        return;
    if (answer == ANSWER_OK)
        acknowledge(d, &w->notice);
    log_notice(&w->notice, answer);
    tell(d, w->call, answer, NULL);
    w->call = NULL;
    d->answers_due--;
}

static bool away(const struct desk *d)
{
    return d->bus_away || d->store_away || d->fatal.kind != ERR_NONE ||
           bus_partitions(d->conf.bus, TOPIC) <= 0;
}

static void begin(struct desk *d, struct http_call *call, const struct notice *notice)
{
    if (!desk_ready(d) || d->work_count == DESK_WORKS_MAX) {
        log_notice(notice, ANSWER_AWAY);
        tell(d, call, ANSWER_AWAY, NULL);
        return;
    }
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        abort();
    w->call = call;
    w->notice = *notice;
    w->until_ms = clock_boot_ms() + DESK_WAIT_MS;
    w->next = d->works;
    d->works = w;
    d->work_count++;
    d->answers_due++;
}

void desk_take(void *self, struct http_call *call)
{
    struct desk *d = self;
    const char *path = http_call_path(call);
    const struct buf *body = http_call_body(call);
    struct notice notice;
    enum partner partner;
    int64_t at_ms;

    if (!notice_route(path, &partner)) {
        tell(d, call, ANSWER_NO_ROUTE, NULL);
        return;
    }
    if (!notice_verify(partner < PARTNER_COUNT ? d->conf.keys->of[partner] : NULL, path,
                       http_call_header(call, "X-TIMESTAMP"), http_call_header(call, "X-SIGNATURE"),
                       body, clock_wire_ms(), &at_ms)) {
        tell(d, call, ANSWER_UNAUTHORIZED, NULL);
        return;
    }
    enum answer answer = notice_read(d->conf.environment, partner, body, at_ms, &notice);
    if (answer == ANSWER_OK && notice_is_return(&notice)) {
        begin(d, call, &notice);
        return;
    }
    if (answer == ANSWER_OK)
        acknowledge(d, &notice);
    log_notice(&notice, answer);
    tell(d, call, answer, notice.field);
}

/* ---------------------------------------------------------------- whose payment it is */
static void look(struct desk *d, struct work *w)
{
    int32_t count = bus_partitions(d->conf.bus, TOPIC);

    if (away(d) || !w->call) {
        w->step = STEP_DONE;
        finish(d, w, ANSWER_AWAY);
        return;
    }
    if (d->asking + count > STORE_WAITING_MAX)
        return; /* when those before have their answers */
    w->asked = calloc((size_t)count, sizeof *w->asked);
    if (!w->asked)
        abort();
    w->key = (struct store_key){ 'y', w->notice.event.instalment_id };
    w->count = count;
    w->step = STEP_LOOKING;
    d->asking += count;
    for (int32_t b = 0; b < count; b++)
        store_load(d->conf.store, &w->asked[b], b, &w->key, 1);
}

/* OK: the participant is in the notice. Only when every bucket has said no is it unknown. */
static enum answer owner(struct desk *d, struct work *w)
{
    enum answer answer = ANSWER_NOT_FOUND;
    struct notice *n = &w->notice;

    for (int32_t b = 0; b < w->count; b++) {
        struct store_span history;
        const struct store_call *call = &w->asked[b];
        if (call->status != STORE_OK || !store_item(d->conf.store, call, 0, &history)) {
            answer = ANSWER_AWAY;
            continue;
        }
        if (!history.at)
            continue;
        if (!notice_owner(history.at, history.size, n))
            return ANSWER_NOT_FOUND;
        const char *id = n->event.participant_id;
        if (hash_partition(id, strlen(id), w->count) == b)
            return ANSWER_OK;
        LOG(LOG_ERROR, EV("payment-in-wrong-bucket"), F_STR("instalment", n->event.instalment_id),
            F_INT("bucket", b));
        return ANSWER_AWAY;
    }
    return answer;
}

/* ---------------------------------------------------------------- the event */
static int produce(struct desk *d, struct work *w, struct err *err)
{
    const struct transfer_returned *e = &w->notice.event;
    const struct event_type_row *row = event_row(EVENT_TRANSFER_RETURNED);
    const char *why = event_impossible(EVENT_TRANSFER_RETURNED, e, clock_wire_ms());
    char id[ID_SIZE];

    if (why)
        return err_set(err, ERR_REJECT, "%s", why);
    buf_reset(&d->value);
    if (codec_encode(d->conf.codec, EVENT_TRANSFER_RETURNED, e, &d->value, err) < 0)
        return -1;
    id_returned(d->conf.environment, e, id);
    struct parcel parcel = {
        .partition = hash_partition(e->participant_id, strlen(e->participant_id), w->count),
        .time_ms = e->returned_at_ms, .value = d->value.data, .value_size = d->value.size,
    };
    (void)str_copy(parcel.topic, sizeof parcel.topic, row->topic);
    (void)str_copy(parcel.type, sizeof parcel.type, row->topic);
    (void)str_copy(parcel.key, sizeof parcel.key, e->participant_id);
    (void)str_copy(parcel.id, sizeof parcel.id, id);
    trace_start("instalment", e->instalment_id, parcel.traceparent); /* the payment's own trace */
    trace_step(parcel.traceparent, id);
    return parcel_produce(d->conf.bus, &parcel, SOURCE, &w->ticket, err);
}

static void looked(struct desk *d, struct work *w)
{
    struct err err;

    for (int32_t b = 0; b < w->count; b++)
        if (w->asked[b].status == STORE_WAITING)
            return;
    enum answer answer = w->call ? owner(d, w) : ANSWER_AWAY;
    for (int32_t b = 0; b < w->count; b++)
        store_call_done(d->conf.store, &w->asked[b]);
    d->asking -= w->count;
    w->step = STEP_DONE;
    if (answer == ANSWER_OK && away(d))
        answer = ANSWER_AWAY;
    if (answer == ANSWER_OK && produce(d, w, &err) < 0) {
        LOG(LOG_ERROR, EV("not-produced"), F_STR("instalment", w->notice.event.instalment_id),
            F_STR("error", err.text));
        if (err.kind == ERR_FATAL)
            d->fatal = err;
        answer = ANSWER_AWAY;
    }
    if (answer == ANSWER_OK)
        w->step = STEP_SENDING;
    else
        finish(d, w, answer);
}

static void work_step(struct desk *d, struct work *w)
{
    if (w->call && clock_boot_ms() > w->until_ms)
        finish(d, w, ANSWER_AWAY);
    switch (w->step) {
    case STEP_LOOK: look(d, w); break;
    case STEP_LOOKING: looked(d, w); break;
    case STEP_SENDING:
        if (w->ticket.pending > 0)
            break;
        w->step = STEP_DONE;
        metric_add(d->produced, w->ticket.lost == 0);
        finish(d, w, w->ticket.lost == 0 ? ANSWER_OK : ANSWER_AWAY);
        break;
    case STEP_DONE: break;
    }
}

static void take_event(struct desk *d, const struct bus_event *event)
{
    if (event->kind == BUS_AWAY || event->kind == BUS_BACK) {
        d->bus_away = event->kind == BUS_AWAY;
        metric_set(d->bus_up, !d->bus_away);
        LOG(d->bus_away ? LOG_WARN : LOG_INFO, EV(d->bus_away ? "kafka-away" : "kafka-back"));
    } else if (event->kind == BUS_FAILED && event->err.kind == ERR_FATAL) {
        d->fatal = event->err;
    } else if (event->kind == BUS_FAILED) {
        LOG(LOG_WARN, EV("kafka"), F_STR("error", event->err.text));
    }
}

static void watch_store(struct desk *d)
{
    struct err err = { 0 };
    bool starting = d->said == SAID_NOTHING && clock_boot_ms() < d->start_boot_ms + START_MS;

    store_step(d->conf.store);
    d->store_away = store_trouble(d->conf.store, &err);
    metric_set(d->store_up, !d->store_away);
    if (d->store_away && d->said != SAID_AWAY && !starting)
        LOG(LOG_WARN, EV("redis-away"), F_STR("error", err.text));
    else if (!d->store_away && d->said == SAID_AWAY)
        LOG(LOG_INFO, EV("redis-back"));
    if (!starting || !d->store_away)
        d->said = d->store_away ? SAID_AWAY : SAID_UP;
}

void desk_step(struct desk *d)
{
    static struct bus_event event;

    while (bus_poll(d->conf.bus, &event))
        take_event(d, &event);
    watch_store(d);
    for (struct work **at = &d->works; *at;) {
        struct work *w = *at;
        work_step(d, w);
        if (w->step != STEP_DONE) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        d->work_count--;
        free(w->asked);
        free(w);
    }
}

/* ---------------------------------------------------------------- its life */
void desk_stop(struct desk *d)
{
    d->stopping = true;
}

bool desk_idle(const struct desk *d)
{
    return d->answers_due == 0;
}

bool desk_ready(const struct desk *d)
{
    return !d->stopping && !away(d);
}

bool desk_failed(const struct desk *d, struct err *err)
{
    *err = d->fatal;
    return d->fatal.kind != ERR_NONE;
}

void desk_free(struct desk *d)
{
    if (!d)
        return;
    while (d->works) {
        struct work *w = d->works;
        d->works = w->next;
        free(w->asked);
        free(w);
    }
    buf_release(&d->value);
    free(d);
}
