#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "codec/base64.h"
#include "codec/codec.h"

static void text_out(struct buf *out, const struct event_field *field, const char *from)
{
    if (field->kind == FIELD_OPT_TEXT && from[0] == '\0') {
        buf_text(out, "null");
        return;
    }
    buf_text(out, "\"");
    buf_json(out, from);
    buf_text(out, "\"");
}

static void number_out(struct buf *out, const struct event_field *field, const char *from)
{
    bool is_long = field->kind == FIELD_LONG || field->kind == FIELD_OPT_LONG;
    bool may_be_null = field->kind == FIELD_OPT_LONG || field->kind == FIELD_OPT_INT;
    int64_t number = is_long ? *(const int64_t *)(const void *)from
                             : *(const int32_t *)(const void *)from;

    if (may_be_null && number == 0)
        buf_text(out, "null");
    else
        buf_printf(out, "%" PRId64, number);
}

static void enum_out(struct buf *out, const struct event_field *field, const char *from)
{
    int32_t index = *(const int32_t *)(const void *)from;

    if (field->kind == FIELD_OPT_ENUM && index == field->symbol_count) {
        buf_text(out, "null");
        return;
    }
    assert(index >= 0 && index < field->symbol_count);
    buf_printf(out, "\"%s\"", field->symbols[index]);
}

static void bytes_out(struct buf *out, const struct event_field *field, const char *from)
{
    uint32_t size; /* struct { size, at }: see EVENT_BYTES_ */

    memcpy(&size, from, sizeof size);
    assert(size <= field->max);
    buf_text(out, "\"");
    base64_write(out, (const uint8_t *)from + sizeof size, size);
    buf_text(out, "\"");
}

static void field_out(struct buf *out, const struct event_field *field, const char *from)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: text_out(out, field, from); break;
    case FIELD_LONG:
    case FIELD_OPT_LONG:
    case FIELD_INT:
    case FIELD_OPT_INT: number_out(out, field, from); break;
    case FIELD_BOOL: buf_text(out, *(const bool *)(const void *)from ? "true" : "false"); break;
    case FIELD_ENUM:
    case FIELD_OPT_ENUM: enum_out(out, field, from); break;
    case FIELD_BYTES: bytes_out(out, field, from); break;
    }
}

void codec_to_json(enum event_type type, const void *event, struct buf *out)
{
    const struct event_type_row *row = event_row(type);

    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        buf_printf(out, "%s\"%s\":", i == 0 ? "{" : ",", field->name);
        field_out(out, field, (const char *)event + field->offset);
    }
    buf_text(out, "}");
}
