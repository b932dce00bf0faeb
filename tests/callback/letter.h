#ifndef TESTS_CALLBACK_LETTER_H
#define TESTS_CALLBACK_LETTER_H

/* Notifications as a partner writes them. */
#include <stdint.h>

#include "base/buf.h"
#include "snap/sign.h"

#define DANA_PATH "/v1/partners/dana/notify"
#define INSTALMENT "0123456789ABCDEFGHJK"
#define REFERENCE INSTALMENT "DEV02"
#define HISTORY                                                                                    \
    "of PST-1\n1601870400000 1 claimed BNI - -\n1601870400100 1 failed BNI CUT_OFF 4031706\n"      \
    "1601870400000 2 claimed DANA - -\n1601870400200 2 paid DANA - 2003800\n"

/* A new pair; free both. */
void letter_keys(struct snap_key **secret, struct snap_key **public);
/* The same, with the public one as PEM. */
void letter_pem(struct snap_key **secret, struct buf *pem);

/* base64 over body and timestamp, appended to out. */
void letter_sign(const struct snap_key *secret, const char *path, const char *body,
                 const char *timestamp, struct buf *out);

/* The simulator's form. word: transactionStatusDesc */
void letter_body(struct buf *out, const char *reference, const char *status, const char *word);

#endif
