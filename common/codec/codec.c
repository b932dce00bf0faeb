#include "codec/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "codec/binding.h"
#include "codec/embedded.h"
#include "codec/json_in.h"

#define SCHEMAS_MAX 256
#define CONFLUENT_SIZE 5 /* 00 and a 4-byte id */

_Static_assert(DEAD_BYTES_MAX <= CODEC_MESSAGE_MAX, "a dead letter can hold any message");

struct known {
    uint64_t fingerprint;
    struct binding *binding;
};

struct registered {
    int32_t id;
    struct binding *binding;
};

struct codec {
    struct known today[EVENT_COUNT];  /* nearly every message: one comparison */
    struct known known[SCHEMAS_MAX];  /* today's and history, by fingerprint */
    struct registered ids[CODEC_IDS_MAX]; /* by id */
    size_t known_count, id_count;
    struct blank blanks[EVENT_COUNT];
    avro_reader_t reader;
    avro_writer_t writer;
};

static const struct embedded_schema *schema_of(enum event_type type)
{
    const char *topic = event_row(type)->topic;

    for (size_t i = 0; i < embedded_schema_count; i++)
        if (embedded_schemas[i].version == 0 && strcmp(embedded_schemas[i].topic, topic) == 0)
            return &embedded_schemas[i];
    return NULL;
}

static const json_t *default_of(const json_t *schema, const char *name)
{
    const json_t *fields = json_object_get(schema, "fields");

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *its = json_string_value(json_object_get(field, "name"));
        if (its && strcmp(its, name) == 0)
            return json_object_get(field, "default");
    }
    return NULL;
}

/* Defaults for what a writer leaves out: null, or what our .avsc says (bytes can't have one). */
static int fill_blank(struct blank *blank, const struct event_type_row *row, const char *avsc,
                      struct err *err)
{
    json_error_t error;
    json_t *schema = json_loads(avsc, 0, &error);
    int rc = schema ? 0 : err_set(err, ERR_FATAL, "the schema isn't JSON");

    assert(row->field_count <= LAYOUT_STEPS_MAX);
    blank->event = calloc(1, row->struct_size);
    if (!blank->event)
        abort();
    for (size_t i = 0; i < row->field_count && rc == 0; i++) {
        const struct event_field *field = &row->fields[i];
        const json_t *standard = default_of(schema, field->name);
        json_null_into_field(field, blank->event);
        blank->given[i] = standard != NULL;
        if (standard && field->kind == FIELD_BYTES)
            rc = err_set(err, ERR_FATAL, "%s: bytes can't have a default", field->name);
        else if (standard)
            rc = json_into_field(field, standard, blank->event, err);
    }
    json_decref(schema);
    return rc;
}

static int open_today(enum event_type type, const char *avsc, struct blank *blanks,
                      struct binding **opened, struct err *err)
{
    const struct event_type_row *row = event_row(type);
    struct binding *binding = NULL;

    if (fill_blank(&blanks[type], row, avsc, err) == 0)
        binding = binding_open(avsc, blanks, err);
    if (binding && binding->layout.row != row)
        (void)err_set(err, ERR_FATAL, "its record is that of another event");
    else if (binding && binding_is_exact(binding, err) == 0) {
        *opened = binding;
        return 0;
    }
    binding_close(binding);
    err->kind = ERR_FATAL; /* our own schema: never a matter of input */
    return err_prefix(err, row->topic);
}

int codec_agrees(enum event_type type, const char *avsc, struct err *err)
{
    struct blank blanks[EVENT_COUNT] = { 0 };
    struct binding *binding = NULL;
    int rc = open_today(type, avsc, blanks, &binding, err);

    binding_close(binding);
    free(blanks[type].event);
    return rc;
}

/* The place of a fingerprint in the sorted list: where it is, or where it belongs. */
static size_t place_of(const struct codec *codec, uint64_t fingerprint)
{
    size_t low = 0, high = codec->known_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (codec->known[middle].fingerprint < fingerprint)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_known(const struct codec *codec, uint64_t fingerprint)
{
    size_t at = place_of(codec, fingerprint);
    return at < codec->known_count && codec->known[at].fingerprint == fingerprint;
}

/* Takes the binding over. */
static void learn(struct codec *codec, uint64_t fingerprint, struct binding *binding)
{
    size_t at = place_of(codec, fingerprint);

    assert(codec->known_count < SCHEMAS_MAX);
    memmove(&codec->known[at + 1], &codec->known[at],
            (codec->known_count - at) * sizeof codec->known[0]);
    codec->known[at] = (struct known){ fingerprint, binding };
    codec->known_count++;
}

static int learn_today(struct codec *codec, struct err *err)
{
    for (int i = 0; i < EVENT_COUNT; i++) {
        enum event_type type = (enum event_type)i;
        const struct embedded_schema *schema = schema_of(type);
        struct binding *binding;
        if (!schema)
            return err_set(err, ERR_FATAL, "%s: no schema", event_row(type)->topic);
        if (open_today(type, schema->avsc, codec->blanks, &binding, err) < 0)
            return -1;
        learn(codec, schema->fingerprint, binding);
        codec->today[i] = (struct known){ schema->fingerprint, binding };
    }
    return 0;
}

static int learn_history(struct codec *codec, struct err *err)
{
    for (size_t i = 0; i < embedded_schema_count; i++) {
        const struct embedded_schema *schema = &embedded_schemas[i];
        if (is_known(codec, schema->fingerprint))
            continue; /* today's, or differs in its docs only */
        struct binding *binding = binding_open(schema->avsc, codec->blanks, err);
        if (!binding) {
            err->kind = ERR_FATAL;
            return err_prefix(err, schema->topic);
        }
        learn(codec, schema->fingerprint, binding);
        if (strcmp(binding->layout.row->topic, schema->topic) != 0)
            return err_set(err, ERR_FATAL, "%s: version %d has another event's record",
                           schema->topic, schema->version);
    }
    return 0;
}

struct codec *codec_open(struct err *err)
{
    struct codec *codec = calloc(1, sizeof *codec);

    if (!codec)
        abort();
    codec->reader = avro_reader_memory("", 0);
    codec->writer = avro_writer_memory("", 0);
    if (!codec->reader || !codec->writer) {
        (void)err_set(err, ERR_FATAL, "Avro-C: %.160s", avro_strerror());
    } else if (embedded_schema_count > SCHEMAS_MAX) {
        (void)err_set(err, ERR_FATAL, "more than %d schemas", SCHEMAS_MAX);
    } else if (learn_today(codec, err) == 0 && learn_history(codec, err) == 0) {
        return codec;
    }
    codec_close(codec);
    return NULL;
}

void codec_close(struct codec *codec)
{
    if (!codec)
        return;
    for (size_t i = 0; i < codec->known_count; i++)
        binding_close(codec->known[i].binding);
    for (size_t i = 0; i < codec->id_count; i++)
        binding_close(codec->ids[i].binding);
    for (size_t i = 0; i < EVENT_COUNT; i++)
        free(codec->blanks[i].event);
    if (codec->reader)
        avro_reader_free(codec->reader);
    if (codec->writer)
        avro_writer_free(codec->writer);
    free(codec);
}

static size_t place_of_id(const struct codec *codec, int32_t id)
{
    size_t low = 0, high = codec->id_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (codec->ids[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NULL with *err when it isn't a schema of that event. */
static struct binding *open_written(const struct codec *codec, enum event_type type,
                                    const char *avsc, struct err *err)
{
    struct binding *binding = binding_open(avsc, codec->blanks, err);

    if (!binding || binding->layout.row->type == type)
        return binding;
    (void)err_set(err, ERR_REJECT, "it is a schema of %s", binding->layout.row->topic);
    binding_close(binding);
    return NULL;
}

int codec_bind_id(struct codec *codec, int32_t id, enum event_type type, const char *avsc,
                  struct err *err)
{
    size_t at = place_of_id(codec, id);

    if (at < codec->id_count && codec->ids[at].id == id) {
        if (strcmp(codec->ids[at].binding->avsc, avsc) == 0)
            return 0;
        return err_set(err, ERR_REJECT, "schema id %d is bound to another schema", (int)id);
    }
    if (codec->id_count == CODEC_IDS_MAX)
        return err_set(err, ERR_REJECT, "more than %d schema ids", CODEC_IDS_MAX);
    struct binding *binding = open_written(codec, type, avsc, err);
    if (!binding) {
        char prefix[32];
        (void)snprintf(prefix, sizeof prefix, "schema id %d", (int)id);
        return err_prefix(err, prefix);
    }
    memmove(&codec->ids[at + 1], &codec->ids[at], (codec->id_count - at) * sizeof codec->ids[0]);
    codec->ids[at] = (struct registered){ id, binding };
    codec->id_count++;
    return 0;
}

static struct binding *find(const struct codec *codec, enum event_type type, const uint8_t *bytes,
                            size_t size, size_t *from, struct err *err)
{
    const char *topic = event_row(type)->topic;

    if (size >= CODEC_HEADER_SIZE && bytes[0] == 0xc3 && bytes[1] == 0x01) {
        uint64_t fingerprint = 0;
        for (unsigned i = 0; i < 8; i++)
            fingerprint |= (uint64_t)bytes[2 + i] << (8 * i);
        *from = CODEC_HEADER_SIZE;
        if (codec->today[type].fingerprint == fingerprint)
            return codec->today[type].binding;
        if (is_known(codec, fingerprint))
            return codec->known[place_of(codec, fingerprint)].binding;
        (void)err_set(err, ERR_REJECT, "%s: no schema has the fingerprint %016llx", topic,
                      (unsigned long long)fingerprint);
        return NULL;
    }
    if (size >= CONFLUENT_SIZE && bytes[0] == 0) {
        uint32_t bits = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 8 | bytes[4];
        int32_t id;
        memcpy(&id, &bits, sizeof id);
        *from = CONFLUENT_SIZE;
        size_t at = place_of_id(codec, id);
        if (at < codec->id_count && codec->ids[at].id == id)
            return codec->ids[at].binding;
        (void)err_set(err, ERR_REJECT, "%s: no schema has the id %d", topic, (int)id);
        return NULL;
    }
    (void)err_set(err, ERR_REJECT, "%s: the first bytes are not our framing", topic);
    return NULL;
}

int codec_decode(struct codec *codec, enum event_type type, const void *payload, size_t size,
                 void *event, struct err *err)
{
    const struct event_type_row *row = event_row(type);
    size_t most = type == EVENT_DEAD_LETTER ? CODEC_DEAD_LETTER_MAX : CODEC_MESSAGE_MAX;
    size_t from = 0;

    memcpy(event, codec->blanks[type].event, row->struct_size);
    if (size > most)
        return err_set(err, ERR_REJECT, "%s: longer than %zu bytes", row->topic, most);
    struct binding *binding = find(codec, type, payload, size, &from, err);
    if (!binding)
        return -1;
    if (binding->layout.row != row)
        return err_set(err, ERR_REJECT, "%s: written as %s", row->topic,
                       binding->layout.row->topic);
    if (layout_walk(&binding->layout, payload, from, size, err) < 0)
        return -1;
    avro_reader_memory_set_source(codec->reader, (const char *)payload + from,
                                  (int64_t)(size - from));
    if (avro_value_read(codec->reader, &binding->value) != 0)
        return err_set(err, ERR_REJECT, "%s: Avro-C can't read it: %.120s", row->topic,
                       avro_strerror());
    return binding_take(binding, event, err);
}

/* Never less than what the event takes: ten bytes a number, a text or bytes with its length. */
static size_t room_for(const struct event_type_row *row, const char *event)
{
    size_t most = CODEC_HEADER_SIZE;

    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        most += 11;
        if (field->kind == FIELD_BYTES) {
            uint32_t size;
            memcpy(&size, event + field->offset, sizeof size);
            most += size <= field->max ? size : 0;
        } else {
            most += field->max; /* 0 for numbers */
        }
    }
    return most;
}

int codec_encode(struct codec *codec, enum event_type type, const void *event, struct buf *out,
                 struct err *err)
{
    const struct event_type_row *row = event_row(type);
    const struct known *today = &codec->today[type];
    size_t room = room_for(row, event);
    uint8_t header[CODEC_HEADER_SIZE] = { 0xc3, 0x01 };

    if (avro_value_reset(&today->binding->value) != 0)
        return err_set(err, ERR_FATAL, "%s: Avro-C: %.160s", row->topic, avro_strerror());
    if (binding_give(today->binding, event, err) < 0)
        return -1;
    for (unsigned i = 0; i < 8; i++)
        header[2 + i] = (uint8_t)(today->fingerprint >> (8 * i));
    buf_reserve(out, room);
    char *datum = out->data + out->size + CODEC_HEADER_SIZE;
    avro_writer_memory_set_dest(codec->writer, datum, (int64_t)(room - CODEC_HEADER_SIZE));
    if (avro_value_write(codec->writer, &today->binding->value) != 0)
        return err_set(err, ERR_FATAL, "%s: Avro-C can't write it: %.120s", row->topic,
                       avro_strerror());
    memcpy(out->data + out->size, header, sizeof header);
    out->size += CODEC_HEADER_SIZE + (size_t)avro_writer_tell(codec->writer);
    out->data[out->size] = '\0';
    return 0;
}

uint64_t codec_fingerprint(enum event_type type)
{
    const struct embedded_schema *schema = schema_of(type);
    assert(schema); /* codec_open() has seen to it */
    return schema->fingerprint;
}

const char *codec_schema(enum event_type type)
{
    const struct embedded_schema *schema = schema_of(type);
    assert(schema);
    return schema->avsc;
}
