#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

/* What http.c and post.c share. */
#include <microhttpd.h>

#include "http/http.h"

struct post {
    http_take_fn *take; /* NULL: POST isn't taken */
    void *context;
    struct http_call *calls[HTTP_CONNECTIONS_MAX]; /* from the first byte of the body on */
};

/* MHD comes with one POST, several times; *state is ours, NULL at first. */
enum MHD_Result post_step(struct post *post, struct MHD_Connection *connection, const char *path,
                          const char *part, size_t *size, struct http_call **state);
void post_end(struct http_call *call);  /* MHD has done with it */
void post_close(struct post *post);     /* calls without an answer get 503 */

enum MHD_Result http_reply(struct MHD_Connection *connection, unsigned int status,
                           const char *type, const struct buf *body);

#endif
