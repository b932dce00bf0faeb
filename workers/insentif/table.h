#ifndef WORKERS_INSENTIF_TABLE_H
#define WORKERS_INSENTIF_TABLE_H

/* A table of text on standard output, columns as wide as their widest cell (UTF-8). */
#include <stddef.h>

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 12

struct table {
    size_t columns;
    size_t cells;
    struct buf text; /* cells, each ended by a NUL; the titles come first */
    size_t widths[TABLE_COLUMNS_MAX];
};

void table_open(struct table *table, const char *const *titles, size_t columns);

/* The next cell, from left to right, row by row. An empty one is shown as "-". */
__attribute__((format(printf, 2, 3))) void table_cell(struct table *table, const char *fmt, ...);

/* Print and free. */
void table_print(struct table *table);

#endif
