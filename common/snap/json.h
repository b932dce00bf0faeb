#ifndef SNAP_JSON_H
#define SNAP_JSON_H

/*
 * Strict, bounded JSON from outside. One object; at most 64 KiB, 8 levels deep, no key twice in
 * one object, well-formed UTF-8, no NUL. Anything else is refused whole, never half read.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SNAP_JSON_SIZE_MAX 65536
#define SNAP_JSON_DEPTH_MAX 8

struct snap_json;

/* Read text[0..size). NULL with ERR_REJECT; the error never quotes the text. */
struct snap_json *snap_json_parse(const char *text, size_t size, struct err *err);
void snap_json_free(struct snap_json *json);

/*
 * The value at a path such as "amount.value" or "accountInfos.0.status". The text is valid until
 * snap_json_free().
 * NULL when there is nothing, or something that is not a string.
 */
const char *snap_json_text(const struct snap_json *json, const char *path);

bool snap_json_has(const struct snap_json *json, const char *path); /* anything but null */
bool snap_json_is_object(const struct snap_json *json, const char *path);

/* A whole number, written as a number or as a string of digits. */
bool snap_json_int(const struct snap_json *json, const char *path, int64_t *value);

#endif
