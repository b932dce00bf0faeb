"""One participant in the naive model: what arrived, and what follows from it.

Nothing is kept that can be worked out again: every question walks the whole history.  Slow, and
meant to be.  Rule numbers R are policy.md's, numbers D those of docs/decisions.md.
"""
from workdays import due_day, midnight_ms, promised_ms

# "Schemes (data, not code)"; aid: the first wave that other aid excludes, None for never.
SCHEMES = {
    "2020": {"instalments": 4, "amount_idr": 600000, "aid": 18},
    "2023": {"instalments": 1, "amount_idr": 600000, "aid": None},
}
REQUIRED = ("ACCOUNT_KYC", "NIK_MATCH", "ACCOUNT_ACTIVE")  # D3
# What can be wrong with an account, in the order in which it is told: (slot, check, reasons).
SLOTS = (
    ("CLOSED", None, ("ACCOUNT_CLOSED",)),
    ("KYC", "ACCOUNT_KYC", ("ACCOUNT_NOT_KYC",)),
    ("NIK", "NIK_MATCH", ("NIK_MISMATCH",)),
    ("SELFIE", "SELFIE_MATCH", ("SELFIE_MISMATCH",)),
    ("ACTIVE", "ACCOUNT_ACTIVE", ("ACCOUNT_INACTIVE",)),
    ("PHONE", "PHONE_OWNER", ("PHONE_CHANGED",)),
    ("NOT_FOUND", None, ("ACCOUNT_NOT_FOUND",)),
)
TOPICS = ("participant-enrolled", "training-completed", "rating-submitted", "account-linked",
          "eligibility-checked")
# Unicode's White_Space: D2, "nothing but white space is blank".
WHITE = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200b)}


class Participant:
    def __init__(self, participant_id):
        self.participant_id = participant_id
        self.log = {topic: [] for topic in TOPICS}  # in the order of arrival
        self.paid = {}      # number -> (partner, at_ms)
        self.cases = {}     # number -> reason
        self.retry_ms = {}  # number -> (earliest, latest) time of the next attempt
        self.limits = {}    # number -> (reason, until_ms, account)
        self.failures = []  # learned from money: (account, reason, version)
        self.doubts = {}    # account -> times of the negative answers
        self.unclear = set()  # where policy and decisions leave the end open


def enrolment(p):
    """The first record; a second enrolment of the same person is refused (R1, D5)."""
    return p.log["participant-enrolled"][0] if p.log["participant-enrolled"] else None


def certified(p):
    """D1: the first completion with a certificate, in the order of the log."""
    for record in p.log["training-completed"]:
        if record.get("certificate_id"):
            return record
    return None


def is_blank(text):
    return all(letter in WHITE for letter in text)


def ratings(p):
    """D2: those of the course of D1.  Before that is known none is ruled out: the participant
    who rated has nothing left to do (R9, L4)."""
    course = certified(p)
    return [r for r in p.log["rating-submitted"]
            if course is None or r["course_id"] == course["course_id"]]


def first_rated(p):
    for record in ratings(p):
        if 1 <= (record.get("stars") or 0) <= 5:
            return record
    return None


def first_reviewed(p):
    for record in ratings(p):
        if not is_blank(record.get("review") or ""):
            return record
    return None


def checks(p, account, check, outcome):
    return [r for r in p.log["eligibility-checked"]
            if r["check"] == check and r["outcome"] == outcome
            and (account is None or r.get("account_ref") == account)]


def links(p, account):
    return [r for r in p.log["account-linked"] if r["account_ref"] == account]


def is_verified(p, account):
    """D3; a condition once met stays met (R7)."""
    return bool(links(p, account)) and all(checks(p, account, c, "PASS") for c in REQUIRED)


def current_link(p):
    """D4: the newest link of a verified account.  Its version decides, never its arrival."""
    best = None
    for record in p.log["account-linked"]:
        if is_verified(p, record["account_ref"]):
            if best is None or record["source_version"] > best["source_version"]:
                best = record
    return best


def is_deactivated(p):
    """R4, D8: for good, where the scheme excludes aid from this wave on."""
    member = enrolment(p)
    if member is None:
        return False
    first_wave = SCHEMES[member["scheme"]]["aid"]
    return (first_wave is not None and member["wave"] >= first_wave
            and bool(checks(p, None, "DUPLICATE_AID", "FAIL")))


def missing(p):
    """R7's conditions, R9's question."""
    verified = any(is_verified(p, r["account_ref"]) for r in p.log["account-linked"])
    met = {
        "enrolled": enrolment(p) is not None,
        "completed": certified(p) is not None,
        "rated": first_rated(p) is not None,
        "reviewed": first_reviewed(p) is not None,
        "linked": bool(p.log["account-linked"]),
        "verified": verified,
        "active": not is_deactivated(p),
    }
    return [condition for condition, holds in met.items() if not holds]


def scheduled_at_ms(p):
    """D5, or None while a condition is missing.  Deactivation doesn't count: what is scheduled
    after it is born CANCELLED (R7, D8)."""
    if [condition for condition in missing(p) if condition != "active"]:
        return None
    times = [
        enrolment(p)["enrolled_at_ms"],
        certified(p)["completed_at_ms"],
        first_rated(p)["submitted_at_ms"],
        first_reviewed(p)["submitted_at_ms"],
        p.log["account-linked"][0]["linked_at_ms"],
    ]
    for check in REQUIRED:
        times.append(checks(p, None, check, "PASS")[0]["checked_at_ms"])
    return max(times)


def held_reason(p, account):
    """D6, D7: the reason of the first open slot of the account, or None."""
    newest_link = max(r["source_version"] for r in links(p, account))
    for slot, check, reasons in SLOTS:
        fails = [(version, reason) for ref, reason, version in p.failures
                 if ref == account and reason in reasons]
        cleared_by = []
        if check is not None:
            fails += [(r["source_version"], r.get("reason") or reasons[0])
                      for r in checks(p, account, check, "FAIL")]
            cleared_by += [r["source_version"] for r in checks(p, account, check, "PASS")]
        if slot in ("PHONE", "NOT_FOUND"):
            cleared_by.append(newest_link)
        if fails:
            version, reason = max(fails, key=lambda fail: fail[0])
            if all(version >= other for other in cleared_by):  # a tie is a FAIL (D6)
                return reason
    return None


def instalments(p, now_ms):
    """Every instalment as it is shown (docs/decisions.md, "Shown"); none before all holds."""
    at_ms = scheduled_at_ms(p)
    if at_ms is None:
        return []
    scheme = SCHEMES[enrolment(p)["scheme"]]
    rows = []
    for number in range(1, scheme["instalments"] + 1):
        due_ms = midnight_ms(due_day(at_ms, number))
        state, reason = shown(p, number, due_ms, now_ms)
        rows.append({
            "kind": "INSTALMENT", "number": number, "amount_idr": scheme["amount_idr"],
            "state": state, "reason": reason, "due_at_ms": due_ms,
            "promised_at_ms": promised_ms(at_ms, number), "scheduled_at_ms": at_ms,
        })
    return rows


def shown(p, number, due_ms, now_ms):
    if number in p.paid:
        return ("CLAWBACK", "DUPLICATE_AID") if is_deactivated(p) else ("PAID", None)
    if is_deactivated(p):
        return "CANCELLED", "DUPLICATE_AID"
    if number in p.cases:
        return "FAILED", p.cases[number]
    account = current_link(p)["account_ref"]
    reason = held_reason(p, account)
    if reason is not None:
        return "HELD", reason
    if number in p.limits and now_ms < p.limits[number][1]:  # D7: not the account's
        return "HELD", p.limits[number][0]
    if p.doubts.get(account) and due_ms <= now_ms:  # only a good answer ends it (D12)
        return "DOUBTFUL", None
    if number in p.retry_ms:
        return "RETRYING", None
    return "SCHEDULED", None
