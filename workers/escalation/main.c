/*
 * escalation-worker: owns the cases that a person must decide (R16, R19). One case per instalment;
 * what opens it again leaves it as it is.
 */
#include <inttypes.h>

#include "base/buf.h"
#include "worker/worker.h"

static const char *decide_opened(struct decision *d, const void *event)
{
    static struct buf line; /* one thread */
    const struct case_opened *e = event;

    buf_reset(&line);
    buf_printf(&line,
               "{\"case_id\":\"%s\",\"participant_id\":\"%s\",\"instalment_id\":\"%s\","
               "\"attempt\":%" PRId32 ",\"reason\":\"%s\",\"raw_code\":\"",
               e->case_id, e->participant_id, e->instalment_id, e->attempt,
               reason_row((enum reason)e->reason)->name);
    buf_json(&line, e->raw_code);
    buf_printf(&line, "\",\"amount_idr\":%" PRId64 ",\"opened_at_ms\":%" PRId64, e->amount_idr,
               e->opened_at_ms);
    buf_text(&line, ",\"state\":\"OPEN\"}");
    decision_case(d, e->case_id, line.data, line.size);
    return NULL;
}

static const struct route routes[] = {
    { EVENT_CASE_OPENED, ROUTE_STATELESS, decide_opened },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "escalation-worker",
        .summary = "Keeps the cases that a person must decide.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
