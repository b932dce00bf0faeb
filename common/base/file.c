#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

int file_text(const char *path, size_t most, struct buf *out, struct err *err)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return err_set(err, ERR_FATAL, "%s: can't be opened: %s", path, strerror(errno));
    buf_reset(out);
    buf_reserve(out, most + 2);
    out->size = fread(out->data, 1, most + 1, file);
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    out->data[out->size] = '\0';
    if (broken)
        return err_set(err, ERR_FATAL, "%s: can't be read", path);
    if (out->size > most)
        return err_set(err, ERR_FATAL, "%s: longer than %zu bytes", path, most);
    if (strlen(out->data) != out->size || !str_is_utf8(out->data, out->size))
        return err_set(err, ERR_FATAL, "%s: not UTF-8 text", path);
    return 0;
}
