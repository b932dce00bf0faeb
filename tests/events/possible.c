#include "possible.h"

#include <stdlib.h>
#include <string.h>

static void set(char *to, const struct change *change)
{
    if (change->text) {
        assert_true(strlen(change->text) < change->size);
        memset(to, 0, change->size);
        memcpy(to, change->text, strlen(change->text));
        return;
    }
    int32_t narrow = (int32_t)change->number;
    uint32_t size = (uint32_t)change->number;
    if (change->size == sizeof change->number)
        memcpy(to, &change->number, sizeof change->number);
    else if (narrow == change->number)
        memcpy(to, &narrow, sizeof narrow);
    else
        memcpy(to, &size, sizeof size);
}

void check_changes(enum event_type type, const void *possible, const struct change *changes,
                   size_t count)
{
    const struct event_type_row *row = event_row(type);
    const char *says = event_impossible(type, possible, T0);
    size_t tried = 0;

    if (says)
        fail_msg("%s: %s", row->topic, says);
    for (size_t i = 0; i < count; i++) {
        const struct change *c = &changes[i];
        if (c->type != type)
            continue;
        char *event = malloc(row->struct_size);
        assert_non_null(event);
        memcpy(event, possible, row->struct_size);
        set(event + c->offset, c);
        says = event_impossible(type, event, T0);
        if ((says == NULL) != (c->says == NULL) ||
            (says && strncmp(says, c->says, strlen(c->says)) != 0))
            fail_msg("row %zu, %s, '%s' %lld: '%s', not '%s'", i, row->topic,
                     c->text ? c->text : "", (long long)c->number, says ? says : "possible",
                     c->says ? c->says : "possible");
        free(event);
        tried++;
    }
    assert_true(tried > 0);
}
