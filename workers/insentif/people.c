#include "people.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "store/bytes.h"

#define AT_ONCE 100 /* people */

/* ---------------------------------------------------------------- ids */
static void ids_add(struct id_list *list, int32_t bucket, const void *id, size_t size)
{
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 1024;
        list->at = realloc(list->at, list->cap * sizeof *list->at);
        if (!list->at)
            abort();
    }
    struct named *named = &list->at[list->count++];
    named->bucket = bucket;
    if (size > STORE_ID_MAX)
        size = STORE_ID_MAX;
    memcpy(named->id, id, size);
    named->id[size] = '\0';
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->id, ((const struct named *)b)->id);
}

static void ids_sort(struct id_list *list)
{
    size_t kept = 0;

    if (list->count > 0)
        qsort(list->at, list->count, sizeof *list->at, by_id);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || strcmp(list->at[kept - 1].id, list->at[i].id) != 0)
            list->at[kept++] = list->at[i];
    list->count = kept;
}

void ids_release(struct id_list *list)
{
    free(list->at);
    *list = (struct id_list){ 0 };
}

/* All buckets at once: each is a walk over all keys of Redis. */
int ids_all(struct cli *cli, char kind, struct id_list *list)
{
    static struct store_call calls[BUS_PARTITIONS_MAX];
    int32_t partitions = (int32_t)conf_int(cli->conf, "INSENTIF_PARTITIONS");
    bool more = true, begun[BUS_PARTITIONS_MAX] = { false };
    int64_t cursors[BUS_PARTITIONS_MAX] = { 0 };
    struct store_span id;

    while (more) {
        more = false;
        for (int32_t b = 0; b < partitions; b++)
            if (!begun[b] || cursors[b] != 0)
                store_ids(cli->store, &calls[b], b, kind, cursors[b]);
        int status = edge_wait(cli, calls, (size_t)partitions);
        for (int32_t b = 0; b < partitions && status == DONE; b++) {
            if (calls[b].status != STORE_OK)
                continue;
            for (size_t i = 0; store_item(cli->store, &calls[b], i, &id); i++)
                ids_add(list, b, id.at, id.size);
            begun[b] = true;
            cursors[b] = calls[b].number;
            more |= cursors[b] != 0;
            store_call_done(cli->store, &calls[b]);
        }
        if (status != DONE)
            return status;
    }
    ids_sort(list);
    return DONE;
}

/* ---------------------------------------------------------------- records and histories */
static int load_records(struct cli *cli, struct person *people, size_t count)
{
    static struct store_call calls[AT_ONCE];
    struct store_key keys[AT_ONCE];
    struct store_span value;
    struct err err;

    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct store_key){ 'p', people[i].id };
        store_load(cli->store, &calls[i], people[i].bucket, &keys[i], 1);
    }
    int status = edge_wait(cli, calls, count);
    for (size_t i = 0; i < count && status == DONE; i++) {
        struct person *p = &people[i];
        bool there = store_item(cli->store, &calls[i], 0, &value) && value.at;
        p->known = there;
        p->broken = record_from_bytes(there ? value.at : NULL, there ? value.size : 0, p->id,
                                      &p->record, &err) < 0;
        if (p->broken)
            (void)cli_fail(cli, AWAY, "%s is left out: %s", p->id, err.text);
        for (uint8_t k = 0; k < p->record.instalment_count; k++)
            id_instalment(cli->environment, &p->record, &p->record.instalments[k],
                          p->instalment_ids[k]);
        store_call_done(cli->store, &calls[i]);
    }
    return status;
}

const char *person_case(const struct cli *cli, const struct person *p, uint8_t k, bool beside,
                        char out[ID_SIZE])
{
    out[0] = '\0';
    if (beside || p->record.instalments[k].state == INST_CASE)
        id_answer(cli->environment, "case", p->instalment_ids[k], out);
    return out;
}

static int load_histories(struct cli *cli, struct person *people, size_t count)
{
    static struct store_call calls[AT_ONCE];
    static struct store_key keys[AT_ONCE][2 * RECORD_INSTALMENTS_MAX];
    struct store_span value;
    size_t begun = 0;

    for (size_t i = 0; i < count; i++) {
        struct person *p = &people[i];
        uint8_t n = p->record.instalment_count;
        for (uint8_t k = 0; k < n; k++) {
            (void)person_case(cli, p, k, true, p->case_ids[k]);
            keys[i][k] = (struct store_key){ 'y', p->instalment_ids[k] };
            keys[i][n + k] = (struct store_key){ 'c', p->case_ids[k] };
        }
        if (n > 0)
            store_load(cli->store, &calls[begun++], p->bucket, keys[i], (size_t)2 * n);
    }
    int status = edge_wait(cli, calls, begun);
    begun = 0;
    for (size_t i = 0; i < count && status == DONE; i++) {
        uint8_t n = people[i].record.instalment_count;
        for (uint8_t k = 0; k < n; k++) {
            buf_reset(&people[i].history[k]);
            if (store_item(cli->store, &calls[begun], k, &value) && value.at)
                buf_add(&people[i].history[k], value.at, value.size);
            bool there = store_item(cli->store, &calls[begun], (size_t)n + k, &value) && value.at;
            (void)person_case(cli, &people[i], k, there, people[i].case_ids[k]);
        }
        if (n > 0)
            store_call_done(cli->store, &calls[begun++]);
    }
    return status;
}

static int walk(struct cli *cli, const struct id_list *list, struct person *people,
                int64_t business_ms, bool histories, person_fn *each, void *context)
{
    bool broken = false;
    int status = DONE;

    for (size_t from = 0; from < list->count && status == DONE; from += AT_ONCE) {
        size_t count = list->count - from < AT_ONCE ? list->count - from : AT_ONCE;
        for (size_t i = 0; i < count; i++) {
            people[i].bucket = list->at[from + i].bucket;
            (void)str_copy(people[i].id, sizeof people[i].id, list->at[from + i].id);
        }
        status = load_records(cli, people, count);
        if (status == DONE && histories)
            status = load_histories(cli, people, count);
        for (size_t i = 0; i < count && status == DONE; i++) {
            broken |= people[i].broken;
            if (!people[i].broken)
                status = each(cli, &people[i], business_ms, context);
        }
    }
    return status == DONE && broken ? AWAY : status;
}

/* A token of ours is also safe on a terminal. 16 digits would be a NIK (R20). */
static bool is_token(const char *id)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
    size_t size = strlen(id);

    return size > 0 && size <= PARTICIPANT_ID_MAX && strspn(id, letters) == size &&
           !(size == 16 && strspn(id, "0123456789") == size);
}

static int check_ids(const struct cli *cli, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_token(ids[i]))
            return cli_fail(cli, WRONG, "id %zu is no participant's: 1 to %d letters, digits and "
                            ". _ : - are one, and 16 digits are none", i + 1, PARTICIPANT_ID_MAX);
    return DONE;
}

int people_end(const struct cli *cli, int status, size_t unknown)
{
    if (status != DONE || unknown == 0)
        return status;
    return cli_fail(cli, WRONG, "nothing is known about %zu of them", unknown);
}

static int each_person(struct cli *cli, const char *const *ids, size_t count, bool histories,
                       person_fn *each, void *context)
{
    struct id_list list = { 0 };
    int32_t partitions = (int32_t)conf_int(cli->conf, "INSENTIF_PARTITIONS");
    int64_t business_ms = 0;
    int status = check_ids(cli, ids, count);

    if (status == DONE)
        status = edge_store(cli);
    if (status == DONE && !edge_business_ms(cli, &business_ms, &status))
        return status;
    for (size_t i = 0; i < count; i++)
        ids_add(&list, hash_partition(ids[i], strlen(ids[i]), partitions), ids[i], strlen(ids[i]));
    if (count == 0 && status == DONE)
        status = ids_all(cli, 'p', &list);
    struct person *people = calloc(AT_ONCE, sizeof *people);
    if (!people)
        abort();
    if (status == DONE)
        status = walk(cli, &list, people, business_ms, histories, each, context);
    for (size_t i = 0; i < AT_ONCE; i++)
        for (size_t k = 0; k < RECORD_INSTALMENTS_MAX; k++)
            buf_release(&people[i].history[k]);
    free(people);
    ids_release(&list);
    return status;
}

int people_each(struct cli *cli, const char *const *ids, size_t count, person_fn *each,
                void *context)
{
    return each_person(cli, ids, count, true, each, context);
}

int people_records(struct cli *cli, person_fn *each, void *context)
{
    return each_person(cli, NULL, 0, false, each, context);
}

/* ---------------------------------------------------------------- histories */

/* The next word, ended; "-" stands for none. */
static const char *next_word(char **at)
{
    char *word = *at, *blank = strchr(word, ' ');

    if (blank)
        *blank = '\0';
    *at = blank ? blank + 1 : word + strlen(word);
    return strcmp(word, "-") == 0 ? "" : word;
}

bool happening_next(char **text, struct happening *out)
{
    char *line = *text;

    if (line && strncmp(line, "of ", 3) == 0) /* whose it is */
        line += strcspn(line, "\n") + (strchr(line, '\n') != NULL);
    if (!line || !*line)
        return false;
    char *end = strchr(line, '\n');
    *text = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    *out = (struct happening){ .attempt = 0 };
    if (!str_to_int64(next_word(&line), 0, INT64_MAX, &out->at_ms))
        out->at_ms = 0;
    if (!str_to_int64(next_word(&line), 0, INT32_MAX, &out->attempt))
        out->attempt = 0;
    out->what = next_word(&line);
    out->partner = next_word(&line);
    out->reason = next_word(&line);
    out->code = strcmp(line, "-") == 0 ? "" : line; /* may hold blanks */
    return true;
}
