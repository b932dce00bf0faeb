#ifndef POLICY_SCHEDULE_H
#define POLICY_SCHEDULE_H

/*
 * From facts to instalments (R7, R10, R11).  Scheduling rests on facts that never turn back, so
 * whatever order they come in, the same instalments with the same dates appear (D5).
 */
#include "policy/record.h"

/* Write the instalments and their dates if every condition has been met and none stand yet. */
void schedule_if_entitled(struct record *record);

#endif
