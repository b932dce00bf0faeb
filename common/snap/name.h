#ifndef SNAP_NAME_H
#define SNAP_NAME_H

/*
 * Is what the partner knows what we asked for? Comparisons of names, accounts and amounts
 * (snap-bi.md section 8, rules 8 and 10). Pure.
 */
#include <stdbool.h>
#include <stdint.h>

/*
 * Names are compared with case, blanks and punctuation folded. A partner that shows 24 characters
 * may have cut: then its name must be the beginning of ours.
 */
bool snap_name_same(const char *ours, const char *theirs);

/* "62811…" = "+62811…" = "0811…" when is_phone; a masked answer ("62811****01") where it shows. */
bool snap_account_same(const char *ours, const char *theirs, bool is_phone);

/* Whole rupiah of "600000.75", decimals cut off; "-5.00" is -5. False: it is no amount. */
bool snap_amount_whole(const char *theirs, int64_t *idr);

/* "600000.00" (also "600000", "600000.0") equals this many rupiah? */
bool snap_amount_same(int64_t ours_idr, const char *theirs);

#endif
