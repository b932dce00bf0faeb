/*
 * The operators' words (topic payment-control): every worker reads all of it, from its start and
 * on, outside the group. Until the ends seen first are reached nothing is sent: whoever begins
 * after a pause, and whoever begins with an empty Redis, finds it before the first payment.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "money/inside.h"

#define WORDS_AT_ONCE 64

static enum partner partner_of(const char *target)
{
    int p = 0;

    while (p < PARTNER_COUNT && strcmp(partner_row((enum partner)p)->name, target) != 0)
        p++;
    return (enum partner)p;
}

/* Everything was read to its end, and every target's last word was understood. */
static void know(struct money *m)
{
    bool known = m->control.end_count == m->shell->partitions &&
                 m->control.unreadable_count == 0;

    if (known && !m->gate.known)
        LOG(LOG_INFO, EV("control-read"), F_STR("all", m->gate.killed ? "paused" : "on"));
    m->gate.known = known;
    metric_set(m->known, known);
}

static bool is_key(const struct bus_message *message, const char *text)
{
    return message->key_size == strlen(text) && memcmp(message->key, text, message->key_size) == 0;
}

/* What comes after it counts instead (the topic is compacted by key). */
static void forget_unreadable(struct money *m, const struct bus_message *message)
{
    struct control *c = &m->control;

    for (size_t i = 0; i < c->unreadable_count; i++)
        if (is_key(message, c->unreadable[i])) {
            memcpy(c->unreadable[i], c->unreadable[--c->unreadable_count],
                   sizeof c->unreadable[i]);
            break;
        }
    know(m);
}

static void remember_unreadable(struct money *m, const struct bus_message *message,
                                const char *wrong)
{
    struct control *c = &m->control;
    char key[TARGET_MAX + 1] = "";

    if (message->key_size <= TARGET_MAX && message->key)
        memcpy(key, message->key, message->key_size);
    bool target = partner_of(key) != PARTNER_COUNT || budget_scheme(key) >= 0 ||
                  strcmp(key, "ALL") == 0;
    LOG(LOG_ERROR, EV("control-unreadable"), F_STR("error", wrong),
        F_STR("target", target ? key : "(none of ours: nothing is stopped by it)"),
        F_INT("partition", message->partition), F_INT("offset", message->offset),
        F_STR("remedy", target ? "no money is sent: say it again with the insentif of this "
                                 "version, or bring the worker up to date"
                               : "-"));
    if (target && c->unreadable_count < UNREADABLE_MAX)
        str_copy(c->unreadable[c->unreadable_count++], sizeof key, key);
    know(m);
}

static void take_word(struct money *m, const struct bus_message *message)
{
    struct payment_control word;
    struct err err;

    if (!message->value) {
        forget_unreadable(m, message);
        return; /* a tombstone says nothing */
    }
    forget_unreadable(m, message);
    const char *wrong = NULL;
    if (codec_decode(m->shell->codec, EVENT_PAYMENT_CONTROL, message->value, message->value_size,
                     &word, &err) < 0)
        wrong = err.text;
    else if (!is_key(message, word.target))
        wrong = "its key isn't its target";
    else
        wrong = event_impossible(EVENT_PAYMENT_CONTROL, &word, clock_wire_ms());
    if (wrong) {
        remember_unreadable(m, message, wrong);
        return;
    }
    int scheme = budget_scheme(word.target);
    if (scheme >= 0)
        budget_word(m, scheme, word.budget_idr, message->offset);
    else
        gate_word(&m->gate, partner_of(word.target), word.paused,
                  word.allowance > 0 ? word.allowance : -1, message->offset);
    if (m->gate.known)
        LOG(LOG_WARN, EV("control"), F_STR("target", word.target),
            F_STR("paused", word.paused ? "yes" : "no"), F_INT("allowance", word.allowance),
            F_INT("budget_idr", word.budget_idr), F_STR("said_by", word.said_by));
}

static void take_words(struct money *m, int32_t topic)
{
    struct bus_message messages[WORDS_AT_ONCE];

    for (int32_t p = 0; p < m->control.started; p++) {
        size_t count = bus_read_take(m->shell->bus, topic, p, messages, WORDS_AT_ONCE);
        for (size_t i = 0; i < count; i++)
            take_word(m, &messages[i]);
        bus_release(m->shell->bus, messages, count);
        m->shell->progress |= count > 0;
    }
}

void control_step(struct money *m)
{
    int32_t topic = shell_topic(m->shell, "payment-control");
    struct err err;

    while (m->control.started < m->shell->partitions) {
        struct bus_position at = { topic, m->control.started, BUS_BEGINNING };
        if (bus_read_from(m->shell->bus, &at, &err) < 0)
            break; /* not now */
        m->control.started++;
    }
    take_words(m, topic);
}

void control_read_end(struct money *m, int32_t partition)
{
    if (m->control.ended[partition])
        return;
    m->control.ended[partition] = true;
    m->control.end_count++;
    know(m);
}
