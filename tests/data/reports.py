"""Events as partners report them, and the timeline that delivers them; used by the generators.

Field names and their order are those of common/events/events.h.  Times int64 ms UTC, given as
"2020-10-05 10:00" in WIB.  Everyone here is invented and looks it: numbers 62811000.... and
0000......, names PESERTA UJI.
"""
import datetime
import json
import pathlib

WIB = datetime.timezone(datetime.timedelta(hours=7))
MINUTE_MS = 60 * 1000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

PLATFORMS = ("tokopedia", "pijar-mahir", "sekolahmu", "pintaria")
WALLETS = ("GOPAY", "OVO", "LINKAJA", "DANA")
REQUIRED = ("ACCOUNT_KYC", "NIK_MATCH", "ACCOUNT_ACTIVE")
REASON_OF_CHECK = {
    "ACCOUNT_KYC": "ACCOUNT_NOT_KYC", "NIK_MATCH": "NIK_MISMATCH",
    "SELFIE_MATCH": "SELFIE_MISMATCH", "ACCOUNT_ACTIVE": "ACCOUNT_INACTIVE",
    "PHONE_OWNER": "PHONE_CHANGED", "DUPLICATE_AID": "DUPLICATE_AID",
}


def ms(text):
    """"2020-10-05 10:00" or "2020-10-05 10:00:30", WIB."""
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=WIB).timestamp()) * 1000


def rfc3339(at_ms):
    return datetime.datetime.fromtimestamp(at_ms // 1000, WIB).isoformat()


def wib_date(at_ms):
    return datetime.datetime.fromtimestamp(at_ms // 1000, WIB).date().isoformat()


def enrolled(who, scheme, wave, at_ms, family=None):
    event = {"participant_id": who, "scheme": scheme, "wave": wave,
             "selected_at_ms": at_ms - 2 * DAY_MS, "enrolled_at_ms": at_ms}
    if family:
        event["family_token"] = family
    return "programme", "participant-enrolled", event, at_ms


def completed(who, course, platform, at_ms, certificate, reported_ms=None, institution=None):
    event = {"participant_id": who, "course_id": course, "platform": platform}
    if institution:
        event["institution"] = institution
    if certificate:
        event["certificate_id"] = certificate
    event["completed_at_ms"] = at_ms
    event["reported_at_ms"] = reported_ms or at_ms
    return platform, "training-completed", event, reported_ms or at_ms


def rated(who, course, sender, at_ms, stars, review):
    event = {"participant_id": who, "course_id": course}
    if stars:
        event["stars"] = stars
    if review:
        event["review"] = review
    event["channel"] = "DASHBOARD" if sender == "dashboard" else "PLATFORM"
    event["submitted_at_ms"] = at_ms
    return sender, "rating-submitted", event, at_ms


def linked(who, account, partner, number, at_ms, version=None):
    event = {"participant_id": who, "account_ref": account, "partner": partner,
             "sealed_account": {"number": number, "name": account_name(number),
                                "bank_code": "014" if partner == "BCA" else ""},
             "linked_at_ms": at_ms, "source_version": version or at_ms}
    return "dashboard", "account-linked", event, at_ms


def checked(who, sender, check, account, outcome, at_ms, version=None):
    event = {"participant_id": who, "check": check}
    if account:
        event["account_ref"] = account
    event["outcome"] = outcome
    if outcome == "FAIL":
        event["reason"] = REASON_OF_CHECK[check]
        event["raw_code"] = "UJI-" + str(list(REASON_OF_CHECK).index(check) + 1)
    event["checked_at_ms"] = at_ms
    event["source_version"] = version or at_ms
    return sender.lower(), "eligibility-checked", event, at_ms


def verified(who, account, partner, at_ms):
    """The three checks an account needs, a minute apart, the last at `at_ms`."""
    return [checked(who, partner, check, account, "PASS", at_ms - (2 - i) * MINUTE_MS)
            for i, check in enumerate(REQUIRED)]


def aid(who, outcome, at_ms, version=None):
    return checked(who, "programme", "DUPLICATE_AID", None, outcome, at_ms, version)


def account_number(partner, serial):
    return f"62811000{serial:04d}" if partner in WALLETS else f"0000{serial:06d}"


def account_name(number):
    """As the simulator of the payment partners names its accounts: by the number's last digits."""
    return f"PESERTA UJI {number[-4:]}"


class Timeline:
    """The steps of a rehearsal and the files that each of them sends.

    A step sets fixtures and outages, moves the clock, lets happen what is due, then sends its
    files.  A report goes out with the first reporting step at or after its time.
    """

    def __init__(self, rng):
        self.rng = rng
        self.steps = []    # as in timeline.json
        self.outbox = []   # per step: {path: [event]}
        self.reporting = []

    def step(self, clock, note, reports=False, expect=None):
        at_ms = ms(clock)
        assert not self.steps or at_ms > self.clock_ms(-1), clock
        if reports:
            self.reporting.append(len(self.steps))
        self.steps.append({"clock": rfc3339(at_ms), "send": [], "fixtures": [], "down": [],
                           "note": note, "expect": expect})
        self.outbox.append({})

    def clock_ms(self, index):
        return int(datetime.datetime.fromisoformat(self.steps[index]["clock"]).timestamp()) * 1000

    def index_at(self, clock):
        return next(i for i, s in enumerate(self.steps) if s["clock"] == rfc3339(ms(clock)))

    def fixture(self, clock, number, behaviour):
        self.steps[self.index_at(clock)]["fixtures"].append(
            {"account": number, "behaviour": behaviour})

    def outage(self, clock, partner, on):
        self.steps[self.index_at(clock)]["down"].append({"partner": partner, "on": on})

    def reporting_step(self, at_ms, later=0):
        """The step whose files carry a report of this time; `later`: so many reports after it."""
        due = [i for i in self.reporting if self.clock_ms(i) >= at_ms]
        assert due, rfc3339(at_ms)
        return due[min(later, len(due) - 1)]

    def send(self, report, index=None, later=0):
        sender, topic, event, at_ms = report
        if index is None:
            index = self.reporting_step(at_ms, later)
        assert self.clock_ms(index) >= at_ms, event
        path = f"{wib_date(self.clock_ms(index))}/{sender}.{topic}.jsonl"
        self.outbox[index].setdefault(path, []).append(event)

    def files(self):
        """{path: text}, timeline.json among them.  Files and lines come in any order."""
        texts = {}
        for step, outbox in zip(self.steps, self.outbox):
            paths = sorted(outbox)
            self.rng.shuffle(paths)
            step["send"] = paths
            for path in paths:
                assert path not in texts, path
                self.rng.shuffle(outbox[path])
                texts[path] = "".join(line(event) + "\n" for event in outbox[path])
        steps = ",\n".join(json.dumps(step, ensure_ascii=False) for step in self.steps)
        texts["timeline.json"] = '{"steps": [\n' + steps + "\n]}\n"
        return texts


def line(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def write(directory, texts):
    for path, text in texts.items():
        target = pathlib.Path(directory) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
