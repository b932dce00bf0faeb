#include "ledger_model.h"

#include "policy/domain.h"

int model_current(const struct model *m)
{
    return m->hold[1] ? 2 : 1;
}

static bool holds(const struct model *m)
{
    return m->hold[model_current(m)];
}

/* RANK of the model: READY, CLAIMED, SENDING, FAILED, PAID; else 8. (Failures here were sent.) */
static int rank(const struct model *m)
{
    switch (m->st) {
    case INST_NONE:
    case INST_READY: return 0;
    case INST_CLAIMED: return 1;
    case INST_SENDING: return 2;
    case INST_FAILED: return 3;
    case INST_PAID: return 4;
    case INST_CASE:
    case INST_STATE_COUNT: break;
    }
    return 8;
}

static bool here_below(const struct model *m, int att, int r)
{
    return m->att < att || (m->att == att && rank(m) < r);
}

static void book_intent(struct model *m, int att, int acc, unsigned why)
{
    bool again = m->st == INST_READY && m->att == att + 1 && m->cov_given && !(m->cov & why);
    bool equal = m->att == att && rank(m) == 2;

    if (here_below(m, att, 2) || again) {
        m->open = (m->att == att ? m->open : 0) | why;
        m->st = INST_SENDING;
        m->att = att;
        m->acc = acc;
        m->cov_given = false;
    } else if (equal) {
        m->open |= why;
    }
    if (m->st == INST_SENDING && m->att == att && m->acc != acc)
        m->acc = 0;
}

void model_book(struct model *m, int entry, int att, int acc, unsigned why, bool closes)
{
    if (m->st == INST_NONE && m->att == 0)
        m->att = att;
    if (entry == LEDGER_FAILED || entry == LEDGER_RETURNED)
        m->hold[acc] = m->hold[acc] || closes;
    if (att <= m->ret)
        return;
    if (entry == LEDGER_INTENT)
        book_intent(m, att, acc, why);
    if (entry == LEDGER_SUCCEEDED && here_below(m, att, 4)) {
        m->st = INST_PAID;
        m->att = att;
        m->acc = acc;
    }
    if (entry == LEDGER_CANCELLED && m->att == att && here_below(m, att, 3)) {
        m->open &= ~why;
        if (m->open == 0) {
            m->st = INST_READY;
            m->att = att + 1;
            m->cov_given = true;
            m->cov = why;
        }
    }
    bool back = entry == LEDGER_RETURNED;
    if (back)
        m->ret = att;
    if ((back && m->att <= att) || (entry == LEDGER_FAILED && here_below(m, att, 3))) {
        m->st = INST_FAILED;
        m->att = att;
        m->acc = acc;
    }
}

bool model_claim(struct model *m, unsigned nonce)
{
    if (m->st == INST_CLAIMED) {
        m->open |= nonce;
        return true;
    }
    if (m->st != INST_READY || holds(m))
        return false;
    m->st = INST_CLAIMED;
    m->acc = model_current(m);
    m->open = nonce;
    m->cov_given = false;
    return true;
}

bool model_resend(struct model *m, unsigned nonce)
{
    if (m->st != INST_SENDING)
        return false;
    m->open |= nonce;
    return true;
}

unsigned model_confirm(struct model *m, enum inst_state from, bool fresh)
{
    if (m->st != from)
        return 0;
    if (fresh && !holds(m) && model_current(m) == m->acc) {
        m->st = INST_SENDING;
        return 0;
    }
    unsigned covers = m->open;
    m->st = INST_READY;
    m->att++;
    m->cov_given = true;
    m->cov = covers;
    m->open = 0;
    return covers;
}

void model_finish(struct model *m, bool succeeded, bool closes)
{
    if (m->st == INST_SENDING)
        model_book(m, succeeded ? LEDGER_SUCCEEDED : LEDGER_FAILED, m->att, m->acc, 0, closes);
}

void model_verdict(struct model *m, int att, bool a_case)
{
    if (m->st != INST_FAILED || m->att != att)
        return;
    if (a_case) {
        m->st = INST_CASE;
        return;
    }
    m->st = INST_READY;
    m->att = att + 1;
    m->cov_given = false;
    m->open = 0;
}
