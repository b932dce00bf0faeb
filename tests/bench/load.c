/*
 * bench_load: fills the topics for tests/bench/throughput and payments, and checks what the workers
 * made of it.
 *
 *     bench_load -b BROKERS -n PEOPLE [-w WINDOW] [-x] [-s KEY_FILE] [-t MS] \
 *         members|facts|check|paid
 *
 * members: enrolments and account links; facts: everything of the measured part, the events of a
 * person spread at random among those of WINDOW others.  Both print one line of JSON: how many
 * events, and where each partition ends.  The topics must be empty before.  People and events are
 * in people.h.  -x leaves out the CloudEvents headers.  -s: people who can be paid, their accounts
 * sealed with this public key.  paid: payments, due since -t (wire clock, ms since 1970).
 */
#include "load.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/str.h"
#include "people.h"

#define DEADLINE_MS 300000
#define DRAIN_MS 60000
#define REPORTS_EVERY 256 /* events between two looks at the deliveries */

int load_turn(struct load *load, bool wait, struct bus_event *event, struct err *err)
{
    if (bus_poll(load->bus, event)) {
        if (event->kind == BUS_FAILED && event->err.kind == ERR_FATAL) {
            *err = event->err;
            return -1;
        }
        return 0;
    }
    if (clock_boot_ms() > load->until_boot_ms)
        return err_set(err, ERR_FATAL, "not done within %d s", DEADLINE_MS / 1000);
    struct pollfd fd = { .fd = bus_fd(load->bus), .events = POLLIN };
    if (wait)
        (void)poll(&fd, 1, 20);
    return 0;
}

static int know_partitions(struct load *load, struct err *err)
{
    struct bus_event event;

    for (int t = 0; t < EVENT_COUNT; t++) {
        int count;
        while ((count = bus_partitions(load->bus, t)) == 0)
            if (load_turn(load, true, &event, err) < 0)
                return -1;
        if (count < 0 || (load->partitions != 0 && count != load->partitions))
            return err_set(err, ERR_FATAL, "topic %s is missing or has other partitions",
                           load->topics[t]);
        load->partitions = count;
    }
    return 0;
}

/* ---------------------------------------------------------------- the order of events */
struct saying {
    uint64_t place;
    uint32_t person;
    uint8_t told;
};

static int by_place(const void *left, const void *right)
{
    const struct saying *a = left, *b = right;
    return (a->place > b->place) - (a->place < b->place);
}

static struct saying *plan(const struct load *load, enum told first, enum told last, int64_t window,
                         size_t *count)
{
    int64_t people = people_all(load->entitled);
    struct saying *slots = calloc((size_t)people * 2 * (size_t)(last - first + 1), sizeof *slots);
    size_t n = 0;

    if (!slots)
        abort();
    for (int64_t person = 0; person < people; person++)
        for (int told = (int)first; told <= (int)last; told++) {
            uint64_t mixed = people_mix((uint64_t)person * TOLD_COUNT + (uint64_t)told);
            for (int i = 0; i < person_times(person, (enum told)told); i++)
                slots[n++] = (struct saying){
                    .place = (uint64_t)person * 1024 +
                             people_mix(mixed + (uint64_t)i) % ((uint64_t)window * 1024),
                    .person = (uint32_t)person,
                    .told = (uint8_t)told,
                };
        }
    qsort(slots, n, sizeof *slots, by_place);
    *count = n;
    return slots;
}

/* ---------------------------------------------------------------- sending */
static int produce(struct load *load, const struct bus_record *record, struct bus_ticket *ticket,
                   struct err *err)
{
    struct bus_event event;

    while (bus_produce(load->bus, record, ticket, err) < 0)
        if (err->kind != ERR_RETRY || load_turn(load, true, &event, err) < 0)
            return -1;
    return 0;
}

static int send_event(struct load *load, const struct saying *slot, struct bus_ticket *ticket,
                      int64_t *ends, struct err *err)
{
    static struct buf value; /* kept for the next one */
    static union told_event event;
    char key[PERSON_ID_SIZE], id[40], at[STR_TIME_MAX];
    int64_t at_ms;
    enum event_type type = person_event(slot->person, (enum told)slot->told, &event, &at_ms);

    person_id(slot->person, key);
    buf_reset(&value);
    if (codec_encode(load->codec, type, &event, &value, err) < 0)
        return -1;
    (void)snprintf(id, sizeof id, "EVT-%016" PRIx64,
                   people_mix((uint64_t)slot->person * TOLD_COUNT + slot->told));
    str_time(at_ms, at);
#define TEXT(name, text) { name, text, strlen(text) }
    const struct bus_header headers[] = {
        TEXT("ce_specversion", "1.0"), TEXT("ce_id", id), TEXT("ce_type", load->topics[type]),
        TEXT("ce_source", "/bench"),   TEXT("ce_time", at), TEXT("ce_subject", key),
        TEXT("content-type", "application/avro"),
    };
#undef TEXT
    const struct bus_record record = {
        .topic = load->topics[type],
        .partition = hash_partition(key, strlen(key), load->partitions),
        .key = key,
        .key_size = strlen(key),
        .value = value.data,
        .value_size = value.size,
        .headers = headers,
        .header_count = load->bare ? 0 : sizeof headers / sizeof headers[0],
    };
    if (produce(load, &record, ticket, err) < 0)
        return -1;
    ends[(int32_t)type * load->partitions + record.partition]++;
    return 0;
}

static void print_ends(const struct load *load, size_t count, double seconds, const int64_t *ends)
{
    const char *comma = "";

    (void)printf("{\"events\": %zu, \"entitled\": %" PRId64 ", \"people\": %" PRId64
                 ", \"seconds\": %.1f, \"ends\": {",
                 count, load->entitled, people_all(load->entitled), seconds);
    for (int t = 0; t < EVENT_COUNT; t++) {
        const int64_t *of = ends + t * load->partitions;
        int64_t all = 0;
        for (int32_t p = 0; p < load->partitions; p++)
            all += of[p];
        if (all == 0)
            continue;
        (void)printf("%s\"%s\": [", comma, load->topics[t]);
        for (int32_t p = 0; p < load->partitions; p++)
            (void)printf("%s%" PRId64, p ? ", " : "", of[p]);
        (void)printf("]");
        comma = ", ";
    }
    (void)printf("}}\n");
}

static int send_all(struct load *load, enum told first, enum told last, int64_t window,
                    struct err *err)
{
    struct bus_ticket ticket = { 0 };
    struct bus_event event;
    size_t count;
    int64_t begun_ms = clock_boot_ms();
    struct saying *slots = plan(load, first, last, window, &count);
    int64_t *ends = calloc((size_t)(EVENT_COUNT * load->partitions), sizeof *ends);
    int rc = 0;

    if (!ends)
        abort();
    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = send_event(load, &slots[i], &ticket, ends, err);
        if (rc == 0 && i % REPORTS_EVERY == 0)
            rc = load_turn(load, false, &event, err);
    }
    while (rc == 0 && ticket.pending > 0)
        rc = load_turn(load, true, &event, err);
    if (rc == 0 && ticket.lost > 0)
        rc = err_set(err, ERR_FATAL, "%" PRId64 " events were not taken by Kafka", ticket.lost);
    if (rc == 0)
        print_ends(load, count, (double)(clock_boot_ms() - begun_ms) / 1000, ends);
    else
        (void)bus_drain(load->bus, 0); /* the ticket must outlive its reports */
    free(ends);
    free(slots);
    return rc;
}

/* ---------------------------------------------------------------- the command line */
static int usage(void)
{
    (void)fprintf(stderr, "usage: bench_load -b BROKERS -n PEOPLE [-w WINDOW] [-x] [-s KEY_FILE] "
                          "[-t MS] members|facts|check|paid\n");
    return 2;
}

static int make_payable(const char *key_file, struct seal **seal, struct err *err)
{
    struct buf key = { 0 };

    if (!key_file)
        return 0;
    if (file_text(key_file, SEAL_KEY_TEXT_MAX, &key, err) == 0) {
        key.data[strcspn(key.data, "\n")] = '\0';
        *seal = seal_open(key.data, NULL, err);
    }
    buf_release(&key);
    people_payable(*seal);
    return *seal ? 0 : -1;
}

static int open_load(struct load *load, const char *brokers, struct err *err)
{
    struct bus_kafka_conf conf = {
        .brokers = brokers, .client_id = "bench", .topics = load->topics,
        .topic_count = EVENT_COUNT,
    };

    for (int t = 0; t < EVENT_COUNT; t++)
        load->topics[t] = event_row((enum event_type)t)->topic;
    load->until_boot_ms = clock_boot_ms() + DEADLINE_MS;
    load->codec = codec_open(err);
    if (!load->codec)
        return -1;
    load->bus = bus_kafka_open(&conf, err);
    return load->bus ? know_partitions(load, err) : -1;
}

static int run(struct load *load, const char *what, struct err *err)
{
    if (strcmp(what, "members") == 0)
        return send_all(load, TOLD_ENROLLED, TOLD_LINKED, 1, err);
    if (strcmp(what, "facts") == 0)
        return send_all(load, TOLD_COMPLETED, TOLD_OLD_FAIL, load->window, err);
    int right = strcmp(what, "paid") == 0 ? check_paid(load, err) : check_outputs(load, err);
    return right < 0 ? -1 : !right;
}

static bool is_command(const char *what)
{
    return strcmp(what, "members") == 0 || strcmp(what, "facts") == 0 ||
           strcmp(what, "check") == 0 || strcmp(what, "paid") == 0;
}

/* One option. False: it is unknown, or its value is wrong. */
static bool take_option(struct load *load, int option, const char **brokers, const char **key_file)
{
    switch (option) {
    case 'b': *brokers = optarg; return true;
    case 's': *key_file = optarg; return true;
    case 'x': load->bare = true; return true;
    case 'n': return str_to_int64(optarg, 1, PEOPLE_MAX / 2, &load->entitled);
    case 'w': return str_to_int64(optarg, 1, PEOPLE_MAX / 2, &load->window);
    case 't': return str_to_int64(optarg, 1, INT64_MAX, &load->due_ms);
    default: return false;
    }
}

int main(int argc, char **argv)
{
    struct load load = { .window = 20000 };
    const char *brokers = NULL, *key_file = NULL;
    struct seal *seal = NULL;
    struct err err = { 0 };
    int option;

    while ((option = getopt(argc, argv, "b:n:w:s:t:x")) != -1)
        if (!take_option(&load, option, &brokers, &key_file))
            return usage();
    const char *what = optind == argc - 1 ? argv[optind] : "";
    if (!brokers || load.entitled == 0 || !is_command(what))
        return usage();
    int rc = make_payable(key_file, &seal, &err);
    if (rc == 0)
        rc = open_load(&load, brokers, &err);
    if (rc == 0)
        rc = run(&load, what, &err);
    if (rc < 0)
        (void)fprintf(stderr, "bench_load: %s\n", err.text);
    bus_close(load.bus);
    codec_close(load.codec);
    seal_close(seal);
    return rc < 0 ? 2 : rc;
}
