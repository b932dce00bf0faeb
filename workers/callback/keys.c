#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

#define PEM_MAX 8192
#define PATH_MAX_BYTES 4096

static void lower(const char *name, char out[16])
{
    size_t i = 0;

    for (; name[i] && i < 15; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    out[i] = '\0';
}

enum partner partner_named(const char *name, size_t size)
{
    int p = 0;

    for (; p < PARTNER_COUNT; p++) {
        char own[16];
        lower(partner_row((enum partner)p)->name, own);
        if (strlen(own) == size && memcmp(own, name, size) == 0)
            break;
    }
    return (enum partner)p;
}

static int read_one(struct keys *keys, enum partner partner, const char *folder, struct buf *pem,
                    struct err *err)
{
    char name[16], path[PATH_MAX_BYTES];
    struct stat there;

    lower(partner_row(partner)->name, name);
    if (snprintf(path, sizeof path, "%s/%s.pem", folder, name) >= (int)sizeof path)
        return err_set(err, ERR_FATAL, "the path is too long");
    if (stat(path, &there) < 0 && errno == ENOENT)
        return 0;
    if (file_text(path, PEM_MAX, pem, err) < 0)
        return -1;
    keys->of[partner] = snap_key_public(pem->data, err);
    return keys->of[partner] ? 0 : err_prefix(err, path);
}

int keys_read(struct keys *keys, const char *folder, struct err *err)
{
    struct buf pem = { 0 };
    int rc = 0, found = 0;

    *keys = (struct keys){ { NULL } };
    for (int p = 0; p < PARTNER_COUNT && rc == 0; p++) {
        rc = read_one(keys, (enum partner)p, folder, &pem, err);
        found += keys->of[p] != NULL;
    }
    buf_release(&pem);
    if (rc == 0 && found == 0)
        rc = err_set(err, ERR_FATAL, "%.150s holds no <partner>.pem, such as dana.pem", folder);
    if (rc < 0)
        keys_free(keys);
    return rc;
}

void keys_free(struct keys *keys)
{
    for (int p = 0; p < PARTNER_COUNT; p++)
        snap_key_free(keys->of[p]);
    *keys = (struct keys){ { NULL } };
}
