#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "sim.h"

#define KEY_FILE_MAX 16384
#define SECRET_BYTES 32

int sim_read_file(const char *path, size_t max, struct buf *out, struct err *err)
{
    char piece[65536];
    size_t got;
    FILE *file = fopen(path, "rb");

    if (!file)
        return err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && out->size + got <= max)
        buf_add(out, piece, got);
    bool failed = ferror(file) || !feof(file);
    (void)fclose(file);
    if (failed)
        return err_set(err, ERR_FATAL, "%s: cannot be read, or is longer than %zu bytes", path,
                       max);
    if (!out->data)
        buf_text(out, "");
    return 0;
}

static int read_secret(const char *path, char out[129], struct err *err)
{
    struct buf text = { 0 };
    int rc = sim_read_file(path, KEY_FILE_MAX, &text, err);

    while (rc == 0 && text.size > 0 && strchr("\r\n", text.data[text.size - 1]))
        text.data[--text.size] = '\0';
    if (rc == 0 && (text.size == 0 || !str_copy(out, 129, text.data)))
        rc = err_set(err, ERR_FATAL, "%s: a secret has 1 to 128 characters", path);
    snap_cleanse_buf(&text);
    buf_release(&text);
    return rc;
}

int sim_keys_read(struct sim *sim, const char *folder, struct err *err)
{
    char path[512];
    struct buf pem = { 0 };

    (void)snprintf(path, sizeof path, "%.400s/client.pub.pem", folder);
    int rc = sim_read_file(path, KEY_FILE_MAX, &pem, err);
    if (rc == 0)
        sim->client_key = snap_key_public(pem.data, err);
    buf_release(&pem);
    if (rc < 0 || !sim->client_key)
        return -1;
    for (size_t i = 0; i < SIM_PARTNERS; i++) {
        (void)snprintf(path, sizeof path, "%.400s/secret.%s", folder, sim_partners[i].name);
        if (access(path, F_OK) != 0)
            (void)snprintf(path, sizeof path, "%.400s/secret", folder);
        if (read_secret(path, sim->secrets[i], err) < 0)
            return -1;
    }
    return 0;
}

/* A new file for its owner alone. */
static FILE *create(const char *folder, const char *name, mode_t mode, struct err *err)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%.400s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file)
        err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
    return file;
}

static bool is_there(const char *folder, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof path, "%.400s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* NAME.pem and NAME.pub.pem, unless the latter, which is written last, is there. */
static int make_pair(const char *folder, const char *name, struct err *err)
{
    char private[32], public[32];

    (void)snprintf(private, sizeof private, "%s.pem", name);
    (void)snprintf(public, sizeof public, "%s.pub.pem", name);
    if (is_there(folder, public))
        return 0;
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    FILE *file = pkey ? create(folder, private, 0600, err) : NULL;
    bool good = file && PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1;
    good = file && fclose(file) == 0 && good;
    file = good ? create(folder, public, 0644, err) : NULL;
    good = file && PEM_write_PUBKEY(file, pkey) == 1;
    good = file && fclose(file) == 0 && good;
    EVP_PKEY_free(pkey);
    return good ? 0 : err_set(err, ERR_FATAL, "%s: the %s keys cannot be written", folder, name);
}

static int make_secret(const char *folder, struct err *err)
{
    struct buf secret = { 0 };

    if (is_there(folder, "secret"))
        return 0;
    FILE *file = create(folder, "secret", 0600, err);
    if (!file)
        return -1;
    buf_reserve(&secret, 2 * SECRET_BYTES + 1);
    snap_random_hex(SECRET_BYTES, &secret);
    bool good = fprintf(file, "%s\n", secret.data) > 0;
    good = fclose(file) == 0 && good;
    snap_cleanse_buf(&secret);
    buf_release(&secret);
    return good ? 0 : err_set(err, ERR_FATAL, "%s: the secret cannot be written", folder);
}

int sim_keys_make(const char *folder, struct err *err)
{
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return err_set(err, ERR_FATAL, "%s: %s", folder, strerror(errno));
    if (make_pair(folder, "client", err) < 0 || make_pair(folder, "partner", err) < 0)
        return -1;
    return make_secret(folder, err);
}
