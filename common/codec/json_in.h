#ifndef CODEC_JSON_IN_H
#define CODEC_JSON_IN_H

#include <jansson.h>

#include "base/err.h"
#include "events/events.h"

/* Put one JSON value into its field. ERR_REJECT names the field. Internal to codec. */
MUST_CHECK int json_into_field(const struct event_field *field, const json_t *value, void *event,
                               struct err *err);

/* null, "" or 0: what a nullable field holds when it is absent. */
void json_null_into_field(const struct event_field *field, void *event);

#endif
