#include "intake.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "codec/codec.h"
#include "policy/mask.h"
#include "seal/seal.h"

#define CHUNK (1024 * 1024)

struct intake {
    enum event_type type;
    struct codec *codec;
    struct seal *seal; /* NULL: no key was given */
    int64_t now_ms, masked;
    void *event;
    struct buf value, open, text; /* open: the event without what is sealed */
};

struct intake *intake_open(enum event_type type, const char *public_key, int64_t now_ms,
                           struct err *err)
{
    struct intake *in = calloc(1, sizeof *in);

    if (!in)
        abort();
    in->type = type;
    in->now_ms = now_ms;
    in->event = calloc(1, event_row(type)->struct_size);
    if (!in->event)
        abort();
    in->codec = codec_open(err);
    if (in->codec && public_key[0]) {
        in->seal = seal_open(public_key, NULL, err);
        if (!in->seal)
            (void)err_prefix(err, "INSENTIF_SEAL_PUBLIC_KEY");
    }
    if (in->codec && (in->seal || !public_key[0]))
        return in;
    intake_close(in);
    return NULL;
}

void intake_close(struct intake *in)
{
    if (!in)
        return;
    codec_close(in->codec);
    seal_close(in->seal);
    buf_release(&in->value);
    buf_release(&in->open);
    buf_release(&in->text);
    free(in->event);
    free(in);
}

int64_t intake_masked(const struct intake *in)
{
    return in->masked;
}

/* ---------------------------------------------------------------- accounts in clear */
static int take_text(const json_t *account, const char *name, bool must, char *to, size_t cap,
                     struct err *err)
{
    const json_t *value = json_object_get(account, name);

    if (!value && !must)
        return 0;
    if (!json_is_string(value) || json_string_length(value) >= cap ||
        strlen(json_string_value(value)) != json_string_length(value))
        return err_set(err, ERR_REJECT, "account-linked: sealed_account.%s: must be a text of at "
                       "most %zu bytes", name, cap - 1);
    (void)str_copy(to, cap, json_string_value(value));
    return 0;
}

static int seal_object(struct intake *in, const json_t *object, uint8_t *box, size_t *size,
                       struct err *err)
{
    struct seal_account account = { .number = "" };
    size_t known = 2 + (json_object_get(object, "bank_code") != NULL);

    if (!in->seal)
        return err_set(err, ERR_FATAL, "accounts are given in clear and INSENTIF_SEAL_PUBLIC_KEY "
                       "is not set; insentif keys makes a pair");
    int rc = 0;
    if (take_text(object, "number", true, account.number, sizeof account.number, err) < 0 ||
        take_text(object, "name", true, account.name, sizeof account.name, err) < 0 ||
        take_text(object, "bank_code", false, account.bank_code, sizeof account.bank_code, err) < 0)
        rc = -1;
    else if (json_object_size(object) != known)
        rc = err_set(err, ERR_REJECT, "account-linked: sealed_account: only number, name and "
                     "bank_code may be in it");
    else if (seal_put(in->seal, &account, box, size, err) < 0)
        rc = err_prefix(err, "account-linked: sealed_account");
    seal_wipe(&account);
    return rc;
}

/* An account given as an object is sealed before anything else looks at it; anything else is left
 * to the codec. */
static int take_linked(struct intake *in, const char *line, size_t size, struct err *err)
{
    struct account_linked *event = in->event;
    json_t *root = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
    json_t *object = json_object_get(root, "sealed_account");
    uint8_t box[SEAL_BOX_MAX];
    size_t box_size = 0;

    if (!json_is_object(object)) {
        json_decref(root);
        return codec_from_json(in->type, line, size, event, err);
    }
    int rc = seal_object(in, object, box, &box_size, err);
    char *text = NULL;
    if (rc == 0) { /* a stand-in; the box itself takes its place below */
        if (json_object_set_new(root, "sealed_account", json_string("AA==")) < 0 ||
            !(text = json_dumps(root, JSON_COMPACT)))
            abort();
        rc = codec_from_json(in->type, text, strlen(text), event, err);
    }
    if (rc == 0) {
        assert(box_size <= sizeof event->sealed_account.at);
        memcpy(event->sealed_account.at, box, box_size);
        event->sealed_account.size = (uint32_t)box_size;
    }
    free(text);
    json_decref(root);
    return rc;
}

/* ---------------------------------------------------------------- one line */

/* The same for the same event however often it is sent. A box is another each time it is sealed, so
 * it doesn't count; and an id must not let anybody guess what is in it. */
static int make_id(struct intake *in, char id[SEAL_ID_SIZE + 1], struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    const struct buf *bytes = &in->value;

    if (in->type == EVENT_ACCOUNT_LINKED) {
        struct account_linked *event = in->event;
        uint32_t size = event->sealed_account.size;
        event->sealed_account.size = 0;
        buf_reset(&in->open);
        int rc = codec_encode(in->codec, in->type, event, &in->open, err);
        event->sealed_account.size = size;
        if (rc < 0)
            return -1;
        bytes = &in->open;
    }
    buf_reset(&in->text);
    buf_reserve(&in->text, 2 * bytes->size);
    for (size_t i = 0; i < bytes->size; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];
        buf_add(&in->text, (const char[]){ digits[byte >> 4], digits[byte & 15] }, 2);
    }
    SEAL_ID(id, "produce", event_row(in->type)->topic, in->text.data);
    return 0;
}

int intake_line(struct intake *in, const char *line, size_t size, struct parcel *parcel,
                struct err *err)
{
    const struct event_type_row *row = event_row(in->type);
    char id[SEAL_ID_SIZE + 1];

    int rc = in->type == EVENT_ACCOUNT_LINKED
                 ? take_linked(in, line, size, err)
                 : codec_from_json(in->type, line, size, in->event, err);
    if (rc < 0)
        return -1;
    struct rating_submitted *rating = in->type == EVENT_RATING_SUBMITTED ? in->event : NULL;
    bool masked = rating && mask_text(rating->review, strlen(rating->review));
    const char *why = event_impossible(in->type, in->event, in->now_ms);
    if (why)
        return err_set(err, ERR_REJECT, "%s: %s", row->topic, why);
    buf_reset(&in->value);
    if (codec_encode(in->codec, in->type, in->event, &in->value, err) < 0 ||
        make_id(in, id, err) < 0)
        return -1;
    in->masked += masked;
    *parcel = (struct parcel){ .time_ms = in->now_ms,
                               .value = in->value.data,
                               .value_size = in->value.size };
    (void)str_copy(parcel->topic, sizeof parcel->topic, row->topic);
    (void)str_copy(parcel->type, sizeof parcel->type, row->topic);
    (void)str_copy(parcel->key, sizeof parcel->key, event_key(in->type, in->event));
    (void)str_copy(parcel->id, sizeof parcel->id, id);
    trace_start(row->topic, id, parcel->traceparent); /* as workers do for one without */
    return 0;
}

/* ---------------------------------------------------------------- lines of a file */
struct lines {
    int fd;
    bool ended, broken;
    int64_t bytes;
    char *at, *end;
    char data[CHUNK];
};

struct lines *lines_open(int fd)
{
    struct lines *lines = malloc(sizeof *lines);

    if (!lines)
        abort();
    lines->fd = fd;
    lines->ended = lines->broken = false;
    lines->bytes = 0;
    lines->at = lines->end = lines->data;
    return lines;
}

void lines_close(struct lines *lines)
{
    if (lines)
        seal_wipe_bytes(lines->data, sizeof lines->data); /* accounts in clear went through it */
    free(lines);
}

int64_t lines_bytes(const struct lines *lines)
{
    return lines->bytes;
}

static void fill(struct lines *lines)
{
    size_t left = (size_t)(lines->end - lines->at);

    memmove(lines->data, lines->at, left);
    lines->at = lines->data;
    lines->end = lines->data + left;
    ssize_t got;
    do
        got = read(lines->fd, lines->end, sizeof lines->data - left);
    while (got < 0 && errno == EINTR);
    lines->broken = got < 0;
    lines->ended = got <= 0;
    if (got > 0) {
        lines->end += got;
        lines->bytes += got;
    }
}

enum lines_answer lines_next(struct lines *lines, const char **line, size_t *size)
{
    bool cut = false; /* the line's beginning was thrown away: it is too long */

    for (;;) {
        size_t left = (size_t)(lines->end - lines->at);
        char *newline = memchr(lines->at, '\n', left);
        if (!newline && !lines->ended) {
            if (left > LINE_MAX_BYTES) {
                lines->at = lines->end;
                cut = true;
            }
            fill(lines);
            continue;
        }
        if (lines->broken)
            return LINES_BROKEN;
        if (!newline && left == 0 && !cut)
            return LINES_END;
        *line = lines->at;
        *size = newline ? (size_t)(newline - lines->at) : left;
        lines->at += *size + (newline != NULL);
        return cut || *size > LINE_MAX_BYTES ? LINES_LONG : LINES_ONE;
    }
}
