#ifndef MONEY_PARTNERS_FILE_H
#define MONEY_PARTNERS_FILE_H

/*
 * deploy/partners.ini: whom money goes through, as data. The file's own head says what each line
 * means. What is missing, unknown, twice there or out of range is an error that names the line.
 */
#include "base/err.h"
#include "money/gate.h"
#include "snap/snap.h"

struct partner_section {
    bool here; /* false: no section, no money through this partner */
    struct snap_partner_conf snap; /* texts belong to the file; secrets aren't filled in */
    const char *private_key_file, *client_secret_file; /* NULL: not given */
    struct gate_terms terms;
    int64_t limit_idr;        /* per transfer */
    int32_t reference_length; /* the longest it takes */
};

struct partners_file; /* owns the texts */

/* Read the whole file; sections[] is in the order of enum partner. NULL with ERR_FATAL, which names
 * file, line and reason. Blocking. Free with partners_file_close(). */
MUST_CHECK struct partners_file *partners_file_open(const char *path,
                                                    struct partner_section sections[PARTNER_COUNT],
                                                    struct err *err);

/* The same from text; name stands for the path in errors. */
MUST_CHECK struct partners_file *partners_file_read(const char *name, const char *text,
                                                    struct partner_section sections[PARTNER_COUNT],
                                                    struct err *err);
void partners_file_close(struct partners_file *file);

#endif
