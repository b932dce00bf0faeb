/*
 * The operators' words (topic payment-control): every worker reads all of it, from its start and
 * on, outside the group. Until the ends seen first are reached nothing is sent: whoever begins
 * after a pause, and whoever begins with an empty Redis, finds it before the first payment.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "money/inside.h"

#define WORDS_AT_ONCE 64

static enum partner partner_of(const char *target)
{
    int p = 0;

    while (p < PARTNER_COUNT && strcmp(partner_row((enum partner)p)->name, target) != 0)
        p++;
    return (enum partner)p;
}

static void take_word(struct money *m, const struct bus_message *message)
{
    struct payment_control word;
    struct err err;

    if (!message->value)
        return; /* a tombstone says nothing */
    const char *wrong = NULL;
    if (codec_decode(m->shell->codec, EVENT_PAYMENT_CONTROL, message->value, message->value_size,
                     &word, &err) < 0)
        wrong = err.text;
    else if (message->key_size != strlen(word.target) ||
             memcmp(message->key, word.target, message->key_size) != 0)
        wrong = "its key isn't its target";
    else
        wrong = event_impossible(EVENT_PAYMENT_CONTROL, &word, clock_wire_ms());
    if (wrong) {
        m->control.unreadable = true;
        m->gate.known = false;
        LOG(LOG_ERROR, EV("control-unreadable"), F_STR("error", wrong),
            F_STR("remedy", "no money is sent: say it again with the insentif of this version and "
                            "restart, or bring the worker up to date"));
        return;
    }
    gate_word(&m->gate, partner_of(word.target), word.paused,
              word.allowance > 0 ? word.allowance : -1, message->offset);
    if (m->gate.known)
        LOG(LOG_WARN, EV("control"), F_STR("target", word.target),
            F_STR("paused", word.paused ? "yes" : "no"), F_INT("allowance", word.allowance),
            F_STR("said_by", word.said_by));
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
    if (m->control.end_count < m->shell->partitions || m->control.unreadable)
        return;
    m->gate.known = true;
    LOG(LOG_INFO, EV("control-read"), F_STR("all", m->gate.killed ? "paused" : "on"));
}
