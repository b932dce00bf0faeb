#!/usr/bin/env python3
"""Plays the cases from life (stories.py) on a running system, all in one run, day by day.

    lives.py --bin DIR --control URL --callback URL --partner-key FILE [--wait SECONDS]

Called by `tests/e2e/run --lives`.  Exit 0: all holds; 1: something doesn't; 2: could not be run.
"""
import argparse
import base64
import collections
import csv
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))

from reports import (WIB, account_number, checked, completed, enrolled, line, linked,  # noqa: E402
                     ms, rated, rfc3339, verified, wib_date)
from stories import AMOUNT_IDR, DASHBOARD, LIVES  # noqa: E402
from system import CannotRun, System  # noqa: E402

COURSE, PLATFORM = "CRS-UJI-1", "tokopedia"
FLIGHT_SECONDS = 10
MOVING_SECONDS = 30
REFERENCE_SUFFIX = "DEMO"  # the environment of deploy/system.sh
OUTCOME_OPEN = ("SENDING", "UNKNOWN")
NOT_PARTICIPANT = ("RETRYING", "DOUBTFUL", *OUTCOME_OPEN)  # nothing for them to do (R12, R14)


# ---------------------------------------------------------------- who
class Person:
    """Someone of a story: accounts, and what is reported about them."""

    by_name = {}

    def __init__(self, life, serial):
        self.by_name[life.who] = self
        self.life = life
        self.serial = serial
        self.partner, self.account = life.partner, f"acc-{life.who[4:].lower()}-1"
        self.number = account_number(life.partner, serial)

    def link(self, partner, at_ms):
        return linked(self.life.who, self.account, partner, self.number, at_ms)

    def report(self, what, *rest):
        return REPORTS[what](self, *rest)

    def all(self, date, but=()):
        who, day = self.life.who, lambda clock: ms(f"{date} {clock}")
        parts = {
            "enrolled": [enrolled(who, "2020", 20, day("07:00") - 6 * 86_400_000)],
            "completed": self.completed(date, f"{date} 09:00"),
            "rated": [rated(who, COURSE, PLATFORM, day("09:30"), 5, "Materi mudah diikuti.")],
            "linked": [self.link(self.partner, day("11:00"))],
            "verified": verified(who, self.account, self.partner, day("12:00")),
        }
        return [report for name, reports in parts.items() if name not in but
                for report in reports]

    def all_at(self, other, date):
        """The account is somebody else's, too."""
        self.account, self.number = self.by_name[other].account, self.by_name[other].number
        return self.all(date)

    def completed(self, date, reported):
        return [completed(self.life.who, COURSE, PLATFORM, ms(f"{date} 09:00"),
                          f"SRT-{self.serial}", ms(reported), "lembaga-uji-1")]

    def another(self, partner, clock):
        """Another account, linked and an hour later verified."""
        self.serial += 1
        self.partner, self.account = partner, self.account[:-1] + "2"
        self.number = account_number(partner, self.serial)
        return [self.link(partner, ms(clock)),
                *verified(self.life.who, self.account, partner, ms(clock) + 3_600_000)]

    def check(self, check, outcome, clock):
        return [checked(self.life.who, self.partner, check, self.account, outcome, ms(clock))]


REPORTS = {
    "all": lambda p, date: p.all(date),
    "all at": Person.all_at,
    "all but completed": lambda p, date: p.all(date, ("completed",)),
    "completed": Person.completed,
    "fails": lambda p, check, clock: p.check(check, "FAIL", clock),
    "passes": lambda p, check, clock: p.check(check, "PASS", clock),
    "another": Person.another,
}


# ---------------------------------------------------------------- what must hold
def told(row):
    return " ".join(filter(None, (row["state"], row["reason"])))


def history_of(row):
    return [" ".join(filter(None, (str(h["attempt"]), h["what"], h["partner"], h["reason"])))
            for h in row["history"]]


def always(life, shown):
    """What holds for everybody on every day."""
    for row in shown["instalments"]:
        name, actor, todo = f"instalment {row['number']}", row["next"]["actor"], row["next"]["todo"]
        if row["dashboard"] != DASHBOARD[row["state"]]:
            yield f"{name}: {row['state']} is shown as {row['dashboard']}"
        if row["dashboard"] == "Gagal" and not life.gagal:
            yield f"{name}: shown as Gagal"
        if row["state"] == "HELD" and (not row["reason"] or todo in ("", "Tidak ada")):
            yield f"{name}: held without a reason or a fix"
        if row["state"] in NOT_PARTICIPANT and (actor == "participant" or todo != "Tidak ada"):
            yield f"{name}: {row['state']}, and {actor} is to do: {todo}"
        if row["state"] == "FAILED" and not row["case_id"]:
            yield f"{name}: failed without a case"
        if row["amount_idr"] != AMOUNT_IDR:
            yield f"{name}: Rp {row['amount_idr']}"
        if row["state"] == "PAID" and row["reference"] != reference(row, row["attempt"]):
            yield f"{name}: paid under {row['reference']}"
        times = [h["at_ms"] for h in row["history"]]
        if times != sorted(times) or any(not at for at in times):
            yield f"{name}: history without times, or not in order"


def reference(row, attempt):
    return f"{row['instalment_id']}{REFERENCE_SUFFIX}{attempt:02}"


def same(name, found, expected):
    if found != expected:
        yield f"{name} {found}, should be {expected}"


def days_of(rows, name, count):
    return [wib_date(row[name]) if row[name] else None for row in rows[:count]]


def shown_differs(what, shown):
    rows = shown["instalments"]
    if "shows" in what:
        yield from same("shows", [told(row) for row in rows], what["shows"])
    if "missing" in what:
        yield from same("missing", shown["missing"], what["missing"])
    for name, field in (("due", "due_at_ms"), ("paid", "paid_at_ms")):
        if name in what:
            yield from same(name, days_of(rows, field, len(what[name])), what[name])
    for number, lines in what.get("history", {}).items():
        found = [history_of(row) for row in rows if row["number"] == number]
        yield from same(f"history of {number}", found, [lines])


def statement_of(shown, statement):
    """The person's lines of the statement, as the stories have them."""
    numbers = {row["instalment_id"]: row["number"] for row in shown["instalments"]}
    for entry in statement:
        instalment_id, attempt = entry["partner_reference"][:20], entry["partner_reference"][-2:]
        if instalment_id in numbers:
            yield (f"{numbers[instalment_id]}.{int(attempt)} {entry['partner'].upper()} "
                   f"{entry['kind']}")


def money_differs(what, shown, statement):
    """Booked once at most and only what is shown as paid, or isn't known to be."""
    if "booked" in what:
        yield from same("booked", sorted(statement_of(shown, statement)), sorted(what["booked"]))
    for row in shown["instalments"]:
        mine = [e for e in statement if e["partner_reference"][:20] == row["instalment_id"]]
        count = collections.Counter(e["kind"] for e in mine)
        net = count["BOOKED"] - count["RETURNED"]
        if net != (row["state"] == "PAID") and not (row["state"] in OUTCOME_OPEN and net in (0, 1)):
            yield f"instalment {row['number']}: {row['state']}, booked {net} times"
        for entry in mine:
            if int(entry["amount_idr"]) != AMOUNT_IDR:
                yield f"instalment {row['number']}: Rp {entry['amount_idr']} booked"


def strangers(people, statement):
    ids = {row["instalment_id"] for shown in people.values() for row in shown["instalments"]}
    for entry in statement:
        if entry["partner_reference"][:20] not in ids:
            yield f"{entry['partner_reference']} is nobody's"


def text_differs(what, text):
    for words in what.get("explains", ()):
        if words not in text:
            yield f"explain doesn't say {words!r}"
    for words in what.get("unsaid", ()):
        if words in text:
            yield f"explain says {words!r}"


def cases_differ(what, who, cases):
    if "cases" in what:
        found = sorted(case["reason"] for case in cases if case["participant_id"] == who)
        yield from same("cases", found, what["cases"])


# ---------------------------------------------------------------- how it happens
class Play:
    def __init__(self, system, callback, key):
        self.system, self.callback, self.key = system, callback, key
        self.people = [Person(life, 100 + 2 * i) for i, life in enumerate(LIVES)]
        self.clocks = sorted({clock for life in LIVES for clock in life.days})
        self.moving = False  # a payment is being asked about, so the system doesn't come to rest
        self.wrong = collections.Counter()

    def today(self, clock, name):
        for person in self.people:
            value = person.life.days.get(clock, {}).get(name)
            if value:
                yield person, value

    def statement(self):
        return list(csv.DictReader(self.system.get("/_control/statement").splitlines()))

    def rest(self):
        if not self.moving:
            self.system.idle()

    def day(self, clock):
        for person, behaviour in self.today(clock, "script"):
            self.system.fixture({"account": person.number, "behaviour": behaviour})
        for word in ("down", "up"):
            for _, partners in self.today(clock, word):
                for partner in partners:
                    self.system.down({"partner": partner, "on": word == "down"})
        if any(self.today(clock, "up")):
            self.moving = False
        flights = [partner for _, partner in self.today(clock, "flight")]
        booked = len(self.statement()) if flights else 0
        self.system.clock(rfc3339(ms(clock)))
        for partner in flights:
            self.cut_off(partner, booked)
        self.rest()
        self.send(clock)
        for _, command in self.today(clock, "run"):
            self.system.run(*command.split())
            self.rest()
        for person, (number, word) in self.today(clock, "notice"):
            self.notice(person, number, word)
        settles = any(self.today(clock, "settle"))
        if settles:
            self.system.post("/_control/settle")
        self.check(clock, patient=self.moving or settles)

    def cut_off(self, partner, booked):
        """The partner goes down between its booking and our hearing of it."""
        until = time.monotonic() + FLIGHT_SECONDS
        while not any(e["partner"] == partner for e in self.statement()[booked:]):
            if time.monotonic() > until:
                raise CannotRun(f"{partner} books nothing that could be cut off")
        self.system.down({"partner": partner, "on": True})
        self.moving = True

    def send(self, clock):
        topics = collections.defaultdict(list)
        for person, reports in self.today(clock, "send"):
            for report in reports:
                for _, topic, event, _ in person.report(*report):
                    topics[topic].append(line(event) + "\n")
        for topic, lines in topics.items():
            with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
                file.write("".join(lines))
                file.flush()
                self.system.produce(topic, file.name)
        if topics:
            self.rest()

    def notice(self, person, number, word):
        """The partner tells us that an instalment came back, as it would over the wire."""
        shown = self.shown()[person.life.who]["instalments"][number - 1]
        body = json.dumps({
            "originalPartnerReferenceNo": shown["reference"], "originalReferenceNo": "1",
            "amount": {"value": f"{AMOUNT_IDR}.00", "currency": "IDR"},
            "latestTransactionStatus": "04", "transactionStatusDesc": word, "additionalInfo": {},
        }, separators=(",", ":"))
        path = f"/v1/partners/{shown['partner'].lower()}/notify"
        at = datetime.datetime.now(WIB).isoformat(timespec="seconds")
        digest = hashlib.sha256(body.encode()).hexdigest()
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                                input=f"POST:{path}:{digest}:{at}".encode(), check=True,
                                capture_output=True, timeout=10).stdout
        request = urllib.request.Request(self.callback + path, data=body.encode(), headers={
            "Content-Type": "application/json", "X-TIMESTAMP": at, "X-PARTNER-ID": "insentif",
            "X-SIGNATURE": base64.b64encode(signed).decode(), "X-EXTERNAL-ID": "1",
            "CHANNEL-ID": "95221"})
        with self.system.opener.open(request, timeout=10) as answer:
            answer.read()

    def shown(self):
        return {row["participant_id"]: row for row in self.system.show()}

    # ------------------------------------------------------------ the end of a day
    def check(self, clock, patient):
        """A patient check waits until all holds, for what nothing else can be waited for by."""
        begun = time.monotonic()
        while True:
            found = list(self.differences(clock))
            if not found or not patient or time.monotonic() > begun + MOVING_SECONDS:
                break
        for case, sentence in found:
            self.say(case, sentence)

    def say(self, case, sentence):
        self.wrong[case] += 1
        progress(f"  {case}: {sentence}")

    def differences(self, clock):
        people, statement = self.shown(), self.statement()
        cases = [json.loads(text) for text in self.system.run("cases", "--json").splitlines()]
        for person in self.people:
            life, who = person.life, person.life.who
            what, shown = life.days.get(clock, {}), people.get(who)
            if not shown:
                if what:
                    yield life.case, f"{who}: unknown to the system"
                continue
            text = ""
            if "explains" in what or "unsaid" in what:
                text = self.system.run("explain", who)
            for sentence in (*always(life, shown), *shown_differs(what, shown),
                             *money_differs(what, shown, statement),
                             *text_differs(what, text), *cases_differ(what, who, cases)):
                yield life.case, f"{who} on {clock}: {sentence}"
        for sentence in strangers(people, statement):
            yield "statement", sentence

    def end(self):
        """Every return was told to us; and the partners' statement, our ledger and the records
        agree to the rupiah."""
        notified = json.loads(self.system.get("/_control/ledger"))
        returned = sum(entry["kind"] == "RETURNED" for entry in self.statement())
        for sentence in same("returns told, given up",
                             [notified["notified"], notified["notify_given_up"]], [returned, 0]):
            self.say("R17", sentence)
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as file:
            table = csv.DictWriter(file, self.statement()[0])
            table.writeheader()
            table.writerows(self.statement())
            file.flush()
            try:
                self.system.run("reconcile", file.name)
            except CannotRun as error:
                self.say("reconcile", str(error))

    def run(self):
        for number, clock in enumerate(self.clocks, 1):
            begun = time.monotonic()
            self.day(clock)
            progress(f"{number:2}/{len(self.clocks)}  {clock}  {time.monotonic() - begun:4.1f} s")
        self.end()


def progress(text):
    print(text, file=sys.stderr, flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--bin", required=True, help="folder of the program insentif")
    options.add_argument("--control", required=True, help="of the simulator, http://host:port")
    options.add_argument("--callback", required=True, help="of partner-callback, http://host:port")
    options.add_argument("--partner-key", required=True, help="with which partners sign, PEM")
    options.add_argument("--wait", type=int, default=60, help="seconds to wait until idle")
    given = options.parse_args()
    play = Play(System(given.bin, given.control, given.wait), given.callback, given.partner_key)
    begun = time.monotonic()
    try:
        play.run()
    except (CannotRun, OSError, subprocess.SubprocessError, urllib.error.URLError) as error:
        progress(f"cannot run: {error}")
        return 2
    for case in dict.fromkeys([life.case for life in LIVES] + list(play.wrong)):
        who = [life.who for life in LIVES if life.case == case]
        print(f"{case:10} {f'{play.wrong[case]} wrong' if play.wrong[case] else 'as it must be':14}"
              f" {' '.join(who)}")
    print(f"{len(LIVES)} lives, {len(play.clocks)} days, {time.monotonic() - begun:.1f} s")
    return 1 if play.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
