#ifndef TESTS_SNAP_WIRE_SERVER_H
#define TESTS_SNAP_WIRE_SERVER_H

/*
 * A server that answers what a test gives it, in the test's own thread: it moves between the steps
 * of the room, so that nothing depends on time.
 */
#include "base/buf.h"
#include "snap/snap.h"

#define CONNECTIONS 16

enum manner {
    ANSWER, /* and close */
    KEEP,   /* answer, and leave the connection open */
    HOLD,   /* never answer */
    CUT, /* read the request, close without an answer */
    CLOSE_AT_ONCE,
};

struct wire_server {
    int listen_fd, port;
    int fds[CONNECTIONS];
    struct buf in[CONNECTIONS];
    enum manner manner;
    struct buf token_answer, answer;
    size_t connections, requests, token_requests;
    struct buf last, before; /* whole requests */
};

extern struct wire_server server;
extern struct buf pem; /* a private key for tests */
extern char url[64];   /* of the server, http */

int open_server(void **state);
int close_server(void **state);

/* An answer with its Content-Length. */
void add_answer(struct buf *out, const char *status, const char *body);
/* From now on, with all counts at nought. */
void serve_with(enum manner manner, const char *status, const char *body);

/* Both sides move until the call is done, or the server has seen a request and holds it. */
void run(struct snap *snap, const struct snap_call *call);

#endif
