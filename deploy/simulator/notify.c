/*
 * Notifications: what became of a payment after its answer (usage in options.c has the form).
 *
 * A letter is queued while the ledger changes and leaves in sim_notify_run(), which the loop calls
 * when the change is on the disk: nobody is told what a crash could undo. Letters live in memory: a
 * restart forgets them, as partners do; the statement doesn't.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"

#define LETTERS_MAX 4096
#define ON_WIRE_MAX 16
#define TRIES_MAX 5
#define TIMEOUT_MS 8000L
#define FDS_MAX 4
#define URL_MAX 512

struct letter {
    struct letter *next;
    char url[URL_MAX];
    struct buf body;
    int tries;
    int64_t at_ms; /* boot clock: not before */
    CURL *easy;    /* on the wire */
    struct curl_slist *headers;
};

struct sim_notify {
    const struct sim *sim;
    const char *url, *ca_file;
    struct snap_key *key;
    CURLM *multi;
    struct letter *letters;
    size_t count, on_wire;
    int64_t delivered, given_up;
    uint32_t counter;
};

struct sim_notify *sim_notify_open(const struct sim *sim, const char *url, const char *key_pem,
                                   const char *ca_file, struct err *err)
{
    struct snap_key *key = snap_key_private(key_pem, err);

    if (!key)
        return NULL;
    struct sim_notify *notify = calloc(1, sizeof *notify);
    if (!notify || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* as base/buf.h */
    *notify = (struct sim_notify){
        .sim = sim, .url = url, .ca_file = ca_file, .key = key, .multi = curl_multi_init()
    };
    if (!notify->multi)
        abort();
    return notify;
}

static void take_off(struct sim_notify *notify, struct letter *letter)
{
    if (!letter->easy)
        return;
    (void)curl_multi_remove_handle(notify->multi, letter->easy);
    curl_easy_cleanup(letter->easy);
    curl_slist_free_all(letter->headers);
    letter->easy = NULL;
    letter->headers = NULL;
    notify->on_wire--;
}

static void drop(struct sim_notify *notify, struct letter **at)
{
    struct letter *letter = *at;

    take_off(notify, letter);
    *at = letter->next;
    buf_release(&letter->body);
    free(letter);
    notify->count--;
}

void sim_notify_close(struct sim_notify *notify)
{
    if (!notify)
        return;
    while (notify->letters)
        drop(notify, &notify->letters);
    (void)curl_multi_cleanup(notify->multi);
    snap_key_free(notify->key);
    free(notify);
    curl_global_cleanup();
}

/* The URL with the partner's name in it. False: too long. */
static bool make_url(const struct sim_notify *notify, int partner, char out[URL_MAX])
{
    const char *hole = strstr(notify->url, "{partner}");
    int size = hole ? snprintf(out, URL_MAX, "%.*s%s%s", (int)(hole - notify->url), notify->url,
                               sim_partners[partner].name, hole + strlen("{partner}"))
                    : snprintf(out, URL_MAX, "%s", notify->url);
    return size > 0 && size < URL_MAX;
}

void sim_notify_about(void *arg, const struct sim_record *record)
{
    struct sim_notify *notify = arg;
    bool failed = record->state == SIM_FAILED;
    const char *status = failed ? "06" : record->state == SIM_RETURNED ? "04" : "00";
    const char *text = failed                           ? "Failed"
                       : record->state == SIM_RETURNED ? "Refunded"
                                                        : "Success";
    struct letter *letter = notify->count < LETTERS_MAX ? calloc(1, sizeof *letter) : NULL;

    if (!letter || !make_url(notify, record->partner, letter->url)) {
        free(letter);
        notify->given_up++;
        return;
    }
    buf_printf(&letter->body,
               "{\"originalPartnerReferenceNo\":\"%s\",\"originalReferenceNo\":\"%s\","
               "\"amount\":{\"value\":\"%" PRId64 ".00\",\"currency\":\"IDR\"},"
               "\"latestTransactionStatus\":\"%s\",\"transactionStatusDesc\":\"%s\","
               "\"additionalInfo\":{\"partner\":\"%s\",\"serviceCode\":\"%02d\"}}",
               record->reference, record->reference_no, record->amount_idr, status,
               failed && record->word[0] ? record->word : text,
               sim_partners[record->partner].name, record->service);
    struct letter **end = &notify->letters;
    while (*end)
        end = &(*end)->next;
    *end = letter;
    notify->count++;
}

static void add_header(struct letter *letter, const char *name, const char *value)
{
    struct buf line = { 0 };

    buf_printf(&line, "%s: %s", name, value);
    struct curl_slist *list = curl_slist_append(letter->headers, line.data);
    if (!list)
        abort(); /* as base/buf.h */
    letter->headers = list;
    buf_release(&line);
}

/* Headers of this try, signed with the partner's key. */
static void add_headers(struct sim_notify *notify, struct letter *letter)
{
    const char *host = strstr(letter->url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    struct buf text = { 0 }, signature = { 0 };
    struct err err;
    char timestamp[SNAP_TIMESTAMP_MAX], id[32];

    snap_timestamp(clock_wire_ms(), timestamp);
    (void)snprintf(id, sizeof id, "%013" PRId64 "%06" PRIu32,
                   clock_wire_ms() % INT64_C(10000000000000), notify->counter++ % 1000000);
    snap_text_to_sign(&text, "POST", path ? path : "/", NULL, letter->body.data,
                      letter->body.size, timestamp);
    if (snap_rsa_sign(notify->key, &text, &signature, &err) < 0)
        abort(); /* the key was looked at when it was read */
    add_header(letter, "Content-Type", "application/json");
    add_header(letter, "X-TIMESTAMP", timestamp);
    add_header(letter, "X-SIGNATURE", signature.data);
    add_header(letter, "X-PARTNER-ID", notify->sim->partner_id);
    add_header(letter, "X-EXTERNAL-ID", id);
    add_header(letter, "CHANNEL-ID", "95221");
    add_header(letter, "Expect", "");
    buf_release(&text);
    buf_release(&signature);
}

static size_t ignore(char *data, size_t one, size_t size, void *arg)
{
    (void)data, (void)arg;
    return one * size;
}

static void send_letter(struct sim_notify *notify, struct letter *letter)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        abort(); /* as base/buf.h */
    add_headers(notify, letter);
    bool set = curl_easy_setopt(easy, CURLOPT_URL, letter->url) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDS, letter->body.data) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)letter->body.size) ==
                   CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_HTTPHEADER, letter->headers) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, TIMEOUT_MS) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore) == CURLE_OK &&
               curl_easy_setopt(easy, CURLOPT_PRIVATE, letter) == CURLE_OK &&
               (!notify->ca_file ||
                curl_easy_setopt(easy, CURLOPT_CAINFO, notify->ca_file) == CURLE_OK);
    if (!set || curl_multi_add_handle(notify->multi, easy) != CURLM_OK)
        abort(); /* libcurl refuses our constants */
    letter->easy = easy;
    letter->tries++;
    notify->on_wire++;
}

static void ended(struct sim_notify *notify, CURL *easy, CURLcode result)
{
    struct letter *letter = NULL, **at = &notify->letters;
    long http = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &letter);
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &http);
    while (*at != letter)
        at = &(*at)->next;
    if (result == CURLE_OK && http >= 200 && http < 300) {
        notify->delivered++;
        drop(notify, at);
    } else if (letter->tries == TRIES_MAX) {
        notify->given_up++;
        drop(notify, at);
    } else {
        letter->at_ms = clock_boot_ms() + (INT64_C(1000) << (letter->tries - 1));
        take_off(notify, letter);
    }
}

void sim_notify_run(struct sim_notify *notify)
{
    int running, left;
    CURLMsg *message;

    if (!notify)
        return;
    for (struct letter *at = notify->letters; at && notify->on_wire < ON_WIRE_MAX; at = at->next)
        if (!at->easy && at->at_ms <= clock_boot_ms())
            send_letter(notify, at);
    (void)curl_multi_perform(notify->multi, &running);
    while ((message = curl_multi_info_read(notify->multi, &left)))
        if (message->msg == CURLMSG_DONE)
            ended(notify, message->easy_handle, message->data.result);
}

void sim_notify_poll(struct sim_notify *notify, struct pollfd *fds, unsigned count, int wait_ms)
{
    struct curl_waitfd extra[FDS_MAX] = { 0 };

    if (!notify) {
        (void)poll(fds, count, wait_ms);
        return;
    }
    for (unsigned i = 0; i < count && i < FDS_MAX; i++)
        extra[i] = (struct curl_waitfd){ .fd = fds[i].fd, .events = CURL_WAIT_POLLIN };
    for (const struct letter *at = notify->letters; at; at = at->next) {
        int64_t left_ms = at->at_ms - clock_boot_ms();
        if (!at->easy && left_ms < wait_ms && notify->on_wire < ON_WIRE_MAX)
            wait_ms = left_ms > 0 ? (int)left_ms : 0;
    }
    (void)curl_multi_poll(notify->multi, extra, count, wait_ms, NULL);
    for (unsigned i = 0; i < count && i < FDS_MAX; i++)
        fds[i].revents = extra[i].revents & CURL_WAIT_POLLIN ? POLLIN : 0;
}

int64_t sim_notify_count(const struct sim_notify *notify, bool delivered)
{
    return !notify ? 0 : delivered ? notify->delivered : notify->given_up;
}
