#include "base/log.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

static const char *who = "insentif";
static enum log_level lowest = LOG_INFO;
static struct buf line; /* one thread at a time: see log.h */

void log_open(const char *name, enum log_level least)
{
    who = name;
    lowest = least;
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    return names[level];
}

void log_write(enum log_level level, const struct log_field *fields, size_t count)
{
    if (level < lowest)
        return;
    char at[STR_TIME_MAX];
    str_time(clock_wire_ms(), at);
    buf_reset(&line);
    buf_printf(&line, "{\"at\":\"%s\",\"level\":\"%s\",\"worker\":\"", at, level_name(level));
    buf_json(&line, who);
    buf_text(&line, "\"");
    for (size_t i = 0; i < count; i++) {
        buf_text(&line, ",\"");
        buf_json(&line, fields[i].key);
        if (fields[i].text) {
            buf_text(&line, "\":\"");
            buf_json(&line, fields[i].text);
            buf_text(&line, "\"");
        } else {
            buf_printf(&line, "\":%" PRId64, fields[i].number);
        }
    }
    buf_text(&line, "}\n");
    ssize_t rc = write(STDERR_FILENO, line.data, line.size); /* one write: lines never mix */
    (void)rc; /* a closed stderr is no reason to stop paying */
}
