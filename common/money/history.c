/* First whose payment it is: "of participant"; then one line per thing that happened to it:
 * "at_ms attempt what partner reason code". */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money/inside.h"

void history_trim(struct buf *history)
{
    size_t lines = 0, first = 0, keep = history->size;

    for (size_t i = history->size; i > 0 && lines <= HISTORY_LINES_MAX; i--)
        if (history->data[i - 1] == '\n' && lines++ <= HISTORY_LINES_MAX)
            keep = i;
    for (; first < history->size && history->data[first] != '\n'; first++)
        ;
    if (lines <= HISTORY_LINES_MAX || keep <= ++first)
        return;
    memmove(history->data + first, history->data + keep, history->size - keep + 1);
    history->size -= keep - first;
}

void history_add(struct buf *history, const char *participant, int64_t at_ms, int32_t attempt,
                 const char *what, const char *partner, const char *reason, const char *raw_code)
{
    if (history->size == 0)
        buf_printf(history, "of %s\n", participant);
    buf_printf(history, "%" PRId64 " %" PRId32 " %s %s %s %s\n", at_ms, attempt, what,
               *partner ? partner : "-", *reason ? reason : "-", *raw_code ? raw_code : "-");
}

const char *history_line(const struct buf *history, int32_t attempt, const char *what)
{
    char wanted[64];
    int size = snprintf(wanted, sizeof wanted, " %" PRId32 " %s ", attempt, what);

    if (history->size == 0)
        return NULL;
    for (const char *line = history->data; line && *line;) {
        const char *space = strchr(line, ' '), *end = strchr(line, '\n');
        if (space && strncmp(space, wanted, (size_t)size) == 0)
            return line;
        line = end ? end + 1 : NULL;
    }
    return NULL;
}

int64_t history_first(const struct buf *history, int32_t attempt, const char *what)
{
    const char *line = history_line(history, attempt, what);

    return line ? strtoll(line, NULL, 10) : 0;
}
