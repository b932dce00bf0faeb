/* Answers: the checks of a new connection, errors, and the results of each kind of call. */
#include "store/store_redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

/* What every Function answers first; the order is insentif.lua's. */
static const enum store_status verdicts[] = {
    STORE_OK, STORE_CONFLICT, STORE_DUP, STORE_GAP, STORE_STALE, STORE_FENCED, STORE_REBUILD,
};

bool redis_number(const redisReply *reply, int64_t *number)
{
    if (reply->type == REDIS_REPLY_INTEGER) {
        *number = reply->integer;
        return true;
    }
    return reply->type == REDIS_REPLY_STRING && strlen(reply->str) == reply->len &&
           str_to_int64(reply->str, INT64_MIN, INT64_MAX, number);
}

/* ------------------------------------------------------------------ errors */

/*
 * Errors after which the call may be made again, elsewhere or later: the connection is given up, as
 * if it had broken, and the checks of the next one say when all is well.  Everything else is a
 * wrong set-up or a bug of ours, and is the caller's to report.
 */
static const char *const away[] = {
    "LOADING",  "MASTERDOWN",  "READONLY", "BUSY",   "OOM",  "MISCONF",
    "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN", "NOAUTH", "NOSCRIPT",
};

#define NO_LIBRARY "run: insentif store install"

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static bool is_missing_function(const char *text)
{
    return begins(text, "ERR Function not found") || begins(text, "NOSCRIPT");
}

static bool means_away(const char *text)
{
    for (size_t i = 0; i < sizeof away / sizeof away[0]; i++)
        if (begins(text, away[i]))
            return true;
    return is_missing_function(text);
}

static void lost_by_error(struct redis_store *s, const char *text)
{
    s->full |= begins(text, "OOM");
    if (is_missing_function(text))
        redis_link_lost(s, "the Function library is missing or of another version: " NO_LIBRARY);
    else
        redis_link_lost(s, "%.130s", text);
}

/* ------------------------------------------------------------------ the checks */

/* The value of "name:" in INFO's text, copied to out; "" when it isn't there. */
static void info_value(const char *info, const char *name, char *out, size_t cap)
{
    const char *at = strstr(info, name);

    out[0] = '\0';
    if (!at)
        return;
    at += strlen(name);
    (void)snprintf(out, cap, "%.*s", (int)strcspn(at, "\r\n"), at);
}

static int64_t info_number(const char *info, const char *name)
{
    char text[24];
    int64_t value = 0;

    info_value(info, name, text, sizeof text);
    return str_to_int64(text, 0, INT64_MAX, &value) ? value : 0;
}

/*
 * Once a write was refused for want of memory, the next would be too, although all else works. So
 * there must be room again, and enough of it that a few large commands on their way don't fill it:
 * else each worker would come back and be refused, many times a second.
 */
static bool is_still_full(struct redis_store *s, const char *info)
{
    int64_t most = info_number(info, "\nmaxmemory:");
    int64_t used = info_number(info, "\nused_memory:") -
                   info_number(info, "\nmem_not_counted_for_evict:");

    s->full = s->full && most > 0 && used > most - most / REDIS_ROOM_PART;
    if (s->full)
        redis_link_lost(s, "OOM: it is full, %" PRId64 " of %" PRId64 " bytes are used: raise its "
                        "maxmemory", used, most);
    return s->full;
}

static void check_info(struct redis_store *s, const redisReply *reply)
{
    char role[32], policy[32], loading[8];

    if (reply->type == REDIS_REPLY_ERROR) {
        redis_link_lost(s, "INFO was refused: %.100s", reply->str);
        return;
    }
    if (reply->type != REDIS_REPLY_STRING) {
        redis_link_lost(s, "INFO answered no text");
        return;
    }
    info_value(reply->str, "\nrole:", role, sizeof role);
    info_value(reply->str, "\nmaxmemory_policy:", policy, sizeof policy);
    info_value(reply->str, "\nloading:", loading, sizeof loading);
    if (strcmp(loading, "0") != 0)
        redis_link_lost(s, "it is loading its data");
    else if (strcmp(role, "master") != 0)
        redis_link_lost(s, "it is a %s, not the master", role[0] ? role : "server without role");
    else if (strcmp(policy, "noeviction") != 0)
        redis_link_lost(s, "its maxmemory-policy is %s: it would forget records; set noeviction",
                        policy[0] ? policy : "not known");
    else
        (void)is_still_full(s, reply->str);
}

static void check_version(struct redis_store *s, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        if (begins(reply->str, "ERR unknown command"))
            redis_link_lost(s, "it has no Functions: 7.0 or newer is needed");
        else
            lost_by_error(s, reply->str);
    } else if (reply->type != REDIS_REPLY_STRING ||
               strcmp(reply->str, store_library_version()) != 0) {
        redis_link_lost(s, "its Function library is of version %.20s, ours is %s: " NO_LIBRARY,
                        reply->str ? reply->str : "?", store_library_version());
    } else {
        s->state = REDIS_READY;
        s->generation++;
        s->heard_since_ready = false;
    }
}

/* Only the first word of Redis's answer is shown: some texts repeat the arguments. */
static void check_auth(struct redis_store *s, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR)
        redis_link_lost(s, "user or password refused (%.*s)",
                        (int)strcspn(reply->str, " "), reply->str);
}

void redis_checked(struct redis_store *s, redisReply *reply)
{
    switch (s->checks_left--) {
    case 3: check_auth(s, reply); break;
    case 2: check_info(s, reply); break;
    default: check_version(s, reply); break;
    }
    freeReplyObject(reply);
}

/* ------------------------------------------------------------------ results */

static bool is_array(const redisReply *reply, size_t least)
{
    return reply->type == REDIS_REPLY_ARRAY && reply->elements >= least;
}

static void set_items(struct redis_pending *p, redisReply *array, size_t from)
{
    p->items = array->element + from;
    p->item_count = array->elements - from;
    p->call->count = p->item_count;
}

/* epoch, (worker, worker#, watermarks…): sets *any when a field is there. */
static bool read_fields(struct redis_pending *p, const redisReply *fields, bool *any)
{
    if (!is_array(fields, 2 + p->topics) || fields->elements != 2 + p->topics)
        return false;
    for (size_t i = 0; i < fields->elements; i++) {
        const redisReply *field = fields->element[i];
        if (field->type != REDIS_REPLY_NIL)
            *any = true;
        if (i < 2)
            continue;
        p->call->watermarks[i - 2] = -1;
        if (field->type != REDIS_REPLY_NIL && !redis_number(field, &p->call->watermarks[i - 2]))
            return false;
    }
    return true;
}

static bool read_own(struct redis_pending *p, redisReply *reply)
{
    bool any = false;

    if (!is_array(reply, 4) || !redis_number(reply->element[1], &p->call->epoch) ||
        !read_fields(p, reply->element[2], &any) || !is_array(reply->element[3], 0))
        return false;
    set_items(p, reply->element[3], 0);
    p->call->number = any || p->item_count > 0;
    return true;
}

static bool read_look(struct redis_pending *p, redisReply *reply)
{
    bool any = false;
    int64_t entries;

    if (!is_array(reply, 5) || !redis_number(reply->element[1], &p->call->epoch) ||
        !read_fields(p, reply->element[2], &any) || !redis_number(reply->element[3], &entries) ||
        entries < 0 || !redis_number(reply->element[4], &p->call->number))
        return false;
    p->call->count = (size_t)entries;
    return true;
}

static bool read_apply(struct redis_pending *p, redisReply *reply, enum store_status status)
{
    if (status == STORE_GAP)
        return is_array(reply, 2) && redis_number(reply->element[1], &p->call->watermarks[0]);
    if (status != STORE_OK && status != STORE_CONFLICT)
        return true;
    if (!is_array(reply, 2) || !redis_number(reply->element[1], &p->call->number))
        return false;
    if (status == STORE_CONFLICT)
        set_items(p, reply, 2);
    return true;
}

/* {OK, number, items}: due and ids */
static bool read_list(struct redis_pending *p, redisReply *reply)
{
    if (!is_array(reply, 3) || !redis_number(reply->element[1], &p->call->number) ||
        !is_array(reply->element[2], 0))
        return false;
    set_items(p, reply->element[2], 0);
    for (size_t i = 0; i < p->item_count; i++)
        if (p->items[i]->type != REDIS_REPLY_STRING || p->items[i]->len < p->item_skip)
            return false;
    return true;
}

static bool read_load(struct redis_pending *p, redisReply *reply, enum store_status *status)
{
    if (!is_array(reply, 2))
        return false;
    if (reply->element[0]->type != REDIS_REPLY_NIL) {
        *status = STORE_REBUILD;
        return true;
    }
    if (reply->element[1]->type != REDIS_REPLY_NIL &&
        !redis_number(reply->element[1], &p->call->number))
        return false;
    set_items(p, reply, 2);
    return true;
}

static bool read_clock(struct redis_pending *p, const redisReply *reply)
{
    if (p->kind == REDIS_CLOCK_GET)
        return reply->type == REDIS_REPLY_NIL || redis_number(reply, &p->call->number);
    p->call->number = p->set_ms;
    return reply->type == REDIS_REPLY_STATUS;
}

/* One item: the old value, or nil. */
static bool read_stamp(struct redis_pending *p, const redisReply *reply)
{
    p->items = &p->reply;
    p->item_count = 1;
    return reply->type == REDIS_REPLY_NIL || reply->type == REDIS_REPLY_STRING;
}

static bool read_function(struct redis_pending *p, redisReply *reply, enum store_status *status)
{
    int64_t verdict;

    if (!is_array(reply, 1) || !redis_number(reply->element[0], &verdict) || verdict < 0 ||
        verdict >= (int64_t)(sizeof verdicts / sizeof verdicts[0]))
        return false;
    *status = verdicts[verdict];
    if (p->kind == REDIS_APPLY)
        return read_apply(p, reply, *status);
    if (*status != STORE_OK)
        return *status == STORE_REBUILD;
    if (p->kind == REDIS_OWN)
        return read_own(p, reply);
    return p->kind == REDIS_LOOK ? read_look(p, reply) : read_list(p, reply);
}

static bool read_results(struct redis_pending *p, redisReply *reply, enum store_status *status)
{
    *status = STORE_OK;
    switch (p->kind) {
    case REDIS_LOAD: return read_load(p, reply, status);
    case REDIS_CLOCK_GET:
    case REDIS_CLOCK_SET: return read_clock(p, reply);
    case REDIS_STAMP: return read_stamp(p, reply);
    case REDIS_OWN:
    case REDIS_LOOK:
    case REDIS_APPLY:
    case REDIS_DUE:
    case REDIS_IDS: break;
    }
    return read_function(p, reply, status);
}

void redis_answer(struct redis_store *s, redisReply *reply)
{
    struct redis_pending *p = s->first;
    enum store_status status = STORE_REFUSED;

    if (reply->type == REDIS_REPLY_ERROR && means_away(reply->str)) {
        lost_by_error(s, reply->str);
        freeReplyObject(reply);
        return;
    }
    p->reply = reply;
    s->heard_since_ready = true;
    if (reply->type == REDIS_REPLY_ERROR) {
        (void)err_set(&p->err, ERR_FATAL, "Redis %.60s: %.160s", s->shown, reply->str);
    } else if (!read_results(p, reply, &status)) {
        status = STORE_REFUSED;
        p->items = NULL;
        p->item_count = 0;
        (void)err_set(&p->err, ERR_FATAL, "Redis %.60s: an answer of another shape than ours",
                      s->shown);
    }
    redis_finish(p, status);
}
