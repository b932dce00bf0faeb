#include "snap/name.h"

#include <stddef.h>
#include <string.h>

#include "base/str.h"

#define SHOWN_CHARACTERS 24
#define FOLDED_MAX 512 /* a longer name is compared by its beginning; none of ours is */

/* Bytes of blank or punctuation at `at` to leave out, 0 for a letter or digit. */
static size_t ignored(const unsigned char *at)
{
    if (at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0x80)
        return 3; /* U+2000-203F: typographic blanks, dashes, quotation marks */
    if (at[0] == 0xc2 && at[1] == 0xa0)
        return 2; /* no-break space */
    if (at[0] >= 0x80)
        return 0;
    bool counts = (at[0] >= '0' && at[0] <= '9') || (at[0] >= 'A' && at[0] <= 'Z') ||
                  (at[0] >= 'a' && at[0] <= 'z');
    return counts ? 0 : 1;
}

/* Letters and digits in upper case (ASCII); *characters counts everything, ignored or not. */
static size_t fold(const char *name, char out[FOLDED_MAX], size_t *characters)
{
    const unsigned char *at = (const unsigned char *)name;
    size_t size = 0;

    *characters = 0;
    while (*at) {
        size_t skip = ignored(at);
        if ((*at & 0xc0) != 0x80)
            ++*characters;
        if (skip > 0) {
            at += skip;
            continue;
        }
        unsigned char c = *at++;
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        if (size < FOLDED_MAX - 1)
            out[size++] = (char)c;
    }
    out[size] = '\0';
    return size;
}

bool snap_name_same(const char *ours, const char *theirs)
{
    char a[FOLDED_MAX], b[FOLDED_MAX];
    size_t characters, our_characters;
    size_t a_size = fold(ours, a, &our_characters);
    size_t b_size = fold(theirs, b, &characters);

    if (a_size == 0 || b_size == 0)
        return false;
    if (a_size == b_size)
        return memcmp(a, b, a_size) == 0;
    /* cut in the middle; a blank at the cut may have been dropped */
    bool maybe_cut = characters == SHOWN_CHARACTERS || characters == SHOWN_CHARACTERS - 1;
    return maybe_cut && b_size < a_size && memcmp(a, b, b_size) == 0;
}

static bool is_mask(char c)
{
    return c == '*' || c == 'x' || c == 'X' || c == '#';
}

/* A masked number shows some digits: those must be ours, and there must be some. */
static bool masked_same(const char *ours, const char *theirs)
{
    size_t a = strlen(ours), b = strlen(theirs), shown = 0;

    if (a == b) {
        for (size_t i = 0; i < a; i++) {
            if (is_mask(theirs[i]))
                continue;
            if (theirs[i] != ours[i])
                return false;
            shown++;
        }
        return shown > 0;
    }
    while (shown < b && !is_mask(theirs[b - 1 - shown])) /* another length: its last digits */
        shown++;
    return shown > 0 && shown <= a && memcmp(ours + a - shown, theirs + b - shown, shown) == 0;
}

bool snap_account_same(const char *ours, const char *theirs, bool is_phone)
{
    char national[64];

    if (is_phone && theirs[0] == '+')
        theirs++;
    if (is_phone && theirs[0] == '0' && strlen(theirs) + 2 <= sizeof national) {
        memcpy(national, "62", 2);
        (void)str_copy(national + 2, sizeof national - 2, theirs + 1);
        theirs = national;
    }
    if (strpbrk(theirs, "*xX#"))
        return masked_same(ours, theirs);
    return strcmp(ours, theirs) == 0;
}

bool snap_amount_whole(const char *theirs, int64_t *idr)
{
    char whole[20];
    size_t size = strcspn(theirs, ".");
    const char *rest = theirs + size;
    size_t decimals = *rest ? strspn(rest + 1, "0123456789") : 0;

    if (size >= sizeof whole || (*rest && (decimals < 1 || decimals > 2 || rest[1 + decimals])))
        return false;
    memcpy(whole, theirs, size);
    whole[size] = '\0';
    return str_to_int64(whole, -INT64_MAX, INT64_MAX, idr);
}

bool snap_amount_same(int64_t ours_idr, const char *theirs)
{
    int64_t value;
    const char *decimals = strchr(theirs, '.');

    return theirs[0] != '-' && snap_amount_whole(theirs, &value) && value == ours_idr &&
           (!decimals || strspn(decimals + 1, "0") == strlen(decimals + 1));
}
