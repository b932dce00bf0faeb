/*
 * embed OUT.c FILE.avsc...: writes the source file that puts the schemas into the program, each
 * with the fingerprint of its Parsing Canonical Form. Run by the build.
 *
 * A file is <topic>.avsc (today's schema) or <topic>.<n>.avsc (history). Its text is kept whole,
 * with all docs: it is what a registry and other teams get.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "codec/canonical.h"

#define FILE_MAX (64 * 1024)
#define TOPIC_NAME_MAX 64

struct source {
    const char *path;
    char topic[TOPIC_NAME_MAX + 1];
    int64_t version;
    uint64_t fingerprint;
};

static int complain(const char *path, const char *what)
{
    (void)fprintf(stderr, "embed: %s: %s\n", path, what);
    return -1;
}

static int read_file(const char *path, struct buf *text)
{
    char chunk[4096];
    size_t got;
    FILE *file = fopen(path, "rb");

    if (!file)
        return complain(path, "cannot be opened");
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0 && text->size <= FILE_MAX)
        buf_add(text, chunk, got);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad || text->size == 0 || text->size > FILE_MAX)
        return complain(path, "cannot be read, is empty or is longer than 64 KiB");
    for (size_t i = 0; i < text->size; i++)
        if ((text->data[i] < 0x20 && text->data[i] != '\n') || text->data[i] > 0x7e)
            return complain(path, "only ASCII text without tabs can be embedded");
    return 0;
}

/* training-completed.avsc, training-completed.2.avsc */
static int read_name(struct source *source)
{
    const char *slash = strrchr(source->path, '/');
    char name[TOPIC_NAME_MAX + 16];

    if (!str_copy(name, sizeof name, slash ? slash + 1 : source->path))
        return complain(source->path, "the file's name is too long");
    char *end = strstr(name, ".avsc");
    if (!end || end[5] != '\0')
        return complain(source->path, "the file's name doesn't end in .avsc");
    *end = '\0';
    char *dot = strchr(name, '.');
    if (dot) {
        *dot = '\0';
        if (!str_to_int64(dot + 1, 1, 9999, &source->version))
            return complain(source->path, "history is named <topic>.<n>.avsc, n from 1 to 9999");
    }
    if (!str_copy(source->topic, sizeof source->topic, name) || name[0] == '\0')
        return complain(source->path, "the file's name isn't a topic");
    return 0;
}

static int fingerprint(struct source *source, const struct buf *text)
{
    json_error_t error;
    json_t *schema = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, &error);
    struct buf form = { 0 };
    const char *why = "";

    if (!schema) {
        (void)fprintf(stderr, "embed: %s:%d: %s\n", source->path, error.line, error.text);
        return -1;
    }
    int rc = canonical_form(schema, &form, &why);
    if (rc < 0)
        (void)complain(source->path, why);
    else
        source->fingerprint = canonical_fingerprint(form.data, form.size);
    buf_release(&form);
    json_decref(schema);
    return rc;
}

/* As numbers: ISO C promises no more than 4095 characters in a string literal. */
static void write_text(struct buf *out, size_t index, const struct buf *text)
{
    buf_printf(out, "static const char text_%zu[] = {", index);
    for (size_t i = 0; i < text->size; i++)
        buf_printf(out, "%s%d,", i % 24 == 0 ? "\n    " : " ", text->data[i]);
    buf_text(out, "\n    0,\n};\n");
}

static int write_sources(struct source *sources, size_t count, struct buf *out)
{
    struct buf text = { 0 };
    int rc = 0;

    buf_text(out, "/* Written by embed.c from schemas/. */\n#include \"codec/embedded.h\"\n\n");
    for (size_t i = 0; i < count && rc == 0; i++) {
        buf_reset(&text);
        rc = read_name(&sources[i]);
        if (rc == 0)
            rc = read_file(sources[i].path, &text);
        if (rc == 0)
            rc = fingerprint(&sources[i], &text);
        if (rc == 0)
            write_text(out, i, &text);
    }
    buf_release(&text);
    if (rc < 0)
        return rc;
    buf_text(out, "\nconst struct embedded_schema embedded_schemas[] = {\n");
    for (int history = 0; history < 2; history++) /* today's first */
        for (size_t i = 0; i < count; i++)
            if ((sources[i].version > 0) == (history > 0))
                buf_printf(out, "    { \"%s\", %d, text_%zu, UINT64_C(0x%016" PRIx64 ") },\n",
                           sources[i].topic, (int)sources[i].version, i, sources[i].fingerprint);
    buf_printf(out, "};\nconst size_t embedded_schema_count = %zu;\n", count);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: embed OUT.c FILE.avsc...\n");
        return 2;
    }
    size_t count = (size_t)(argc - 2);
    struct source *sources = calloc(count, sizeof *sources);
    if (!sources)
        return 1;
    for (size_t i = 0; i < count; i++)
        sources[i].path = argv[i + 2];
    struct buf out = { 0 };
    int rc = write_sources(sources, count, &out);
    if (rc == 0) {
        FILE *file = fopen(argv[1], "wb");
        if (!file || fwrite(out.data, 1, out.size, file) != out.size)
            rc = complain(argv[1], "cannot be written");
        if (file && fclose(file) != 0)
            rc = complain(argv[1], "cannot be written");
    }
    buf_release(&out);
    free(sources);
    return rc == 0 ? 0 : 1;
}
