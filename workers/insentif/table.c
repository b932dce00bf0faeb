#include "table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CELL_MAX 600

static size_t width(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void add(struct table *table, const char *text)
{
    size_t column = table->cells++ % table->columns, wide;

    text = *text ? text : "-";
    wide = width(text);
    if (wide > table->widths[column])
        table->widths[column] = wide;
    buf_add(&table->text, text, strlen(text) + 1);
}

void table_open(struct table *table, const char *const *titles, size_t columns)
{
    assert(columns > 0 && columns <= TABLE_COLUMNS_MAX);

    *table = (struct table){ .columns = columns };
    for (size_t i = 0; i < columns; i++)
        add(table, titles[i]);
}

void table_cell(struct table *table, const char *fmt, ...)
{
    char text[CELL_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    add(table, text);
}

void table_print(struct table *table)
{
    const char *at = table->text.data;

    assert(table->cells % table->columns == 0);
    for (size_t i = 0; i < table->cells; i++, at += strlen(at) + 1) {
        size_t column = i % table->columns;
        (void)fputs(at, stdout);
        if (column + 1 == table->columns)
            (void)fputc('\n', stdout);
        else
            (void)printf("%*s", (int)(table->widths[column] - width(at) + 2), "");
    }
    buf_release(&table->text);
}
