"""What differs between the model and the system: participants, instalments, the money booked."""
import collections
import json

# All shown as "Sedang diproses"; which of them it is, is a matter of wire time (D11).
IN_PROCESS = ("SENDING", "UNKNOWN", "RETRYING")
FIELDS = ("amount_idr", "due_at_ms", "promised_at_ms", "scheduled_at_ms")
INSTALMENT_ID_LENGTH = 20  # a reference is the instalment's id and the attempt
REFERENCE_MAX = 30


def participants(model, system, clock_ms):
    """Differences between two lists of lines, one sentence each."""
    expected = {line["participant_id"]: line for line in model}
    found = {}
    for line in system:
        if line["participant_id"] in found:
            yield f"{line['participant_id']}: shown twice"
        found[line["participant_id"]] = line
    for who in sorted(expected.keys() | found.keys()):
        if who not in found:
            yield f"{who}: unknown to the system"
        elif who not in expected:
            yield f"{who}: unknown to the model"
        else:
            yield from participant(who, expected[who], found[who], clock_ms)


def participant(who, model, system, clock_ms):
    if sorted(model["missing"]) != sorted(system["missing"]):
        yield (f"{who}: missing {', '.join(system['missing']) or 'nothing'}, "
               f"should be {', '.join(model['missing']) or 'nothing'}")
    expected = {row["number"]: row for row in model["instalments"]}
    rows = [row for row in system["instalments"] if row["kind"] == "INSTALMENT"]
    found = {row["number"]: row for row in rows}
    if len(found) != len(rows):
        yield f"{who}: an instalment is shown twice"
    for number in sorted(expected.keys() | found.keys()):
        if number not in found or number not in expected:
            place = "the system" if number not in found else "the model"
            yield f"{who} instalment {number}: unknown to {place}"
            continue
        for difference in instalment(expected[number], found[number], clock_ms):
            yield f"{who} instalment {number}: {difference}"


def instalment(model, system, clock_ms):
    expected, found = (state(row, clock_ms) for row in (model, system))
    if expected != found:
        yield f"{found}, should be {expected}"
    for name in FIELDS:
        if system.get(name) != model[name]:
            yield f"{name} {system.get(name)}, should be {model[name]}"


def state(row, clock_ms):
    """The state with its reason, as far as the two can agree on it."""
    if row["state"] in IN_PROCESS:
        return "/".join(IN_PROCESS)
    if row["state"] == "DOUBTFUL":
        # Whether an instalment that isn't due yet shows the doubt is nowhere said.
        return "DOUBTFUL" if row["due_at_ms"] <= clock_ms else "SCHEDULED"
    return " ".join(filter(None, (row["state"], row.get("reason"))))


def read_ledger(path):
    """What was really booked: the partners' simulator also writes down what it refused."""
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(text) for text in file if text.strip()]
    return [row for row in rows if row["booked"]]


def money(ledger, model, system, bookings):
    """The partners' bookings: at most one per instalment, all that is paid and nothing else.
    `bookings` are the model's: (participant, number, partner, amount)."""
    booked = collections.Counter()
    for row in ledger:
        reference = row["reference"]
        if not (INSTALMENT_ID_LENGTH < len(reference) <= REFERENCE_MAX and reference.isalnum()):
            yield f"ledger: reference of {len(reference)} characters"
        booked[reference[:INSTALMENT_ID_LENGTH]] += 1
    for instalment_id, count in sorted(booked.items()):
        if count > 1:
            yield f"ledger: instalment {instalment_id} was booked {count} times"
    paid = sum(row["amount_idr"] for line in model for row in line["instalments"]
               if row["state"] in ("PAID", "CLAWBACK"))
    total = sum(row["amount_idr"] for row in ledger)
    if total != paid:
        yield f"ledger: Rp {total} booked, should be Rp {paid}"
    expected = collections.Counter((partner, amount) for _, _, partner, amount in bookings)
    found = collections.Counter((row["partner"].upper(), row["amount_idr"]) for row in ledger)
    for partner, amount in sorted(expected.keys() | found.keys()):
        if expected[partner, amount] != found[partner, amount]:
            yield (f"ledger: {partner} booked Rp {amount} {found[partner, amount]} times, "
                   f"should be {expected[partner, amount]}")
    yield from booked_and_shown(booked, system)


def booked_and_shown(booked, system):
    """When the system shows the instalments' ids: what is shown as paid is what was booked."""
    rows = [(line["participant_id"], row) for line in system for row in line["instalments"]]
    if not rows or not all(row.get("instalment_id") for _, row in rows):
        return
    for who, row in rows:
        paid = row["state"] in ("PAID", "CLAWBACK")
        if paid != bool(booked[row["instalment_id"]]):
            yield (f"{who} instalment {row['number']}: {row['state']}, "
                   f"booked {booked[row['instalment_id']]} times")
    strangers = booked.keys() - {row["instalment_id"] for _, row in rows}
    for instalment_id in sorted(i for i in strangers if booked[i]):
        yield f"ledger: {instalment_id} is nobody's instalment"


def told(cases, checkpoint, system):
    """The named cases against what cases.json tells about them at this checkpoint."""
    found = {line["participant_id"]: line for line in system}
    for case in cases:
        for row in case["expect"]:
            if row["checkpoint"] != checkpoint:
                continue
            line = found.get(case["participant_id"])
            if line is None:
                yield f"{case['case']} {case['participant_id']}: unknown to the system"
                continue
            states = [" ".join(filter(None, (i["state"], i.get("reason"))))
                      for i in line["instalments"] if i["kind"] == "INSTALMENT"]
            tells = [told_state(text) for text in row["instalments"]]
            if [told_state(text) for text in states] != tells or \
                    sorted(line["missing"]) != sorted(row["missing"]):
                yield (f"{case['case']} {case['participant_id']} at {checkpoint}: {states} missing "
                       f"{line['missing']}, told {row['instalments']} missing {row['missing']}")


def told_state(text):
    return "/".join(IN_PROCESS) if text.split()[0] in IN_PROCESS else text
