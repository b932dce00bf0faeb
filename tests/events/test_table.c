/* The field tables say what the structs are. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "events/events.h"

static size_t size_of(const struct event_field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_OPT_TEXT: return field->max + 1;
    case FIELD_LONG:
    case FIELD_OPT_LONG: return sizeof(int64_t);
    case FIELD_INT:
    case FIELD_OPT_INT:
    case FIELD_ENUM:
    case FIELD_OPT_ENUM: return sizeof(int32_t);
    case FIELD_BOOL: return sizeof(bool);
    case FIELD_BYTES: return sizeof(uint32_t) + field->max;
    }
    return 0;
}

/* Fields follow each other in the struct without overlap, end inside it, and have unlike names. */
static void test_rows(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_type_row *row = event_row((enum event_type)i);
        size_t end = 0;
        assert_int_equal(row->type, i);
        assert_true(row->field_count > 0);
        for (size_t k = 0; k < row->field_count; k++) {
            const struct event_field *field = &row->fields[k];
            bool is_enum = field->kind == FIELD_ENUM || field->kind == FIELD_OPT_ENUM;
            bool is_run = field->kind == FIELD_TEXT || field->kind == FIELD_OPT_TEXT ||
                          field->kind == FIELD_BYTES;
            assert_true(field->offset >= end);
            end = field->offset + size_of(field);
            assert_true(end <= row->struct_size);
            assert_int_equal(is_enum, field->symbols != NULL);
            assert_int_equal(is_enum, field->symbol_count > 0);
            assert_int_equal(is_run, field->max > 0);
            for (size_t n = 0; n < k; n++)
                assert_string_not_equal(field->name, row->fields[n].name);
        }
    }
}

static void test_topics(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_type_row *row = event_row((enum event_type)i);
        assert_int_equal(event_of_topic(row->topic), i);
        assert_int_equal(strlen(row->topic), strlen(row->record));
        for (size_t k = 0; row->topic[k]; k++) /* the .avsc's name: '-' for '_' */
            assert_int_equal(row->record[k], row->topic[k] == '-' ? '_' : row->topic[k]);
    }
    assert_int_equal(event_of_topic("training-complete"), EVENT_COUNT);
    assert_int_equal(event_of_topic("training_completed"), EVENT_COUNT);
    assert_int_equal(event_of_topic(""), EVENT_COUNT);
}

/* What an event is about is its key: a participant, but for these. */
static void test_keys(void **state)
{
    static const struct {
        const char *name;
        size_t max;
    } others[EVENT_COUNT] = {
        [EVENT_PAYMENT_CONTROL] = { "target", TARGET_MAX },
        [EVENT_ACCOUNT_USED] = { "account_ref", ACCOUNT_REF_MAX },
        [EVENT_PARTNER_STATUS] = { "partner", TARGET_MAX },
        [EVENT_OPERATOR_AUDIT] = { "action_id", EVENT_ID_MAX },
    };
    struct case_opened opened = { .participant_id = "p-7" };
    struct account_used used = { .account_ref = "acc-7", .participant_id = "p-7" };
    struct dead_letter *none = NULL;

    (void)state;
    assert_string_equal(event_key(EVENT_CASE_OPENED, &opened), "p-7");
    assert_string_equal(event_key(EVENT_ACCOUNT_USED, &used), "acc-7");
    assert_string_equal(event_key(EVENT_DEAD_LETTER, none), "");
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_field *first = &event_row((enum event_type)i)->fields[0];
        if (i == EVENT_DEAD_LETTER)
            continue;
        bool other = others[i].name != NULL;
        assert_string_equal(first->name, other ? others[i].name : "participant_id");
        assert_int_equal(first->kind, FIELD_TEXT);
        assert_int_equal(first->max, other ? others[i].max : PARTICIPANT_ID_MAX);
    }
}

/* Symbols are those of the policy's rows, in the order of its enums: that order is on the wire. */
static void test_symbols(void **state)
{
    const struct event_type_row *checked = event_row(EVENT_ELIGIBILITY_CHECKED);
    const struct event_type_row *ledger = event_row(EVENT_DISBURSEMENT_LEDGER);

    (void)state;
    for (size_t k = 0; k < checked->field_count; k++) {
        const struct event_field *field = &checked->fields[k];
        for (int32_t n = 0; strcmp(field->name, "check") == 0 && n < CHECK_COUNT; n++)
            assert_string_equal(field->symbols[n], check_row((enum check)n)->name);
        for (int32_t n = 0; strcmp(field->name, "reason") == 0 && n < REASON_COUNT; n++)
            assert_string_equal(field->symbols[n], reason_row((enum reason)n)->name);
    }
    for (size_t k = 0; k < ledger->field_count; k++) {
        const struct event_field *field = &ledger->fields[k];
        for (int32_t n = 0; strcmp(field->name, "partner") == 0 && n < PARTNER_COUNT; n++)
            assert_string_equal(field->symbols[n], partner_row((enum partner)n)->name);
        for (int32_t n = 0; strcmp(field->name, "kind") == 0 && n < PAYMENT_KIND_COUNT; n++)
            assert_string_equal(field->symbols[n], payment_kind_name((enum payment_kind)n));
        if (strcmp(field->name, "entry") == 0) {
            assert_int_equal(field->symbol_count, LEDGER_ENTRY_COUNT);
            assert_string_equal(field->symbols[LEDGER_INTENT], "INTENT");
            assert_string_equal(field->symbols[LEDGER_RETURNED], "RETURNED");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_symbols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
