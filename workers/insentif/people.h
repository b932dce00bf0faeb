#ifndef WORKERS_INSENTIF_PEOPLE_H
#define WORKERS_INSENTIF_PEOPLE_H

/* Participants as Redis has them, with what happened to their payments. */
#include "cli.h"
#include "policy/record.h"
#include "worker/ids.h"

struct person {
    char id[PARTICIPANT_ID_MAX + 1];
    int32_t bucket;
    bool known;
    bool broken; /* this build can't read the record: said already, and passed over */
    struct record record; /* empty when not known */
    char instalment_ids[RECORD_INSTALMENTS_MAX][ID_SIZE];
    struct buf history[RECORD_INSTALMENTS_MAX]; /* lines of money/history.c */
    /* The numbers of their cases, holding them or beside them; "": none. */
    char case_ids[RECORD_INSTALMENTS_MAX][ID_SIZE];
};

/* One person; the person is the caller's until it returns. Not DONE: the walk ends with it. */
typedef int person_fn(struct cli *cli, struct person *person, int64_t business_ms, void *context);

/* Those with these ids, in this order; or, with count 0, all there are, ordered by id. What is no
 * participant's token is refused before anything is shown. */
int people_each(struct cli *cli, const char *const *ids, size_t count, person_fn *each,
                void *context);

/* All there are, without histories and cases. */
int people_records(struct cli *cli, person_fn *each, void *context);

/* The end of a command about people: WRONG when nothing is known about `unknown` of them. */
int people_end(const struct cli *cli, int status, size_t unknown);

/* The number that retry-worker gives the instalment's case (R19), when it is one or a case lies
 * beside it; else "". */
const char *person_case(const struct cli *cli, const struct person *person, uint8_t instalment,
                        bool beside, char out[ID_SIZE]);

/* `insentif show --json` of the operands, for commands that offer the same. */
int show_as_json(struct cli *cli);

/* One line of a payment's history. Texts are "" for none; they point into the line. */
struct happening {
    int64_t at_ms;
    int64_t attempt;
    const char *what, *partner, *reason, *code;
};

/* Take the next line out of *text; false at the end. */
bool happening_next(char **text, struct happening *out);

/* The ids of one kind of key ('p', 'c') in all buckets, sorted, each once; freed by ids_release().
 * Returns an exit status. */
struct id_list {
    struct named {
        int32_t bucket;
        char id[STORE_ID_MAX + 1];
    } *at;
    size_t count, cap;
};
int ids_all(struct cli *cli, char kind, struct id_list *list);
void ids_release(struct id_list *list);

#endif
