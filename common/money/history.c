/* One line per thing that happened to a payment: "at_ms attempt what partner reason code". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money/inside.h"

static void drop_oldest(struct buf *history)
{
    size_t lines = 0;

    for (size_t i = 0; i < history->size; i++)
        lines += history->data[i] == '\n';
    if (lines < HISTORY_LINES_MAX)
        return;
    const char *end = memchr(history->data, '\n', history->size);
    size_t cut = (size_t)(end - history->data) + 1;
    memmove(history->data, history->data + cut, history->size - cut + 1);
    history->size -= cut;
}

void history_add(struct buf *history, int64_t at_ms, int32_t attempt, const char *what,
                 const char *partner, const char *reason, const char *raw_code)
{
    drop_oldest(history);
    buf_printf(history, "%" PRId64 " %" PRId32 " %s %s %s %s\n", at_ms, attempt, what,
               *partner ? partner : "-", *reason ? reason : "-", *raw_code ? raw_code : "-");
}

int64_t history_first(const struct buf *history, int32_t attempt, const char *what)
{
    char wanted[64];
    int size = snprintf(wanted, sizeof wanted, " %" PRId32 " %s ", attempt, what);

    if (history->size == 0)
        return 0;
    for (const char *line = history->data; line && *line;) {
        const char *space = strchr(line, ' '), *end = strchr(line, '\n');
        if (space && strncmp(space, wanted, (size_t)size) == 0)
            return strtoll(line, NULL, 10);
        line = end ? end + 1 : NULL;
    }
    return 0;
}
