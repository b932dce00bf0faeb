/*
 * One HTTP request over libcurl. What makes a payment leave at most once stands here, and nowhere
 * else: see set_transport().
 */
#include <assert.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "snap/client.h"
#include "snap/json.h"

#define ANSWER_MAX SNAP_JSON_SIZE_MAX
#define HEAD_MAX 65536
#define EXTERNAL_ID_MAX 33 /* 32 digits, one partner's limit, and the NUL */
#define TLS_1_2_CIPHERS                                                                            \
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:"                                     \
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"

/* New for every HTTP attempt, over restarts and replicas: time, counter, random. */
static void external_id(struct snap *snap, char out[EXTERNAL_ID_MAX])
{
    uint64_t random;

    if (RAND_bytes((unsigned char *)&random, sizeof random) != 1)
        abort(); /* without randomness nothing here is safe */
    struct buf text = { 0 };
    buf_printf(&text, "%013" PRId64 "%06" PRIu32 "%012" PRIu64,
               clock_wire_ms() % INT64_C(10000000000000), snap->counter++ % 1000000,
               random % UINT64_C(1000000000000));
    assert(text.size < EXTERNAL_ID_MAX);
    memcpy(out, text.data, text.size + 1);
    buf_release(&text);
}

static void add_header(struct snap_job *job, const char *name, const char *value)
{
    struct buf line = { 0 };

    buf_printf(&line, "%s: %s", name, value);
    struct curl_slist *list = curl_slist_append(job->headers, line.data);
    if (!list)
        abort(); /* as base/buf.h */
    job->headers = list;
    snap_cleanse_buf(&line);
    buf_release(&line);
}

static int sign_token_request(struct snap_job *job, const char *timestamp, struct buf *signature,
                              struct err *err)
{
    struct buf text = { 0 };

    buf_printf(&text, "%s|%s", job->partner->conf.client_key, timestamp);
    int rc = snap_rsa_sign(job->partner->key, &text, signature, err);
    buf_release(&text);
    return rc;
}

static int sign_request(struct snap_job *job, const char *path, const char *timestamp,
                        struct buf *signature, struct err *err)
{
    const struct snap_partner *partner = job->partner;
    bool symmetric = partner->conf.signing == SNAP_SYMMETRIC;
    struct buf text = { 0 };
    int rc = 0;

    buf_reserve(&text, 4096); /* holds the token: one piece of memory to cleanse */
    snap_text_to_sign(&text, "POST", path, symmetric ? partner->token.text.data : NULL,
                      job->body.data, job->body.size, timestamp);
    if (symmetric)
        snap_hmac_sign(partner->conf.client_secret, &text, signature);
    else
        rc = snap_rsa_sign(partner->key, &text, signature, err);
    snap_cleanse_buf(&text);
    buf_release(&text);
    return rc;
}

/* Headers of the request, signed with the clock of this moment. */
static int set_headers(struct snap_job *job, const char *path, struct err *err)
{
    const struct snap_partner *partner = job->partner;
    struct buf signature = { 0 };
    char timestamp[SNAP_TIMESTAMP_MAX], id[EXTERNAL_ID_MAX];
    bool is_token = !job->service;

    snap_timestamp(clock_wire_ms(), timestamp);
    int rc = is_token ? sign_token_request(job, timestamp, &signature, err)
                      : sign_request(job, path, timestamp, &signature, err);
    if (rc == 0) {
        add_header(job, "Content-Type", "application/json");
        add_header(job, "Accept", "application/json");
        add_header(job, "X-TIMESTAMP", timestamp);
        add_header(job, "X-SIGNATURE", signature.data);
        add_header(job, "Expect", ""); /* no 100-continue: the body goes with the head */
    }
    if (rc == 0 && is_token)
        add_header(job, "X-CLIENT-KEY", partner->conf.client_key);
    if (rc == 0 && !is_token) {
        external_id(job->snap, id);
        add_header(job, "X-PARTNER-ID", partner->conf.partner_id);
        add_header(job, "X-EXTERNAL-ID", id);
        add_header(job, "CHANNEL-ID", partner->conf.channel_id);
        if (partner->conf.signing == SNAP_SYMMETRIC) {
            struct buf bearer = { 0 };
            buf_reserve(&bearer, 4096);
            buf_printf(&bearer, "Bearer %s", partner->token.text.data);
            add_header(job, "Authorization", bearer.data);
            snap_cleanse_buf(&bearer);
            buf_release(&bearer);
            job->token_generation = partner->token.generation;
        }
    }
    buf_release(&signature);
    return rc;
}

static size_t on_body(char *data, size_t one, size_t size, void *arg)
{
    struct snap_job *job = arg;

    if (size * one > ANSWER_MAX - job->answer.size)
        return 0; /* an answer past the limit is none */
    buf_add(&job->answer, data, size * one);
    return size * one;
}

static size_t on_head(char *data, size_t one, size_t size, void *arg)
{
    struct snap_job *job = arg;

    (void)data;
    if (size * one > HEAD_MAX - job->head_size)
        return 0;
    job->head_size += size * one;
    return size * one;
}

/* Connected, TLS done, nothing of the request sent: the last moment to hold a payment back. */
static int on_ready(void *arg, char *their_ip, char *our_ip, int their_port, int our_port)
{
    struct snap_job *job = arg;
    bool is_payment = job->service && job->service->role == SNAP_PAYMENT;

    (void)their_ip, (void)our_ip, (void)their_port, (void)our_port;
    if (clock_boot_ms() >= job->deadline_ms)
        return CURL_PREREQFUNC_ABORT;
    if (is_payment && job->sent) { /* libcurl wants to send it again, whatever its settings say */
        job->held_back = true;
        return CURL_PREREQFUNC_ABORT;
    }
    job->sent = true;
    return CURL_PREREQFUNC_OK;
}

#define SET(option, value) rc |= curl_easy_setopt(job->easy, (option), (value)) != CURLE_OK

/* True when every option was taken. */
static bool set_transport(struct snap_job *job)
{
    const struct snap_partner_conf *conf = &job->partner->conf;
    bool is_payment = job->service && job->service->role == SNAP_PAYMENT;
    int64_t left_ms = job->deadline_ms - clock_boot_ms();
    int64_t connect_ms = left_ms < conf->connect_ms ? left_ms : conf->connect_ms;
    bool rc = false;

    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    if (is_payment) {
        /* a POST over a connection that was used before is sent again when that one is dead */
        SET(CURLOPT_FRESH_CONNECT, 1L);
        SET(CURLOPT_FORBID_REUSE, 1L);
    }
    SET(CURLOPT_PROTOCOLS_STR, conf->rehearsal ? "http,https" : "https");
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_CIPHER_LIST, TLS_1_2_CIPHERS);
    if (conf->ca_file)
        SET(CURLOPT_CAINFO, conf->ca_file);
    SET(CURLOPT_CAPATH, (char *)NULL); /* or libcurl reads the roots anew for each connection */
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms > 0 ? connect_ms : 1));
    SET(CURLOPT_TIMEOUT_MS, (long)(conf->connect_ms + conf->read_ms));
    SET(CURLOPT_PREREQFUNCTION, on_ready);
    SET(CURLOPT_PREREQDATA, job);
    return !rc;
}

static bool set_request(struct snap_job *job)
{
    bool rc = false;

    SET(CURLOPT_URL, job->url.data);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDS, job->body.data);
    SET(CURLOPT_POSTFIELDSIZE, (long)job->body.size);
    SET(CURLOPT_HTTPHEADER, job->headers);
    SET(CURLOPT_USERAGENT, "insentif");
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, job);
    SET(CURLOPT_HEADERFUNCTION, on_head);
    SET(CURLOPT_HEADERDATA, job);
    SET(CURLOPT_PRIVATE, job);
    return !rc;
}

int snap_exchange_start(struct snap_job *job, struct err *err)
{
    const struct snap_partner_conf *conf = &job->partner->conf;

    assert(!job->headers);
    if (!job->easy)
        job->easy = curl_easy_init();
    if (!job->easy)
        abort(); /* as base/buf.h */
    if (clock_boot_ms() >= job->deadline_ms)
        return err_set(err, ERR_RETRY, "the deadline passed before sending");

    buf_reset(&job->answer);
    buf_reset(&job->url);
    job->head_size = 0;
    job->sent = job->held_back = false;
    buf_text(&job->url, conf->base_url);
    size_t host_size = job->url.size;
    if (job->service)
        snap_service_path(job->service, conf, &job->url);
    else
        buf_text(&job->url, conf->token_path);

    curl_easy_reset(job->easy);
    if (set_headers(job, job->url.data + host_size, err) < 0) {
        snap_exchange_end(job);
        return -1;
    }
    if (!set_transport(job) || !set_request(job) ||
        curl_multi_add_handle(job->snap->multi, job->easy) != CURLM_OK) {
        snap_exchange_end(job);
        return err_set(err, ERR_RETRY, "libcurl refused the request's settings");
    }
    job->state = SNAP_JOB_ON_WIRE;
    job->started_ms = clock_boot_ms();
    return 0;
}

void snap_exchange_end(struct snap_job *job)
{
    if (job->state == SNAP_JOB_ON_WIRE)
        (void)curl_multi_remove_handle(job->snap->multi, job->easy);
    for (struct curl_slist *at = job->headers; at; at = at->next)
        snap_cleanse(at->data, strlen(at->data));
    curl_slist_free_all(job->headers);
    job->headers = NULL;
    if (job->state == SNAP_JOB_ON_WIRE)
        job->state = SNAP_JOB_WAITS;
}
