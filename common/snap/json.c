#include "snap/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define PATH_MAX_SIZE 64 /* of one step in a path; paths are literals of ours */

struct snap_json {
    json_t *root;
};

/* jansson recurses 2,048 levels deep; we count before it sees the text. */
static bool is_shallow(const char *text, size_t size)
{
    int depth = 0;
    bool inside = false;

    for (size_t i = 0; i < size; i++) {
        if (inside) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                inside = false;
            continue;
        }
        switch (text[i]) {
        case '"': inside = true; break;
        case '{':
        case '[':
            if (++depth > SNAP_JSON_DEPTH_MAX)
                return false;
            break;
        case '}':
        case ']': depth--; break;
        default: break;
        }
    }
    return true;
}

struct snap_json *snap_json_parse(const char *text, size_t size, struct err *err)
{
    if (size > SNAP_JSON_SIZE_MAX) {
        err_set(err, ERR_REJECT, "JSON of %zu bytes, at most %d are read", size,
                SNAP_JSON_SIZE_MAX);
        return NULL;
    }
    if (size == 0 || !is_shallow(text, size)) {
        err_set(err, ERR_REJECT, size ? "JSON nested too deeply" : "JSON missing");
        return NULL;
    }

    json_error_t why;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        /* why.text quotes what it met: a position is all that may be told */
        err_set(err, ERR_REJECT, "not a JSON object (at byte %d)", root ? 0 : why.position);
        json_decref(root);
        return NULL;
    }
    struct snap_json *json = malloc(sizeof *json);
    if (!json)
        abort(); /* as base/buf.h */
    json->root = root;
    return json;
}

void snap_json_free(struct snap_json *json)
{
    if (!json)
        return;
    json_decref(json->root);
    free(json);
}

static const json_t *at(const struct snap_json *json, const char *path)
{
    const json_t *value = json->root;

    while (value && *path) {
        char step[PATH_MAX_SIZE];
        size_t size = strcspn(path, ".");
        if (size >= sizeof step)
            return NULL;
        memcpy(step, path, size);
        step[size] = '\0';
        int64_t index;
        if (json_is_array(value))
            value = str_to_int64(step, 0, INT32_MAX, &index) ? json_array_get(value, (size_t)index)
                                                             : NULL;
        else
            value = json_object_get(value, step);
        path += size + (path[size] == '.');
    }
    return value;
}

const char *snap_json_text(const struct snap_json *json, const char *path)
{
    return json_string_value(at(json, path));
}

bool snap_json_has(const struct snap_json *json, const char *path)
{
    const json_t *value = at(json, path);
    return value && !json_is_null(value);
}

bool snap_json_is_object(const struct snap_json *json, const char *path)
{
    return json_is_object(at(json, path));
}

bool snap_json_int(const struct snap_json *json, const char *path, int64_t *value)
{
    const json_t *found = at(json, path);

    if (json_is_integer(found)) {
        *value = (int64_t)json_integer_value(found);
        return true;
    }
    return json_is_string(found) &&
           str_to_int64(json_string_value(found), INT64_MIN, INT64_MAX, value);
}
