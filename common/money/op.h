#ifndef MONEY_OP_H
#define MONEY_OP_H

/*
 * One payment under way: a small state machine that waits for the store, the bus or a partner and
 * never blocks the others.  Steps and names follow consistency.md "Money side".
 */
#include "money/inside.h"

#define STALE_PAUSE_MS 200 /* before the same is tried again */

enum op_state {
    OP_FREE,
    OP_LOAD,    /* record and history are being read */
    OP_USERS,   /* who else uses the account is being read */
    OP_WRITE,   /* a compare-and-set is under way; `after` says what comes next */
    OP_INQUIRE, /* the partner is asked about the account */
    OP_INTENT,  /* an INTENT waits for its acknowledgement */
    OP_SEND,    /* the payment is at the partner */
    OP_STATUS,  /* the partner is asked what became of it */
    OP_PAUSE,   /* until wake_boot_ms, then `after` */
    OP_DRAIN,   /* its emissions are on their way to Kafka */
    OP_DEAD,    /* dropped; waits for what still points to it */
};

/* What a write decides. Each changes op->new and op->timer, says what to book. */
enum op_decision {
    DECIDE_NOTHING, /* only the timer */
    DECIDE_INQUIRY,
    DECIDE_SHADOW,
    DECIDE_CLAIM,
    DECIDE_CONFIRM,
    DECIDE_RESEND,
    DECIDE_FINISH,
    DECIDE_UNKNOWN,
};

/* What a person must know although the machine goes on (concern.c). */
enum concern {
    CONCERN_NONE,
    CONCERN_OLD,       /* no answer for so long (INSENTIF_UNKNOWN_AGE) */
    CONCERN_LATE,      /* an answer that contradicts what was settled meanwhile */
    CONCERN_ANSWER,    /* an answer about something else than what was asked */
    CONCERN_PROMISE,   /* the promised day is over, through no fault of the participant (R11) */
    CONCERN_ENDING,    /* held, or a case, and the scheme ends within 30 days (R21) */
    CONCERN_ACCOUNT,   /* we can't read or use the account: a wrong key, a wrong setting */
    CONCERN_REFERENCE, /* may not be sent again: two bodies, or too many owners, under one */
};

struct op {
    enum op_state state;
    struct bucket *bucket;
    uint64_t life;
    char member[MEMBER_MAX];
    char participant[PARTICIPANT_ID_MAX + 1];
    enum payment_kind kind;
    int32_t number;
    char instalment_id[ID_SIZE];

    struct record old, new;
    struct buf history; /* pay: record, as read and added to */
    bool noted; /* the decision under way adds to it */
    size_t history_base; /* its size before the decision under way */
    struct store_key keys[2], counts_key, users_key;
    struct store_call call;

    /* The write under way. */
    enum op_decision deciding;
    struct store_apply apply;
    struct store_write writes[4];
    struct store_emit emits[EMISSIONS_MAX + 2]; /* and a ledger entry, and a case */
    struct store_timer timer;
    struct store_require requires[FACTS_MAX];
    struct buf bytes;
    bool timer_set;
    struct booking booking;
    bool booked;
    int32_t conflicts;
    bool stale; /* the facts weren't applied far enough: nothing was written */
    uint64_t wait_delivered;

    /* The partner's gate. */
    bool inside, probe;
    enum partner gated;
    int counted; /* the partner whose counts this decision has raised; -1: none */
    int64_t counted_idr;
    char counts_id[COUNTS_KEY_MAX], counts_text[128];
    bool budget_changed; /* by this decision, or by one that met a conflict: writes the sums */
    int budget_scheme;
    int64_t budget_idr;
    char budget_text[BUDGET_TEXT_MAX];

    /* The attempt. */
    int32_t attempt;
    enum inst_state from; /* CLAIMED or SENDING: what confirm starts from */
    int64_t seen_deadline_ms;
    int64_t deadline_ms, deadline_boot_ms;
    int64_t inquired_boot_ms; /* 0: no good inquiry of this op */
    int64_t inquired_business_ms;
    char inquired_ref[ACCOUNT_REF_MAX + 1]; /* the account it was about */
    bool early; /* asked before the money is due (R12) */
    bool resend;
    int not_found;

    /* The decisions' answers. */
    enum claim_answer claimed;
    enum confirm_answer confirmed;
    bool resend_ok, finished, to_case;
    enum concern seen;    /* by a step; the next decision raises it */
    enum concern concern; /* raised by the decision under way */
    int64_t until_ms;
    enum inquiry inquiry;
    enum reason reason;
    char raw_code[RAW_CODE_MAX + 1];
    bool succeeded;

    struct bus_ticket ticket; /* INTENT */
    bool intent_sent;
    struct snap_transfer transfer;
    struct snap_call snap;
    bool calling;
    char digest[SNAP_DIGEST_MAX];
    int64_t wake_boot_ms;
    char partner_reference[SNAP_PARTNER_REFERENCE_MAX];
};

/* write.c: begin deciding and writing; op_step() sees to conflicts. */
void op_write(struct money *money, struct op *op, enum op_decision decision);
bool op_write_answered(struct money *money, struct op *op);
const struct instalment *op_instalment(const struct op *op);
bool op_is_old(const struct money *money, const struct op *op, const struct instalment *i);

/* apply.c: fills op->apply from what was decided. */
void op_build(struct money *money, struct op *op);

/* concern.c: raise it in a decision, unless it was raised for this attempt before; its event; say
 * so once it is written. */
void concern_raise(struct op *op, const struct instalment *instalment, enum concern concern);
/* What a date alone brings about, last in a decision: a broken promise, the end of the scheme. */
void concern_dates(struct op *op, const struct instalment *instalment, int64_t business_ms);
void concern_event(struct money *money, const struct op *op, struct case_opened *event,
                   char id[ID_SIZE]);
void concern_tell(struct money *money, const struct op *op);

/* counts.c: counted with the confirm under way, or not after all. */
void counts_add(struct money *money, struct op *op, enum partner partner, int64_t amount_idr,
                int64_t business_ms);
void counts_undo(struct op *op);

/* budget.c: in a decision. Every payment of the record that waits for its reservation gets it, as
 * far as there is room; one that is cancelled gives it back; or the write did not take place. */
void budget_reserve(struct money *money, struct op *op);
void budget_give_back(struct op *op, struct instalment *instalment);
void budget_undo(struct op *op);

/* look.c: the record is here; or asked for again. Or the account's users are. */
void op_loaded(struct money *money, struct op *op);
void op_users_known(struct money *money, struct op *op);

/* pool.c */
/* True: this op may call that partner now. False: its timer has been set for later. */
bool op_enter(struct money *money, struct op *op, enum partner partner, enum gate_work work);
/* As if the current account's partner had been asked and were away, for that reason. */
void op_shut_out(struct money *money, struct op *op, enum reason reason, int64_t business_ms);
void op_dead_step(struct money *money, struct op *op);

/* op.c */
void op_end(struct money *money, struct op *op);
void op_after_write(struct money *money, struct op *op);
void op_pause(struct op *op, int64_t wait_ms);
void op_set_timer(struct money *money, struct op *op, enum store_clock clock, int64_t at_ms);
void op_inquire(struct money *money, struct op *op);
void op_ask(struct money *money, struct op *op); /* what became of it */

/* answer.c: a call is done. */
void op_inquired(struct money *money, struct op *op);
void op_sent(struct money *money, struct op *op);
void op_status_known(struct money *money, struct op *op);

/* partner calls: call.c */
const struct account *op_account(const struct op *op);
bool op_transfer(struct money *money, struct op *op);
void op_call_done(struct op *op);
bool op_same_body(const struct op *op);
void op_inquiry_meaning(struct op *op);
enum pay_result { RESULT_PAID, RESULT_FAILED, RESULT_UNKNOWN };
enum pay_result op_pay_meaning(struct op *op);

#endif
