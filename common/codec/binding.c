#include "codec/binding.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

/* "TrainingCompleted" is the record of training_completed. */
static bool is_camel_of(const char *camel, const char *snake)
{
    bool upper = true;

    for (; *snake; snake++) {
        if (*snake == '_') {
            upper = true;
            continue;
        }
        if (*camel++ != (upper ? (char)toupper((unsigned char)*snake) : *snake))
            return false;
        upper = false;
    }
    return *camel == '\0';
}

static const struct event_type_row *row_of_record(const char *name)
{
    for (int i = 0; i < EVENT_COUNT; i++)
        if (is_camel_of(name, event_row((enum event_type)i)->record))
            return event_row((enum event_type)i);
    return NULL;
}

const struct event_field *binding_field(const struct event_type_row *row, const char *name)
{
    for (size_t i = 0; i < row->field_count; i++)
        if (strcmp(row->fields[i].name, name) == 0)
            return &row->fields[i];
    return NULL;
}

static bool may_be_null(const struct event_field *field)
{
    return field->kind == FIELD_OPT_TEXT || field->kind == FIELD_OPT_LONG ||
           field->kind == FIELD_OPT_INT || field->kind == FIELD_OPT_ENUM;
}

/* Can a value written like this be read into that field? */
static bool wire_fits(enum wire wire, enum field_kind kind)
{
    switch (kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: return wire == WIRE_STRING;
    case FIELD_LONG:
    case FIELD_OPT_LONG: return wire == WIRE_LONG || wire == WIRE_INT;
    case FIELD_INT:
    case FIELD_OPT_INT: return wire == WIRE_INT;
    case FIELD_BOOL: return wire == WIRE_BOOL;
    case FIELD_ENUM:
    case FIELD_OPT_ENUM: return wire == WIRE_ENUM;
    case FIELD_BYTES: return wire == WIRE_BYTES;
    }
    return false;
}

static bool wire_of(avro_schema_t schema, enum wire *wire)
{
    switch ((int)avro_typeof(schema)) {
    case AVRO_NULL: *wire = WIRE_NULL; return true;
    case AVRO_BOOLEAN: *wire = WIRE_BOOL; return true;
    case AVRO_INT32: *wire = WIRE_INT; return true;
    case AVRO_INT64: *wire = WIRE_LONG; return true;
    case AVRO_FLOAT: *wire = WIRE_FLOAT; return true;
    case AVRO_DOUBLE: *wire = WIRE_DOUBLE; return true;
    case AVRO_STRING: *wire = WIRE_STRING; return true;
    case AVRO_BYTES: *wire = WIRE_BYTES; return true;
    case AVRO_FIXED: *wire = WIRE_FIXED; return true;
    case AVRO_ENUM: *wire = WIRE_ENUM; return true;
    default: return false; /* record, array, map, union in a union: our schemas are flat */
    }
}

static int32_t symbol_of(const struct event_field *field, const char *name)
{
    for (int32_t i = 0; i < field->symbol_count; i++)
        if (strcmp(field->symbols[i], name) == 0)
            return i;
    return -1;
}

static void map_symbols(struct branch *b, avro_schema_t schema, const struct event_field *field)
{
    b->symbols = calloc((size_t)b->symbol_count + 1, sizeof *b->symbols);
    if (!b->symbols)
        abort(); /* no worker can keep its promises without memory: see buf.h */
    for (int i = 0; i < b->symbol_count; i++)
        b->symbols[i] = symbol_of(field, avro_schema_enum_get(schema, i));
}

static int bind_branch(struct step *step, struct branch *b, avro_schema_t schema, struct err *err)
{
    const struct event_field *field = step->field;

    if (avro_typeof(schema) == AVRO_LINK) /* an enum or fixed that was defined further up */
        schema = avro_schema_link_target(schema);
    if (!wire_of(schema, &b->wire))
        return err_set(err, ERR_REJECT, "field %.60s isn't flat: it holds a %s", step->name,
                       avro_schema_type_name(schema));
    b->most = CODEC_MESSAGE_MAX;
    if (b->wire == WIRE_FIXED) {
        int64_t size = avro_schema_fixed_size(schema);
        if (size < 0 || size > CODEC_MESSAGE_MAX)
            return err_set(err, ERR_REJECT, "field %.60s is fixed to more than %d bytes",
                           step->name, CODEC_MESSAGE_MAX);
        b->most = (uint32_t)size;
    }
    if (b->wire == WIRE_ENUM)
        b->symbol_count = avro_schema_enum_number_of_symbols(schema);
    if (!field || b->wire == WIRE_NULL)
        return 0;
    if (!wire_fits(b->wire, field->kind))
        return err_set(err, ERR_REJECT, "field %.60s is written as %s, which can't be read here",
                       step->name, avro_schema_type_name(schema));
    if (b->wire == WIRE_STRING || b->wire == WIRE_BYTES)
        b->most = (uint32_t)field->max;
    b->least = field->kind == FIELD_TEXT ? 1 : 0;
    b->nonzero = field->kind == FIELD_OPT_LONG || field->kind == FIELD_OPT_INT;
    if (b->wire == WIRE_ENUM)
        map_symbols(b, schema, field);
    return 0;
}

static int bind_union(struct step *step, avro_schema_t schema, struct err *err)
{
    size_t count = avro_schema_union_size(schema);

    if (count == 0 || count > LAYOUT_BRANCHES_MAX)
        return err_set(err, ERR_REJECT, "field %.60s is a union of %zu, at most %d can be",
                       step->name, count, LAYOUT_BRANCHES_MAX);
    if (step->field && !may_be_null(step->field))
        return err_set(err, ERR_REJECT, "field %.60s is written as a union, here it can't be null",
                       step->name);
    step->is_union = true;
    for (size_t i = 0; i < count; i++) {
        step->branch_count++; /* before it is filled: binding_close() frees what is there */
        if (bind_branch(step, &step->branches[i], avro_schema_union_branch(schema, (int)i), err))
            return -1;
    }
    return 0;
}

static int bind_step(const struct event_type_row *row, struct step *step, avro_schema_t schema,
                     struct err *err)
{
    step->field = binding_field(row, step->name);
    if (is_avro_union(schema))
        return bind_union(step, schema, err);
    step->branch_count = 1;
    if (bind_branch(step, &step->branches[0], schema, err) < 0)
        return -1;
    if (step->field && step->branches[0].wire == WIRE_NULL)
        return err_set(err, ERR_REJECT, "field %.60s is written as null", step->name);
    return 0;
}

/* Every field of ours is written, or has a default (Avro, "Schema Resolution"). */
static int check_absent(const struct layout *layout, const struct blank *blank, struct err *err)
{
    for (size_t i = 0; i < layout->row->field_count; i++) {
        const struct event_field *field = &layout->row->fields[i];
        bool written = false;
        for (size_t k = 0; k < layout->step_count && !written; k++)
            written = layout->steps[k].field == field;
        if (!written && !blank->given[i])
            return err_set(err, ERR_REJECT, "field %s isn't written and has no default",
                           field->name);
    }
    return 0;
}

static int bind_record(struct binding *binding, const struct blank *blanks, struct err *err)
{
    struct layout *layout = &binding->layout;
    avro_schema_t schema = binding->schema;

    if (!is_avro_record(schema))
        return err_set(err, ERR_REJECT, "the schema isn't a record");
    layout->row = row_of_record(avro_schema_name(schema));
    if (!layout->row)
        return err_set(err, ERR_REJECT, "no event has a record %.60s", avro_schema_name(schema));
    size_t count = avro_schema_record_size(schema);
    if (count > LAYOUT_STEPS_MAX)
        return err_set(err, ERR_REJECT, "the schema has %zu fields, at most %d can be", count,
                       LAYOUT_STEPS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct step *step = &layout->steps[layout->step_count++];
        step->name = avro_schema_record_field_name(schema, (int)i);
        if (bind_step(layout->row, step, avro_schema_record_field_get_by_index(schema, (int)i),
                      err) < 0)
            return -1;
    }
    if (check_absent(layout, &blanks[layout->row->type], err) < 0)
        return -1;
    binding->iface = avro_generic_class_from_schema(schema);
    if (!binding->iface || avro_generic_value_new(binding->iface, &binding->value) != 0)
        return err_set(err, ERR_REJECT, "Avro-C can't hold the schema: %.80s", avro_strerror());
    return 0;
}

struct binding *binding_open(const char *avsc, const struct blank *blanks, struct err *err)
{
    size_t size = strnlen(avsc, BINDING_SCHEMA_MAX + 1);

    if (size > BINDING_SCHEMA_MAX) {
        (void)err_set(err, ERR_REJECT, "the schema is longer than %d bytes", BINDING_SCHEMA_MAX);
        return NULL;
    }
    struct binding *binding = calloc(1, sizeof *binding);
    if (!binding || !(binding->avsc = strdup(avsc)))
        abort();
    if (avro_schema_from_json_length(avsc, size, &binding->schema) != 0) {
        binding->schema = NULL;
        (void)err_set(err, ERR_REJECT, "no Avro schema: %.160s", avro_strerror());
        binding_close(binding);
        return NULL;
    }
    if (bind_record(binding, blanks, err) < 0) {
        binding_close(binding);
        return NULL;
    }
    return binding;
}

void binding_close(struct binding *binding)
{
    if (!binding)
        return;
    for (size_t i = 0; i < binding->layout.step_count; i++)
        for (size_t k = 0; k < binding->layout.steps[i].branch_count; k++)
            free(binding->layout.steps[i].branches[k].symbols);
    if (binding->value.self)
        avro_value_decref(&binding->value);
    if (binding->iface)
        avro_value_iface_decref(binding->iface);
    if (binding->schema)
        avro_schema_decref(binding->schema);
    free(binding->avsc);
    free(binding);
}

/* The step must be written as the kind says: [null, X] in this order where it may be null. */
static bool step_is_exact(const struct step *step, const struct event_field *field)
{
    static const enum wire wires[] = {
        [FIELD_TEXT] = WIRE_STRING, [FIELD_OPT_TEXT] = WIRE_STRING, [FIELD_LONG] = WIRE_LONG,
        [FIELD_OPT_LONG] = WIRE_LONG, [FIELD_INT] = WIRE_INT,       [FIELD_OPT_INT] = WIRE_INT,
        [FIELD_BOOL] = WIRE_BOOL,   [FIELD_ENUM] = WIRE_ENUM,       [FIELD_OPT_ENUM] = WIRE_ENUM,
        [FIELD_BYTES] = WIRE_BYTES,
    };
    bool nullable = may_be_null(field);
    const struct branch *b = &step->branches[nullable ? 1 : 0];

    if (step->is_union != nullable || step->branch_count != (nullable ? 2 : 1))
        return false;
    if ((nullable && step->branches[0].wire != WIRE_NULL) || b->wire != wires[field->kind])
        return false;
    if (b->wire != WIRE_ENUM)
        return true;
    if (b->symbol_count != field->symbol_count)
        return false;
    for (int32_t i = 0; i < b->symbol_count; i++)
        if (b->symbols[i] != i)
            return false;
    return true;
}

int binding_is_exact(const struct binding *binding, struct err *err)
{
    const struct layout *layout = &binding->layout;
    const struct event_type_row *row = layout->row;

    if (layout->step_count != row->field_count)
        return err_set(err, ERR_FATAL, "the schema has %zu fields, the table %zu",
                       layout->step_count, row->field_count);
    for (size_t i = 0; i < row->field_count; i++) {
        if (strcmp(layout->steps[i].name, row->fields[i].name) != 0)
            return err_set(err, ERR_FATAL, "field %zu is %.60s in the schema, %s in the table", i,
                           layout->steps[i].name, row->fields[i].name);
        if (!step_is_exact(&layout->steps[i], &row->fields[i]))
            return err_set(err, ERR_FATAL, "%s: schema and table differ in type or symbols",
                           row->fields[i].name);
    }
    return 0;
}
