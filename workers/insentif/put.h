#ifndef WORKERS_INSENTIF_PUT_H
#define WORKERS_INSENTIF_PUT_H

/* Members of a JSON object at the end of a buffer, each with its comma unless it is the first. And
 * times and sums as people read them. */
#include <stdbool.h>

#include "base/buf.h"

void put_key(struct buf *out, const char *key);
void put_text(struct buf *out, const char *key, const char *text); /* NULL and "": null */
void put_number(struct buf *out, const char *key, int64_t number);
void put_time(struct buf *out, const char *key, int64_t at_ms); /* 0: null */
void put_bool(struct buf *out, const char *key, bool yes);
void put_comma(struct buf *out); /* between elements: nothing behind '{', '[' or an empty line */

#define WIB_SIZE 24
/* "2026-03-02" and "2026-03-02 09:15:30", "" for 0. */
const char *wib_date(int64_t at_ms, char out[WIB_SIZE]);
const char *wib_time(int64_t at_ms, char out[WIB_SIZE]);

/* "-1.800.000"; points into out. */
#define RUPIAH_SIZE 32
const char *rupiah(int64_t idr, char out[RUPIAH_SIZE]);

#endif
