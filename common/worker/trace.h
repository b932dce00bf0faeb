#ifndef WORKER_TRACE_H
#define WORKER_TRACE_H

/*
 * W3C trace context, version 00: "00-<trace-id>-<parent-id>-<flags>", all lower-case hex.
 *
 * Nothing is drawn: trace-id and parent-id are hashes of ids, so that whoever makes an event again
 * gives it the same header (docs/shell.md "Traces").  The flags stay as they came; a trace that
 * starts here has 00, since nobody has recorded anything of it.
 */
#include <stdbool.h>
#include <stddef.h>

#define TRACE_SIZE 56 /* with the NUL */

/* Is this a traceparent?  Then out is it as version 00 (of a later version what 00 knows). */
bool trace_take(const void *bytes, size_t size, char out[TRACE_SIZE]);

/* Start a trace: the one of thing `id` of its kind (a topic's name and a ce_id). */
void trace_start(const char *kind, const char *id, char out[TRACE_SIZE]);

/* One step on: the same trace, the parent-id that of the event with this ce_id. */
void trace_step(char trace[TRACE_SIZE], const char *id);

#endif
