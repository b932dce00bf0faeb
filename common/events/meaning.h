#ifndef EVENTS_MEANING_H
#define EVENTS_MEANING_H

/* From the wire's words to the policy's: which fact an event states. */
#include "events/events.h"
#include "policy/facts.h"

/* Fill *fact from a possible event (event_impossible() said NULL). False: the event is no fact. */
bool event_to_fact(enum event_type type, const void *event, struct fact *fact);

#endif
