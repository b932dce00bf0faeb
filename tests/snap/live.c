#include "live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"

struct sim_child live_child;
struct sim_child_confs live_confs;
struct snap *live_snap;
static int transfers;

struct snap_transfer live_fresh(int partner)
{
    return live_fresh_at(partner, "");
}

struct snap_transfer live_fresh_at(int partner, const char *bank_code)
{
    bool wallet = partner >= DANA && !*bank_code;
    struct snap_transfer t = { .partner = partner,
                               .amount_idr = 600000,
                               .transaction_date_ms = clock_wire_ms() };

    transfers++;
    (void)str_copy(t.bank_code, sizeof t.bank_code, bank_code);
    (void)snprintf(t.reference, sizeof t.reference, "INS%017d", transfers);
    (void)snprintf(t.account_number, sizeof t.account_number, "%s%08d", wallet ? "6281" : "01",
                   transfers);
    (void)snprintf(t.account_name, sizeof t.account_name, "Peserta  Uji %s",
                   t.account_number + strlen(t.account_number) - 4);
    return t;
}

struct snap_call live_inquire(const struct snap_transfer *t)
{
    static struct snap_call call;
    struct err err;
    assert_int_equal(snap_inquire(live_snap, t, &call, &err), 0);
    snap_run(live_snap, &call);
    return call;
}

struct snap_call live_pay(const struct snap_transfer *t)
{
    static struct snap_call call;
    struct err err;
    assert_int_equal(snap_pay(live_snap, t, NO_DEADLINE, &call, &err), 0);
    snap_run(live_snap, &call);
    assert_false(call.alarm);
    return call;
}

struct snap_call live_status(const struct snap_transfer *t)
{
    static struct snap_call call;
    struct err err;
    assert_int_equal(snap_status(live_snap, t, &call, &err), 0);
    snap_run(live_snap, &call);
    return call;
}

struct snap_call live_balance(int partner)
{
    static struct snap_call call;
    struct err err;
    assert_int_equal(snap_balance(live_snap, partner, &call, &err), 0);
    snap_run(live_snap, &call);
    return call;
}

void live_settle(void)
{
    sim_child_post(&live_child, "/_control/settle", "");
}

void live_is(const struct snap_call *call, enum snap_class class, const char *reason,
               const char *what)
{
    if (call->class != class || strcmp(call->reason, reason) != 0)
        print_message("%s: %s %s (%s), expected %s %s\n", what, snap_class_name(call->class),
                      call->reason, call->code, snap_class_name(class), reason);
    assert_int_equal(call->class, class);
    assert_string_equal(call->reason, reason);
}

int live_open(void **state)
{
    static const char *const options[] = { "--silence-ms", "3000", NULL };
    struct err err;
    (void)state;

    sim_child_open(&live_child);
    sim_child_start(&live_child, 0, options);
    sim_child_confs(&live_child, &live_confs);
    live_confs.conf[LINKAJA].connect_ms = 500;
    live_confs.conf[LINKAJA].read_ms = 500;
    live_snap = snap_open(live_confs.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(live_snap);
    return 0;
}

int live_close(void **state)
{
    (void)state;
    snap_close(live_snap);
    buf_release(&live_confs.pem);
    sim_child_close(&live_child);
    return 0;
}
