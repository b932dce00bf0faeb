#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

/*
 * A small HTTP server in the caller's loop: probes and metrics now, pages later. The only room that
 * includes libmicrohttpd. GET and HEAD only; bodies of requests are refused; one thread.
 */
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define HTTP_PATH_MAX 512
#define HTTP_CONNECTIONS_MAX 64

struct http;

/*
 * Answer one GET: append the body, set *type (static string; "text/plain; charset=utf-8" before the
 * call), return the status. `path` has no query and is UTF-8.
 */
typedef int http_answer_fn(void *context, const char *path, struct buf *body, const char **type);

/* Listen on "host:port" (numeric host; port 0: any). NULL + *err naming the address. */
MUST_CHECK struct http *http_open(const char *address, http_answer_fn *answer, void *context,
                                  struct err *err);

int http_port(const struct http *http); /* the port in use */
int http_fd(const struct http *http);   /* readable when http_step() has work */
void http_step(struct http *http);      /* never waits */
void http_close(struct http *http);     /* NULL is allowed */

#endif
