/* Between Avro-C's values and our structs. No field is looked up by name here. */
#include "codec/binding.h"

#include <assert.h>
#include <string.h>

static int take_text(const avro_value_t *v, const struct event_field *field, char *to)
{
    const char *text;
    size_t size; /* counts the NUL */
    int rc = avro_value_get_string(v, &text, &size);

    if (rc != 0)
        return rc;
    assert(size >= 1 && size <= field->max + 1); /* layout_walk() saw to it */
    memcpy(to, text, size);
    return 0;
}

/* An anonymous struct { uint32_t size; uint8_t at[max]; } in the event: see EVENT_BYTES_. */
static int take_bytes(const avro_value_t *v, const struct event_field *field, char *to)
{
    const void *bytes;
    size_t size;
    int rc = avro_value_get_bytes(v, &bytes, &size);

    if (rc != 0)
        return rc;
    assert(size <= field->max);
    uint32_t count = (uint32_t)size;
    memcpy(to, &count, sizeof count);
    if (size > 0)
        memcpy(to + sizeof count, bytes, size);
    return 0;
}

static int take_long(const avro_value_t *v, enum wire wire, char *to)
{
    int64_t number = 0;
    int32_t narrow = 0;
    int rc;

    if (wire == WIRE_INT) { /* Avro's promotion */
        rc = avro_value_get_int(v, &narrow);
        number = narrow;
    } else {
        rc = avro_value_get_long(v, &number);
    }
    memcpy(to, &number, sizeof number);
    return rc;
}

static int take_enum(const avro_value_t *v, const struct branch *b, char *to)
{
    int index = 0;
    int rc = avro_value_get_enum(v, &index);

    if (rc != 0)
        return rc;
    assert(index >= 0 && index < b->symbol_count && b->symbols[index] >= 0);
    memcpy(to, &b->symbols[index], sizeof b->symbols[index]);
    return 0;
}

static int take_value(const avro_value_t *v, const struct branch *b,
                      const struct event_field *field, char *to)
{
    int number = 0;
    int rc;

    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: return take_text(v, field, to);
    case FIELD_LONG:
    case FIELD_OPT_LONG: return take_long(v, b->wire, to);
    case FIELD_INT:
    case FIELD_OPT_INT: return avro_value_get_int(v, (int32_t *)(void *)to);
    case FIELD_BOOL:
        rc = avro_value_get_boolean(v, &number);
        *(bool *)(void *)to = number != 0;
        return rc;
    case FIELD_ENUM:
    case FIELD_OPT_ENUM: return take_enum(v, b, to);
    case FIELD_BYTES: return take_bytes(v, field, to);
    }
    return -1;
}

static int take_step(avro_value_t *v, const struct step *step, char *to)
{
    int index = 0;

    if (!step->is_union)
        return take_value(v, &step->branches[0], step->field, to);
    if (avro_value_get_discriminant(v, &index) != 0)
        return -1;
    assert(index >= 0 && index < step->branch_count);
    if (step->branches[index].wire == WIRE_NULL)
        return 0; /* the blank has it */
    avro_value_t current;
    if (avro_value_get_current_branch(v, &current) != 0)
        return -1;
    return take_value(&current, &step->branches[index], step->field, to);
}

int binding_take(const struct binding *binding, void *event, struct err *err)
{
    const struct layout *layout = &binding->layout;

    for (size_t i = 0; i < layout->step_count; i++) {
        const struct step *step = &layout->steps[i];
        avro_value_t v;
        if (!step->field)
            continue;
        if (avro_value_get_by_index(&binding->value, i, &v, NULL) != 0 ||
            take_step(&v, step, (char *)event + step->field->offset) != 0)
            return err_set(err, ERR_REJECT, "%s: %s: Avro-C can't read it", layout->row->topic,
                           step->name);
    }
    return 0;
}

static bool is_absent(const struct event_field *field, const char *from)
{
    switch (field->kind) {
    case FIELD_OPT_TEXT: return from[0] == '\0';
    case FIELD_OPT_LONG: return *(const int64_t *)(const void *)from == 0;
    case FIELD_OPT_INT: return *(const int32_t *)(const void *)from == 0;
    case FIELD_OPT_ENUM: return *(const int32_t *)(const void *)from == field->symbol_count;
    case FIELD_TEXT:
    case FIELD_LONG:
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
    case FIELD_BYTES: break;
    }
    return false;
}

static const char *give_text(avro_value_t *v, const struct event_field *field, const char *from)
{
    const char *end = memchr(from, '\0', field->max + 1);

    if (!end)
        return "the text has no end";
    size_t size = (size_t)(end - from);
    if (size == 0)
        return "empty";
    if (!layout_is_text(from, size))
        return "not UTF-8 text";
    return avro_value_set_string_len(v, from, size + 1) ? "Avro-C can't take it" : NULL;
}

static const char *give_bytes(avro_value_t *v, const struct event_field *field, const char *from)
{
    uint32_t size;

    memcpy(&size, from, sizeof size);
    if (size > field->max)
        return "too long";
    /* Avro-C's setters take a pointer to what they only read. */
    union { const void *in; void *out; } bytes = { .in = from + sizeof size };
    return avro_value_set_bytes(v, bytes.out, size) ? "Avro-C can't take it" : NULL;
}

static const char *give_value(avro_value_t *v, const struct event_field *field, const char *from)
{
    int rc = -1;
    int32_t number;

    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: return give_text(v, field, from);
    case FIELD_BYTES: return give_bytes(v, field, from);
    case FIELD_LONG:
    case FIELD_OPT_LONG: rc = avro_value_set_long(v, *(const int64_t *)(const void *)from); break;
    case FIELD_INT:
    case FIELD_OPT_INT: rc = avro_value_set_int(v, *(const int32_t *)(const void *)from); break;
    case FIELD_BOOL: rc = avro_value_set_boolean(v, *(const bool *)(const void *)from); break;
    case FIELD_ENUM:
    case FIELD_OPT_ENUM:
        number = *(const int32_t *)(const void *)from;
        if (number < 0 || number >= field->symbol_count)
            return "no symbol of its list";
        rc = avro_value_set_enum(v, number);
        break;
    }
    return rc == 0 ? NULL : "Avro-C can't take it";
}

static const char *give_step(avro_value_t *v, const struct step *step, const char *from)
{
    if (!step->is_union)
        return give_value(v, step->field, from);
    bool absent = is_absent(step->field, from);
    avro_value_t branch;
    if (avro_value_set_branch(v, absent ? 0 : 1, &branch) != 0)
        return "Avro-C can't take it";
    if (absent)
        return avro_value_set_null(&branch) ? "Avro-C can't take it" : NULL;
    return give_value(&branch, step->field, from);
}

int binding_give(struct binding *binding, const void *event, struct err *err)
{
    const struct layout *layout = &binding->layout;

    for (size_t i = 0; i < layout->step_count; i++) {
        const struct step *step = &layout->steps[i];
        avro_value_t v;
        const char *wrong = "Avro-C can't take it";
        if (avro_value_get_by_index(&binding->value, i, &v, NULL) == 0)
            wrong = give_step(&v, step, (const char *)event + step->field->offset);
        if (wrong)
            return err_set(err, ERR_FATAL, "%s: %s: %s", layout->row->topic, step->name, wrong);
    }
    return 0;
}
