#ifndef POLICY_MASK_H
#define POLICY_MASK_H

/*
 * R20: card numbers and OTPs are never kept; in free text they are masked and the rest stays.
 *
 * Masked, each digit by '*': 13 or more digits in a row that may be parted by single blanks, dots
 * or dashes (card numbers, NIK, KK), and 4 to 8 digits within 16 bytes after the word "otp" in any
 * case.
 */
#include <stdbool.h>
#include <stddef.h>

#define MASK_DIGITS 13
#define MASK_DIGITS_REFUSED 10

/* Mask in place; returns true when something was masked. Any bytes are allowed. */
bool mask_text(char *text, size_t size);

/* The same for what was refused, of which nobody knows what it is: there an account number (10
 * digits and more) or a phone number (11 or 12) may stand where none belongs, so rows of 10 digits
 * are masked too. */
bool mask_refused(char *text, size_t size);

#endif
