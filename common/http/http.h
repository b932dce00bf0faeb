#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

/*
 * A small HTTP server in the caller's loop: probes and metrics, and partners' notifications. The
 * only room that includes libmicrohttpd. GET and HEAD, and POST where it is asked for; one thread.
 *
 * Slow callers keep nobody out: a connection is for one question and has HTTP_CALL_MS for all of
 * it; when most places are taken, a newcomer gets that of the oldest call from the address with the
 * most of them.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_PATH_MAX 512
#define HTTP_BODY_MAX (16 * 1024) /* of a POST; more is 413 */
#define HTTP_CONNECTIONS_MAX 64
#define HTTP_CALL_MS 3000

struct http;

/*
 * Answer one GET: append the body, set *type (static string; "text/plain; charset=utf-8" before the
 * call), return the status. `path` has no query and is UTF-8.
 */
typedef int http_answer_fn(void *context, const char *path, struct buf *body, const char **type);

/* Listen on "host:port" (numeric host; port 0: any). NULL + *err naming the address. */
MUST_CHECK struct http *http_open(const char *address, http_answer_fn *answer, void *context,
                                  struct err *err);

/* Would http_open() take this address? ERR_FATAL names it. */
MUST_CHECK int http_check(const char *address, struct err *err);

/* One POST, its body here whole. It belongs to the server and lives until it is answered. */
struct http_call;
typedef void http_take_fn(void *context, struct http_call *call);

/* POST is taken from now on. `take` or anybody later answers each call, once; its caller waits
 * HTTP_CALL_MS at most. What isn't answered at http_close() gets 503 and is gone. */
void http_take(struct http *http, http_take_fn *take, void *context);
const char *http_call_path(const struct http_call *call); /* without query: one is a 404 */
const char *http_call_header(const struct http_call *call, const char *name); /* NULL: none */
const struct buf *http_call_body(const struct http_call *call);
/* type is static, text is copied. */
void http_call_answer(struct http_call *call, int status, const char *type, const char *text);
bool http_idle(const struct http *http); /* no POST is under way */

int http_port(const struct http *http); /* the port in use */
int http_fd(const struct http *http);   /* readable when http_step() has work */
void http_step(struct http *http);      /* never waits */
void http_close(struct http *http);     /* NULL is allowed */

#endif
