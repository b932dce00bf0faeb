/* POST: the body is gathered, handed over whole, and answered now or later; until then the
 * connection is suspended. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "http/inside.h"

struct http_call {
    struct post *post;
    struct MHD_Connection *connection;
    char path[HTTP_PATH_MAX];
    struct buf body, text;
    bool large, suspended;
    unsigned int status; /* 0: not yet answered */
    const char *type;
};

static struct http_call **place(struct post *post, const struct http_call *call)
{
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        if (post->calls[i] == call)
            return &post->calls[i];
    return NULL;
}

/* Path without query; and a body that is said to be too large isn't even read. */
static unsigned int refused(struct MHD_Connection *connection, const char *path)
{
    const char *said = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    int64_t size;

    if (strlen(path) >= HTTP_PATH_MAX || !str_is_utf8(path, strlen(path)) ||
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, NULL, NULL) > 0)
        return 404;
    return said && !str_to_int64(said, 0, HTTP_BODY_MAX, &size) ? 413 : 0;
}

static struct http_call *begin(struct post *post, struct MHD_Connection *connection,
                               const char *path)
{
    struct http_call **at = place(post, NULL), *call = calloc(1, sizeof *call);

    if (!at || !call)
        abort(); /* there are no more connections than places; as base/buf.h */
    *at = call;
    call->post = post;
    call->connection = connection;
    (void)str_copy(call->path, sizeof call->path, path);
    buf_reserve(&call->body, 1);
    buf_reserve(&call->text, 1);
    return call;
}

static enum MHD_Result refuse(struct http_call *call, unsigned int status)
{
    call->status = status;
    return http_reply(call->connection, status, "text/plain; charset=utf-8", &call->text);
}

enum MHD_Result post_step(struct post *post, struct MHD_Connection *connection, const char *path,
                          const char *part, size_t *size, struct http_call **state)
{
    struct http_call *call = *state;

    if (!call) { /* the headers only */
        *state = call = begin(post, connection, path);
        unsigned int status = refused(connection, path);
        return status ? refuse(call, status) : MHD_YES;
    }
    if (*size > 0) {
        call->large = call->large || *size > HTTP_BODY_MAX - call->body.size;
        if (!call->large)
            buf_add(&call->body, part, *size);
        *size = 0;
        return MHD_YES;
    }
    if (call->large)
        return refuse(call, 413);
    if (call->status == 0)
        post->take(post->context, call);
    if (call->status == 0) {
        call->suspended = true;
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return http_reply(connection, call->status, call->type, &call->text);
}

const char *http_call_path(const struct http_call *call)
{
    return call->path;
}

const char *http_call_header(const struct http_call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

const struct buf *http_call_body(const struct http_call *call)
{
    return &call->body;
}

void http_call_answer(struct http_call *call, int status, const char *type, const char *text)
{
    call->status = (unsigned int)status;
    call->type = type;
    buf_text(&call->text, text);
    if (call->suspended)
        MHD_resume_connection(call->connection);
    call->suspended = false;
}

void post_end(struct http_call *call)
{
    *place(call->post, call) = NULL;
    buf_release(&call->body);
    buf_release(&call->text);
    free(call);
}

void post_close(struct post *post)
{
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        if (post->calls[i] && post->calls[i]->suspended)
            http_call_answer(post->calls[i], 503, "text/plain; charset=utf-8", "");
}
