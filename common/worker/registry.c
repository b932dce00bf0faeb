#include "worker/registry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define PATH_SIZE 4096
#define BLANKS " \t\r"
#define WORDS_MAX 3

/* A whole file as text. ERR_FATAL without the path. */
static int read_text(const char *path, size_t most, struct buf *out, struct err *err)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return err_set(err, ERR_FATAL, "it can't be opened: %s", strerror(errno));
    buf_reset(out);
    buf_reserve(out, most + 1);
    out->size = fread(out->data, 1, most + 1, file);
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    if (broken)
        return err_set(err, ERR_FATAL, "it can't be read");
    if (out->size > most)
        return err_set(err, ERR_FATAL, "it is longer than %zu bytes", most);
    out->data[out->size] = '\0';
    if (!str_is_utf8(out->data, out->size))
        return err_set(err, ERR_FATAL, "it isn't UTF-8 text");
    return 0;
}

/* The .avsc named in a line: beside the file with the ids, unless it is an absolute path. */
static int read_schema(const char *list, const char *name, struct buf *avsc, struct err *err)
{
    const char *slash = name[0] == '/' ? NULL : strrchr(list, '/');
    char path[PATH_SIZE];
    int size = snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - list) : 0, list,
                        name);

    if (size < 0 || (size_t)size >= sizeof path)
        return err_set(err, ERR_FATAL, "the path is too long");
    if (read_text(path, REGISTRY_FILE_MAX, avsc, err) == 0)
        return 0;
    char prefix[100];
    (void)snprintf(prefix, sizeof prefix, "%.99s", name);
    return err_prefix(err, prefix);
}

static int bind_line(struct codec *codec, const char *list, char *line, struct buf *avsc,
                     struct err *err)
{
    char *words[WORDS_MAX + 1] = { NULL }, *rest = NULL;
    size_t count = 0;
    int64_t id;

    for (char *word = strtok_r(line, BLANKS, &rest); word && count <= WORDS_MAX;
         word = strtok_r(NULL, BLANKS, &rest))
        words[count++] = word;
    if (count == 0 || words[0][0] == '#')
        return 0;
    if (count < 2 || count > WORDS_MAX)
        return err_set(err, ERR_FATAL, "must be an id, an event and perhaps an .avsc");
    if (!str_to_int64(words[0], 0, INT32_MAX, &id))
        return err_set(err, ERR_FATAL, "the id must be a whole number from 0 to %d", INT32_MAX);
    enum event_type type = event_of_topic(words[1]);
    if (type == EVENT_COUNT)
        return err_set(err, ERR_FATAL, "there is no event %.60s", words[1]);
    if (words[2] && read_schema(list, words[2], avsc, err) < 0)
        return -1;
    return codec_bind_id(codec, (int32_t)id, type, words[2] ? avsc->data : codec_schema(type),
                         err);
}

int registry_bind(struct codec *codec, const char *path, struct err *err)
{
    struct buf text = { 0 }, avsc = { 0 };
    char prefix[120] = "";
    int rc = read_text(path, REGISTRY_FILE_MAX, &text, err);

    (void)snprintf(prefix, sizeof prefix, "%.100s", path);
    char *line = text.data;
    for (int number = 1; rc == 0 && line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = '\0';
        rc = bind_line(codec, path, line, &avsc, err);
        (void)snprintf(prefix, sizeof prefix, "%.100s, line %d", path, number);
        line = end ? end + 1 : NULL;
    }
    buf_release(&text);
    buf_release(&avsc);
    if (rc == 0)
        return 0;
    err->kind = ERR_FATAL; /* configuration, not input */
    return err_prefix(err, prefix);
}
