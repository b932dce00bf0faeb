#ifndef WORKERS_CALLBACK_KEYS_H
#define WORKERS_CALLBACK_KEYS_H

/* The partners' public keys: <folder>/<partner in lower case>.pem, RSA, read once at the start. */
#include "base/err.h"
#include "policy/domain.h"
#include "snap/sign.h"

struct keys {
    struct snap_key *of[PARTNER_COUNT]; /* NULL: that partner is refused */
};

/* ERR_FATAL names the file that is no key, or says that the folder has none. */
MUST_CHECK int keys_read(struct keys *keys, const char *folder, struct err *err);
void keys_free(struct keys *keys);

/* The partner whose name in lower case is name[0..size); PARTNER_COUNT: none. */
enum partner partner_named(const char *name, size_t size);

#endif
