#include "worker/topics.h"

#include <string.h>

#define EVER "-1"
#define DAYS_400 "34560000000"
#define DAYS_7 "604800000"

static const char *retention(enum event_type type)
{
    switch (type) {
    case EVENT_PARTICIPANT_ENROLLED:
    case EVENT_TRAINING_COMPLETED:
    case EVENT_RATING_SUBMITTED:
    case EVENT_ACCOUNT_LINKED:
    case EVENT_ELIGIBILITY_CHECKED:
    case EVENT_ACCOUNT_USED:
    case EVENT_INCENTIVE_REPROCESSED:
    case EVENT_OPERATOR_AUDIT:
    case EVENT_DISBURSEMENT_LEDGER: return EVER; /* facts and the book of record */
    case EVENT_INCENTIVE_SCHEDULED:
    case EVENT_INCENTIVE_HELD:
    case EVENT_INCENTIVE_RELEASED:
    case EVENT_INCENTIVE_CANCELLED:
    case EVENT_TRANSFER_SUCCEEDED:
    case EVENT_TRANSFER_FAILED:
    case EVENT_TRANSFER_RETRY:
    case EVENT_TRANSFER_RETURNED:
    case EVENT_PAYMENT_CONTROL: /* compacted: the last word */
    case EVENT_CASE_OPENED: return EVER; /* own outputs: a rebuild reads them first */
    case EVENT_DEAD_LETTER: return DAYS_400;
    case EVENT_PARTNER_STATUS: return DAYS_7;
    case EVENT_COUNT: break;
    }
    return EVER;
}

void topics_specs(int32_t partitions, int16_t replication, struct bus_topic_spec *specs)
{
    static const char *configs[2][EVENT_COUNT][5][2];
    const int kind = replication >= 3 ? 1 : 0;

    for (int t = 0; t < EVENT_COUNT; t++) {
        const char *(*c)[2] = configs[kind][t];
        const char *const rows[5][2] = {
            { "retention.ms", retention((enum event_type)t) },
            { "cleanup.policy", t == EVENT_PAYMENT_CONTROL ? "compact" : "delete" },
            { "message.timestamp.type", "LogAppendTime" },
            { "unclean.leader.election.enable", "false" },
            { "min.insync.replicas", replication >= 3 ? "2" : "1" },
        };
        memcpy(c, rows, sizeof rows);
        specs[t] = (struct bus_topic_spec){ .name = event_row((enum event_type)t)->topic,
                                            .partitions = partitions,
                                            .replication = replication,
                                            .config = (const char *const(*)[2])c,
                                            .config_count = 5 };
    }
}

void topics_names(const char *const *first, size_t count, const char *names[EVENT_COUNT])
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++)
        names[used++] = first[i];
    for (int t = 0; t < EVENT_COUNT; t++) {
        const char *topic = event_row((enum event_type)t)->topic;
        bool there = false;
        for (size_t i = 0; i < count; i++)
            there |= strcmp(first[i], topic) == 0;
        if (!there)
            names[used++] = topic;
    }
}
