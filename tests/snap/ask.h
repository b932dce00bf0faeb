#ifndef TESTS_SNAP_ASK_H
#define TESTS_SNAP_ASK_H

/* Single requests to a simulator, signed as a client would, or not quite. */
#include "sim_child.h"

#define INQUIRY "/dana/rest/v1.0/emoney/account-inquiry"
#define GOPAY_TOKEN "/gopay/v1.0/access-token/b2b"
#define GRANT "{\"grantType\": \"client_credentials\"}"
#define BODY                                                                                       \
    "{\"partnerReferenceNo\":\"R1\",\"customerNumber\":\"628110000001\",\"amount\":{\"value\":"    \
    "\"600000.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}"

extern struct sim_child ask_child;

int ask_open(void **state); /* a simulator, and its keys */
int ask_close(void **state);

struct ask {
    const char *path, *body;
    const char *without;   /* a header that is left out */
    const char *timestamp; /* NULL: now */
    const char *partner_id, *external_id, *channel_id, *content_type;
    const char *token;       /* symmetric */
    const char *signed_body; /* NULL: body */
};

/* Sends it signed; returns the answer's code as a number, or the HTTP status when it has none. */
int64_t ask_for(const struct ask *ask);

/* Asks for a token; returns the code. */
int64_t ask_token(const char *path, const char *client, const char *body, bool sign_right,
                  char token[65]);

#endif
