#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct metric {
    char name[96];
    char labels[160];
    const char *help;
    const char *type;
    int64_t value;
};

static struct metric all[METRICS_MAX];
static size_t count;

static struct metric *get(const char *name, const char *labels, const char *help, const char *type)
{
    if (!labels)
        labels = "";
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].name, name) == 0 && strcmp(all[i].labels, labels) == 0)
            return &all[i];
    assert(count < METRICS_MAX);
    struct metric *m = &all[count++];
    bool fits = str_copy(m->name, sizeof m->name, name) &&
                str_copy(m->labels, sizeof m->labels, labels);
    assert(fits);
    (void)fits;
    m->help = help;
    m->type = type;
    return m;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
    return get(name, labels, help, "counter");
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
    return get(name, labels, help, "gauge");
}

void metric_add(struct metric *m, int64_t n)
{
    m->value += n;
}

void metric_set(struct metric *m, int64_t value)
{
    m->value = value;
}

int64_t metric_value(const struct metric *m)
{
    return m->value;
}

static bool first_of_name(size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(all[k].name, all[i].name) == 0)
            return false;
    return true;
}

void metrics_render(struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!first_of_name(i))
            continue;
        if (all[i].help)
            buf_printf(out, "# HELP %s %s\n", all[i].name, all[i].help);
        buf_printf(out, "# TYPE %s %s\n", all[i].name, all[i].type);
        for (size_t k = i; k < count; k++) {
            if (strcmp(all[k].name, all[i].name) != 0)
                continue;
            buf_text(out, all[k].name);
            if (all[k].labels[0])
                buf_printf(out, "{%s}", all[k].labels);
            buf_printf(out, " %" PRId64 "\n", all[k].value);
        }
    }
}
