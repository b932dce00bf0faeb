#include "codec/canonical.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define DEPTH_MAX 16

struct scope {
    const char *space; /* the enclosing namespace, "" for none */
    int depth;
};

static int form(const json_t *schema, struct scope scope, struct buf *out, const char **why);

uint64_t canonical_fingerprint(const void *bytes, size_t size)
{
    const uint64_t empty = UINT64_C(0xc15d213aa4d7a795);
    const unsigned char *at = bytes;
    uint64_t table[256];
    uint64_t fp = empty;

    for (unsigned i = 0; i < 256; i++) {
        uint64_t entry = i;
        for (int bit = 0; bit < 8; bit++)
            entry = (entry >> 1) ^ (empty & (0 - (entry & 1)));
        table[i] = entry;
    }
    for (size_t i = 0; i < size; i++)
        fp = (fp >> 8) ^ table[(fp ^ at[i]) & 0xff];
    return fp;
}

static int fail(const char **why, const char *sentence)
{
    *why = sentence;
    return -1;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool is_primitive(const char *name)
{
    static const char *const names[] = { "null",   "boolean", "int",    "long", "float",
                                         "double", "bytes",   "string", NULL };
    return is_one_of(name, names);
}

static void quote(struct buf *out, const char *text)
{
    buf_text(out, "\"");
    buf_json(out, text);
    buf_text(out, "\"");
}

/* [FULLNAMES] */
static void full_name(struct buf *out, const char *name, const char *space)
{
    buf_text(out, "\"");
    if (!strchr(name, '.') && *space) {
        buf_json(out, space);
        buf_text(out, ".");
    }
    buf_json(out, name);
    buf_text(out, "\"");
}

static int form_fields(const json_t *schema, struct scope scope, struct buf *out, const char **why)
{
    const json_t *fields = json_object_get(schema, "fields");

    if (!json_is_array(fields))
        return fail(why, "a record has no fields");
    buf_text(out, ",\"fields\":[");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        const json_t *type = json_object_get(field, "type");
        if (!name || !type)
            return fail(why, "a field has no name or no type");
        buf_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        quote(out, name);
        buf_text(out, ",\"type\":");
        if (form(type, scope, out, why) < 0)
            return -1;
        buf_text(out, "}");
    }
    buf_text(out, "]}");
    return 0;
}

static int form_symbols(const json_t *schema, struct buf *out, const char **why)
{
    const json_t *symbols = json_object_get(schema, "symbols");

    if (!json_is_array(symbols))
        return fail(why, "an enum has no symbols");
    buf_text(out, ",\"symbols\":[");
    for (size_t i = 0; i < json_array_size(symbols); i++) {
        const char *symbol = json_string_value(json_array_get(symbols, i));
        if (!symbol)
            return fail(why, "a symbol isn't a string");
        if (i > 0)
            buf_text(out, ",");
        quote(out, symbol);
    }
    buf_text(out, "]}");
    return 0;
}

static int form_named(const json_t *schema, const char *type, struct scope scope, struct buf *out,
                      const char **why)
{
    const char *name = json_string_value(json_object_get(schema, "name"));
    const char *space = json_string_value(json_object_get(schema, "namespace"));
    char inner[256];

    if (!name || strlen(name) >= sizeof inner)
        return fail(why, "a record, enum or fixed has no name, or one that is too long");
    const char *dot = strrchr(name, '.');
    if (dot) { /* the name is full: the namespace goes by it */
        memcpy(inner, name, (size_t)(dot - name));
        inner[dot - name] = '\0';
        scope.space = inner;
    } else if (space) {
        scope.space = space;
    }
    buf_text(out, "{\"name\":");
    full_name(out, name, scope.space);
    buf_printf(out, ",\"type\":\"%s\"", type);
    if (strcmp(type, "record") == 0)
        return form_fields(schema, scope, out, why);
    if (strcmp(type, "enum") == 0)
        return form_symbols(schema, out, why);
    const json_t *size = json_object_get(schema, "size");
    if (!json_is_integer(size))
        return fail(why, "a fixed has no size");
    buf_printf(out, ",\"size\":%" JSON_INTEGER_FORMAT "}", json_integer_value(size));
    return 0;
}

static int form_object(const json_t *schema, struct scope scope, struct buf *out, const char **why)
{
    static const char *const named[] = { "record", "enum", "fixed", NULL };
    const json_t *type = json_object_get(schema, "type");
    const char *name = json_string_value(type);

    if (!name)
        return type ? form(type, scope, out, why) : fail(why, "an object has no type");
    if (is_one_of(name, named))
        return form_named(schema, name, scope, out, why);
    bool is_array = strcmp(name, "array") == 0;
    if (!is_array && strcmp(name, "map") != 0)
        return form(type, scope, out, why); /* [PRIMITIVES], [STRIP] */
    const json_t *inner = json_object_get(schema, is_array ? "items" : "values");
    if (!inner)
        return fail(why, "an array has no items, or a map no values");
    buf_printf(out, "{\"type\":\"%s\",\"%s\":", name, is_array ? "items" : "values");
    if (form(inner, scope, out, why) < 0)
        return -1;
    buf_text(out, "}");
    return 0;
}

static int form(const json_t *schema, struct scope scope, struct buf *out, const char **why)
{
    if (++scope.depth > DEPTH_MAX)
        return fail(why, "nested too deep");
    if (json_is_string(schema)) {
        const char *name = json_string_value(schema);
        full_name(out, name, is_primitive(name) ? "" : scope.space);
        return 0;
    }
    if (json_is_object(schema))
        return form_object(schema, scope, out, why);
    if (!json_is_array(schema))
        return fail(why, "neither a name nor an object nor a union");
    buf_text(out, "[");
    for (size_t i = 0; i < json_array_size(schema); i++) {
        if (i > 0)
            buf_text(out, ",");
        if (form(json_array_get(schema, i), scope, out, why) < 0)
            return -1;
    }
    buf_text(out, "]");
    return 0;
}

int canonical_form(const json_t *schema, struct buf *out, const char **why)
{
    return form(schema, (struct scope){ .space = "", .depth = 0 }, out, why);
}
