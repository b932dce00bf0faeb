#include "snap/snap.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "snap/answer.h"
#include "snap/client.h"

#define EVENTS_PER_STEP 64
#define JOBS (SNAP_CALLS_MAX + SNAP_PARTNERS_MAX)

/* libcurl tells which sockets it waits for; epoll keeps them. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
    struct snap *snap = arg;
    struct epoll_event event = { .data.fd = fd };

    (void)easy, (void)unused;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(snap->epoll, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    if (epoll_ctl(snap->epoll, EPOLL_CTL_MOD, fd, &event) < 0 &&
        epoll_ctl(snap->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        return -1;
    return 0;
}

static int on_timer(CURLM *multi, long wait_ms, void *arg)
{
    struct snap *snap = arg;

    (void)multi;
    snap->timer_ms = wait_ms < 0 ? -1 : clock_boot_ms() + wait_ms;
    return 0;
}

static bool open_multi(struct snap *snap)
{
    snap->epoll = epoll_create1(EPOLL_CLOEXEC);
    snap->multi = curl_multi_init();
    return snap->epoll >= 0 && snap->multi &&
           curl_multi_setopt(snap->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(snap->multi, CURLMOPT_SOCKETDATA, snap) == CURLM_OK &&
           curl_multi_setopt(snap->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
           curl_multi_setopt(snap->multi, CURLMOPT_TIMERDATA, snap) == CURLM_OK &&
           curl_multi_setopt(snap->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK;
}

struct snap *snap_open(const struct snap_partner_conf *confs, size_t count, struct err *err)
{
    if (count == 0 || count > SNAP_PARTNERS_MAX) {
        err_set(err, ERR_FATAL, "%zu payment partners, 1 to %d are possible", count,
                SNAP_PARTNERS_MAX);
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        err_set(err, ERR_FATAL, "libcurl does not start");
        return NULL;
    }
    struct snap *snap = calloc(1, sizeof *snap);
    struct snap_job *jobs = calloc(JOBS, sizeof *jobs);
    if (!snap || !jobs)
        abort(); /* as base/buf.h */
    snap->jobs = jobs;
    snap->timer_ms = -1;
    for (size_t i = 0; i < JOBS; i++)
        jobs[i].snap = snap;

    if (!open_multi(snap)) {
        err_set(err, ERR_FATAL, "libcurl does not start");
        snap_close(snap);
        return NULL;
    }
    for (; snap->partner_count < count; snap->partner_count++) {
        struct snap_partner *partner = &snap->partners[snap->partner_count];
        if (snap_partner_open(partner, &confs[snap->partner_count], err) < 0) {
            snap->partner_count++; /* so that close frees what it has */
            snap_close(snap);
            return NULL;
        }
    }
    return snap;
}

void snap_close(struct snap *snap)
{
    if (!snap)
        return;
    for (size_t i = 0; i < JOBS; i++) {
        struct snap_job *job = &snap->jobs[i];
        if (job->call)
            snap_abandon(job->call);
        snap_exchange_end(job);
        if (job->easy)
            curl_easy_cleanup(job->easy);
        snap_cleanse_buf(&job->answer);
        buf_release(&job->answer);
        buf_release(&job->body);
        buf_release(&job->url);
    }
    if (snap->multi)
        (void)curl_multi_cleanup(snap->multi);
    if (snap->epoll >= 0)
        (void)close(snap->epoll);
    for (size_t i = 0; i < snap->partner_count; i++)
        snap_partner_close(&snap->partners[i]);
    free(snap->jobs);
    free(snap);
    curl_global_cleanup();
}

void snap_job_free(struct snap_job *job)
{
    snap_exchange_end(job);
    if (job->call)
        job->snap->busy--;
    snap_cleanse_buf(&job->answer); /* tokens, names, numbers */
    snap_cleanse_buf(&job->body);
    snap_cleanse(&job->transfer, sizeof job->transfer);
    job->call = NULL;
    job->service = NULL;
    job->state = SNAP_JOB_FREE;
}

void snap_job_done(struct snap_job *job)
{
    struct snap_call *call = job->call;

    call->job = NULL;
    call->done = true;
    snap_job_free(job);
}

void snap_job_go(struct snap_job *job)
{
    struct err err;

    if (!snap_token_ready(job->partner)) {
        job->state = SNAP_JOB_WAITS;
        snap_token_fetch(job);
        return;
    }
    if (snap_exchange_start(job, &err) < 0) {
        snap_answer_missing(job->service, err.text, job->call);
        snap_job_done(job);
    }
}

/* The service for this transfer, NULL: ERR_REJECT. */
static const struct snap_service *service_of(const struct snap *snap,
                                             const struct snap_transfer *transfer,
                                             enum snap_role role, struct err *err)
{
    if (transfer->partner < 0 || (size_t)transfer->partner >= snap->partner_count) {
        err_set(err, ERR_REJECT, "no payment partner %d", transfer->partner);
        return NULL;
    }
    const struct snap_partner_conf *conf = &snap->partners[transfer->partner].conf;
    if (role != SNAP_BALANCE && snap_transfer_check(conf, transfer, err) < 0)
        return NULL;
    const struct snap_service *service = snap_service_for(conf, transfer, role);
    if (!service)
        err_set(err, ERR_REJECT, "%s: %s", conf->name,
                role == SNAP_BALANCE ? "tells no balance" : "does not reach this account");
    return service;
}

static int start(struct snap *snap, const struct snap_transfer *transfer, enum snap_role role,
                 int64_t deadline_ms, struct snap_call *call, struct err *err)
{
    const struct snap_service *service = service_of(snap, transfer, role, err);
    if (!service)
        return -1;
    struct snap_partner *partner = &snap->partners[transfer->partner];

    struct snap_job *job = NULL;
    for (size_t i = 0; i < SNAP_CALLS_MAX && !job; i++)
        if (snap->jobs[i].state == SNAP_JOB_FREE)
            job = &snap->jobs[i];
    if (!job)
        return err_set(err, ERR_RETRY, "%d calls to payment partners are under way",
                       SNAP_CALLS_MAX);

    *call = (struct snap_call){ .class = SNAP_UNKNOWN, /* until done */
                                .reason = "",
                                .service = service->code,
                                .job = job };
    job->partner = partner;
    job->service = service;
    job->call = call;
    job->transfer = *transfer;
    job->deadline_ms = deadline_ms;
    job->asked_again = false;
    snap->busy++;
    buf_reset(&job->body);
    snap_body(service, &partner->conf, transfer, &job->body);
    snap_job_go(job);
    return 0;
}

int snap_inquire(struct snap *snap, const struct snap_transfer *transfer, struct snap_call *call,
                 struct err *err)
{
    return start(snap, transfer, SNAP_INQUIRY, INT64_MAX, call, err);
}

int snap_pay(struct snap *snap, const struct snap_transfer *transfer, int64_t deadline_boot_ms,
             struct snap_call *call, struct err *err)
{
    return start(snap, transfer, SNAP_PAYMENT, deadline_boot_ms, call, err);
}

int snap_status(struct snap *snap, const struct snap_transfer *transfer, struct snap_call *call,
                struct err *err)
{
    return start(snap, transfer, SNAP_STATUS, INT64_MAX, call, err);
}

int snap_balance(struct snap *snap, int partner, struct snap_call *call, struct err *err)
{
    struct snap_transfer asked = { .partner = partner };

    if (partner >= 0 && (size_t)partner < snap->partner_count)
        (void)str_copy(asked.account_number, sizeof asked.account_number,
                       snap->partners[partner].conf.source_account);
    (void)snprintf(asked.reference, sizeof asked.reference, "BALANCE%013" PRId64 "%06" PRIu32,
                   clock_wire_ms() % INT64_C(10000000000000), snap->counter % 1000000);
    return start(snap, &asked, SNAP_BALANCE, INT64_MAX, call, err);
}

void snap_abandon(struct snap_call *call)
{
    struct snap_job *job = call->job;

    if (!job)
        return;
    call->sent = job->sent;
    snap_answer_missing(job->service, "abandoned", call);
    snap_job_done(job);
}

/* A refusal of token or signature. True: the question was sent once more. */
static bool ask_again(struct snap_job *job)
{
    const struct snap_call *call = job->call;

    if (call->http != 401 || strlen(call->code) != 7)
        return false;
    const char *kase = call->code + 5;
    bool token = strcmp(kase, "01") == 0 || strcmp(kase, "03") == 0;
    if (token)
        snap_token_drop(job->partner, job->token_generation);
    if (!token && strcmp(kase, "00") != 0)
        return false;
    if (job->asked_again || job->service->role == SNAP_PAYMENT)
        return false;
    job->asked_again = true;
    snap_exchange_end(job);
    *job->call = (struct snap_call){ .class = SNAP_UNKNOWN,
                                     .reason = "",
                                     .service = job->service->code,
                                     .job = job };
    snap_job_go(job);
    return true;
}

static void finish(struct snap_job *job, CURLcode result)
{
    struct snap_call *call = job->call;
    long http = 0, connections = 0, request_size = 0;

    (void)curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &http);
    (void)curl_easy_getinfo(job->easy, CURLINFO_NUM_CONNECTS, &connections);
    (void)curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &request_size);
    if (!call) {
        snap_token_fetched(job, result, (int)http);
        return;
    }
    job->sent = job->sent || request_size > 0;
    call->sent = job->sent;
    call->latency_ms = clock_boot_ms() - job->started_ms;
    if (result == CURLE_OK)
        snap_answer_read(job->service, &job->partner->conf, &job->transfer, (int)http,
                         job->answer.size > 0 ? job->answer.data : "", job->answer.size, call);
    else
        snap_answer_missing(job->service, curl_easy_strerror(result), call);

    if (job->service->role == SNAP_PAYMENT && job->sent && (connections != 1 || job->held_back)) {
        call->alarm = true;
        call->class = SNAP_UNKNOWN;
        call->reason = "PARTNER_TIMEOUT";
    }
    if (result == CURLE_OK && ask_again(job))
        return;
    snap_job_done(job);
}

void snap_step(struct snap *snap)
{
    struct epoll_event events[EVENTS_PER_STEP];
    int running, left;
    CURLMsg *message;

    int count = epoll_wait(snap->epoll, events, EVENTS_PER_STEP, 0);
    for (int i = 0; i < count; i++) {
        int what = (events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
        (void)curl_multi_socket_action(snap->multi, events[i].data.fd, what, &running);
    }
    if (snap->timer_ms >= 0 && clock_boot_ms() >= snap->timer_ms) {
        snap->timer_ms = -1;
        (void)curl_multi_socket_action(snap->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    while ((message = curl_multi_info_read(snap->multi, &left))) {
        struct snap_job *job = NULL;
        CURLcode result = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        assert(message->msg == CURLMSG_DONE && job);
        finish(job, result);
    }
}

size_t snap_fds(struct snap *snap, struct pollfd *out, size_t max)
{
    if (max == 0)
        return 0;
    out[0] = (struct pollfd){ .fd = snap->epoll, .events = POLLIN };
    return 1;
}

int64_t snap_wait_ms(struct snap *snap)
{
    if (snap->timer_ms < 0)
        return -1;
    int64_t wait_ms = snap->timer_ms - clock_boot_ms();
    return wait_ms > 0 ? wait_ms : 0;
}

size_t snap_room_left(const struct snap *snap)
{
    return SNAP_CALLS_MAX - snap->busy;
}

int64_t snap_in_flight_ms(const struct snap *snap, int partner)
{
    assert(partner >= 0 && (size_t)partner < snap->partner_count);
    return snap->partners[partner].conf.in_flight_ms;
}

int snap_pay_digest(const struct snap *snap, const struct snap_transfer *transfer,
                    char out[SNAP_DIGEST_MAX], struct err *err)
{
    const struct snap_service *service = service_of(snap, transfer, SNAP_PAYMENT, err);
    if (!service)
        return -1;

    struct buf body = { 0 };
    snap_body(service, &snap->partners[transfer->partner].conf, transfer, &body);
    snap_sha256_hex(body.data, body.size, out);
    snap_cleanse_buf(&body);
    buf_release(&body);
    return 0;
}
