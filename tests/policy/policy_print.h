#ifndef TESTS_POLICY_POLICY_PRINT_H
#define TESTS_POLICY_POLICY_PRINT_H

/* The rules as documents for people: golden/NAME.txt is what policy_print_NAME() writes. */
#include <stdio.h>

#define FOREACH_DOCUMENT(X)                                                                        \
    X(instalment) X(shown) X(advice) X(reasons) X(schemes) X(checks) X(conditions) X(eligibility)

#define X(name) void policy_print_##name(FILE *out);
FOREACH_DOCUMENT(X)
#undef X

#endif
