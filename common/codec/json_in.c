#include "codec/json_in.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "codec/base64.h"
#include "codec/binding.h"
#include "codec/codec.h"

#define JSON_SIZE_MAX (2 * CODEC_MESSAGE_MAX) /* the longest dead letter in base64 fits */

static int refuse(const struct event_field *field, const char *what, struct err *err)
{
    return err_set(err, ERR_REJECT, "%s: %s", field->name, what);
}

static int text_in(const struct event_field *field, const json_t *value, char *to, struct err *err)
{
    size_t size = json_string_length(value);

    if (!json_is_string(value))
        return refuse(field, "must be a string", err);
    if (size == 0 && field->kind == FIELD_TEXT)
        return refuse(field, "must not be empty", err);
    if (size > field->max)
        return err_set(err, ERR_REJECT, "%s: longer than %zu bytes", field->name, field->max);
    memcpy(to, json_string_value(value), size + 1);
    return 0;
}

static bool takes_times(const struct event_field *field)
{
    static const char tail[] = "_at_ms";
    size_t size = strlen(field->name);

    return size >= sizeof tail && strcmp(field->name + size - (sizeof tail - 1), tail) == 0;
}

static int number_in(const struct event_field *field, const json_t *value, char *to,
                     struct err *err)
{
    bool is_long = field->kind == FIELD_LONG || field->kind == FIELD_OPT_LONG;
    int64_t number;

    if (json_is_integer(value)) {
        number = json_integer_value(value);
    } else if (takes_times(field) && json_is_string(value)) {
        if (!str_to_time(json_string_value(value), &number))
            return refuse(field, "no RFC 3339 time with offset, as in 2026-03-02T09:15:30+07:00",
                          err);
    } else {
        return refuse(field, takes_times(field) ? "must be whole milliseconds or an RFC 3339 time"
                                                : "must be a whole number",
                      err);
    }
    if ((field->kind == FIELD_OPT_LONG || field->kind == FIELD_OPT_INT) && number == 0)
        return refuse(field, "0 where null is meant", err);
    if (is_long) {
        memcpy(to, &number, sizeof number);
        return 0;
    }
    if (number < INT32_MIN || number > INT32_MAX)
        return refuse(field, "not an int of 32 bits", err);
    int32_t narrow = (int32_t)number;
    memcpy(to, &narrow, sizeof narrow);
    return 0;
}

static int enum_in(const struct event_field *field, const json_t *value, char *to, struct err *err)
{
    if (!json_is_string(value))
        return refuse(field, "must be the name of a symbol", err);
    for (int32_t i = 0; i < field->symbol_count; i++) {
        if (strcmp(field->symbols[i], json_string_value(value)) == 0) {
            memcpy(to, &i, sizeof i);
            return 0;
        }
    }
    return refuse(field, "no symbol of the schema", err);
}

/* Into struct { size, at }: see EVENT_BYTES_. */
static int bytes_in(const struct event_field *field, const json_t *value, char *to,
                    struct err *err)
{
    size_t size;

    if (!json_is_string(value))
        return refuse(field, "must be a base64 string", err);
    if (!base64_read(json_string_value(value), json_string_length(value),
                     (uint8_t *)to + sizeof(uint32_t), field->max, &size))
        return err_set(err, ERR_REJECT, "%s: no padded base64 of at most %zu bytes", field->name,
                       field->max);
    uint32_t count = (uint32_t)size;
    memcpy(to, &count, sizeof count);
    return 0;
}

static bool may_be_null(const struct event_field *field)
{
    return field->kind == FIELD_OPT_TEXT || field->kind == FIELD_OPT_LONG ||
           field->kind == FIELD_OPT_INT || field->kind == FIELD_OPT_ENUM;
}

void json_null_into_field(const struct event_field *field, void *event)
{
    char *to = (char *)event + field->offset;

    if (field->kind == FIELD_OPT_ENUM)
        memcpy(to, &field->symbol_count, sizeof field->symbol_count);
    else if (field->kind == FIELD_OPT_LONG)
        memset(to, 0, sizeof(int64_t));
    else if (field->kind == FIELD_OPT_INT)
        memset(to, 0, sizeof(int32_t));
    else
        to[0] = '\0';
}

int json_into_field(const struct event_field *field, const json_t *value, void *event,
                    struct err *err)
{
    char *to = (char *)event + field->offset;

    if (json_is_null(value) && may_be_null(field)) {
        json_null_into_field(field, event);
        return 0;
    }
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: return text_in(field, value, to, err);
    case FIELD_LONG:
    case FIELD_OPT_LONG:
    case FIELD_INT:
    case FIELD_OPT_INT: return number_in(field, value, to, err);
    case FIELD_ENUM:
    case FIELD_OPT_ENUM: return enum_in(field, value, to, err);
    case FIELD_BYTES: return bytes_in(field, value, to, err);
    case FIELD_BOOL: break;
    }
    if (!json_is_boolean(value))
        return refuse(field, "must be true or false", err);
    *(bool *)(void *)to = json_is_true(value);
    return 0;
}

/* Which field's name ends at byte `end` of the text, quotes and all? */
static const char *name_before(const struct event_type_row *row, const char *text, size_t end)
{
    for (size_t i = 0; i < row->field_count; i++) {
        size_t size = strlen(row->fields[i].name);
        if (end >= size + 2 && text[end - 1] == '"' && text[end - size - 2] == '"' &&
            memcmp(text + end - size - 1, row->fields[i].name, size) == 0)
            return row->fields[i].name;
    }
    return "a field";
}

/* jansson's own text quotes the input, which may hold personal data (R20). */
static int refuse_text(const struct event_type_row *row, const char *text, size_t size,
                       const json_error_t *error, struct err *err)
{
    size_t at = error->position < 0 ? 0 : (size_t)error->position;

    if (json_error_code(error) == json_error_duplicate_key)
        return err_set(err, ERR_REJECT, "%s: %s: given twice", row->topic,
                       name_before(row, text, at < size ? at : size));
    return err_set(err, ERR_REJECT, "%s: no JSON object: line %d, column %d", row->topic,
                   error->line, error->column);
}

static int object_in(const struct event_type_row *row, json_t *object, void *event,
                     struct err *err)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value) {
        if (!binding_field(row, key)) {
            bool plain = strspn(key, "abcdefghijklmnopqrstuvwxyz_") == strlen(key);
            return err_set(err, ERR_REJECT, "%.40s: no such field", plain ? key : "(a name)");
        }
    }
    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        value = json_object_get(object, field->name);
        if (value) {
            if (json_into_field(field, value, event, err) < 0)
                return -1;
        } else if (may_be_null(field)) {
            json_null_into_field(field, event);
        } else {
            return refuse(field, "missing", err);
        }
    }
    return 0;
}

int codec_from_json(enum event_type type, const char *text, size_t size, void *event,
                    struct err *err)
{
    const struct event_type_row *row = event_row(type);
    json_error_t error;

    if (size > JSON_SIZE_MAX)
        return err_set(err, ERR_REJECT, "%s: longer than %d bytes", row->topic, JSON_SIZE_MAX);
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (!object)
        return refuse_text(row, text, size, &error, err);
    memset(event, 0, row->struct_size);
    int rc = -1;
    if (json_is_object(object))
        rc = object_in(row, object, event, err);
    else
        (void)err_set(err, ERR_REJECT, "no JSON object");
    json_decref(object);
    if (rc < 0)
        (void)err_prefix(err, row->topic);
    return rc;
}
