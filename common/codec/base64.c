#include "codec/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct buf *out, const uint8_t *bytes, size_t size)
{
    buf_reserve(out, (size + 2) / 3 * 4);
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16;
        if (left > 1)
            group |= (uint32_t)bytes[i + 1] << 8;
        if (left > 2)
            group |= bytes[i + 2];
        char four[4] = { alphabet[group >> 18], alphabet[group >> 12 & 63],
                         left > 1 ? alphabet[group >> 6 & 63] : '=',
                         left > 2 ? alphabet[group & 63] : '=' };
        buf_add(out, four, sizeof four);
    }
}

static bool digit(char c, uint32_t *value)
{
    const char *at = c ? strchr(alphabet, c) : NULL;

    if (!at)
        return false;
    *value = (uint32_t)(at - alphabet);
    return true;
}

/* The last group of four may stand for one or two bytes. */
static size_t padding(const char *four)
{
    if (four[3] != '=')
        return 0;
    return four[2] == '=' ? 2 : 1;
}

bool base64_read(const char *text, size_t text_size, uint8_t *bytes, size_t cap, size_t *size)
{
    size_t count = 0;

    if (text_size % 4 != 0)
        return false;
    for (size_t i = 0; i < text_size; i += 4) {
        size_t pad = i + 4 == text_size ? padding(text + i) : 0;
        uint32_t group = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t value = 0;
            if (k < 4 - pad && !digit(text[i + k], &value))
                return false;
            group = group << 6 | value;
        }
        if ((pad == 1 && (group & 0xff)) || (pad == 2 && (group & 0xffff)))
            return false; /* bits that no byte takes */
        size_t made = 3 - pad;
        if (made > cap - count)
            return false;
        for (size_t k = 0; k < made; k++)
            bytes[count++] = (uint8_t)(group >> (16 - 8 * k));
    }
    *size = count;
    return true;
}
