#!/usr/bin/env python3
"""Writes a timeline of random histories: every kind of condition, order, repetition, correction,
second account, check that turns, link that is renewed, aid, and partners that misbehave.

    random_histories.py --seed S --participants 1000 --out DIR

The same seed gives the same files (with the same version of `holidays`).  Participants whose end
would depend on who is faster within a step, or on what the rules leave open, are drawn again.
"""
import argparse
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))

from races import races  # noqa: E402
from reports import (DAY_MS, HOUR_MS, MINUTE_MS, PLATFORMS, REASON_OF_CHECK, REQUIRED,  # noqa: E402
                     WALLETS, Timeline, account_number, aid, checked, completed,
                     enrolled, linked, ms, rated, rfc3339, write)

PARTICIPANTS_MAX = 1600  # and six accounts each: four digits in a number
ROUNDS_MAX = 8
PARTNERS = (*WALLETS, "BNI", "BCA")
REPORT_DAYS = 5
# Days after the first report, and whether something is reported then too.
LATER_2020 = ((6, 0), (7, 0), (8, 0), (9, 0), (12, 1), (13, 0), (20, 1), (21, 0), (36, 0), (37, 0),
              (38, 0), (45, 1), (67, 0), (68, 0), (69, 0), (75, 1), (98, 0), (99, 0), (131, 0))
LATER_2023 = ((6, 0), (7, 0), (8, 0), (9, 0), (12, 1), (13, 0), (14, 0), (20, 1), (21, 0), (40, 0))
HOURS = ("00:00:00", "08:00:00", "09:30:15", "16:00:00", "23:59:59")
BLANKS = ("", " ", "\t\n", "\u00a0", "\u2003\u3000")
REVIEWS = (".", "Jelas.", "👍", " baik ", "Nomor 1234567890123456", "\u00a0ok", "x" * 1990)
BEHAVIOURS = ("not_kyc", "closed", "inactive", "not_found", "limit", "monthly", "timeout_before",
              "timeout_after", "error_after", "error_before", "late:800", "fail_once:1",
              "fail_once:3", "wrong_inquiry:1", "wrong_inquiry:2", "fraud", "down")


class Phase:
    """One scheme's part of the timeline: days of reports, then days of money."""

    def __init__(self, rng, timeline, scheme, first, last, later):
        self.scheme = scheme
        self.timeline = timeline
        span = (ms(f"{last} 00:00") - ms(f"{first} 00:00")) // DAY_MS
        self.start_ms = ms(f"{first} 00:00") + rng.randrange(span) * DAY_MS
        days = [(day, 1) for day in range(REPORT_DAYS)] + list(later)
        self.steps, self.later_reports = [], []
        before_ms = 0
        for day, reports in days:
            midnight = self.start_ms + day * DAY_MS
            date = rfc3339(midnight)[:10]
            # More than a retry's longest wait after the step before.
            hours = [hour for hour in HOURS if ms(f"{date} {hour}") - before_ms > 8 * HOUR_MS]
            clock = f"{date} 20:00:00" if day < REPORT_DAYS else f"{date} {rng.choice(hours)}"
            before_ms = ms(clock)
            self.steps.append(len(timeline.steps))
            if reports and day >= REPORT_DAYS:
                self.later_reports.append(len(timeline.steps))
            check = day >= REPORT_DAYS - 1 and len(self.steps) % 2
            timeline.step(clock, f"scheme {scheme}, day {day}", bool(reports),
                          f"{scheme}-day-{day}" if check else None)
        self.outages(rng)

    def outages(self, rng):
        for _ in range(3):
            begin = rng.randrange(REPORT_DAYS, len(self.steps) - 2)
            partner = rng.choice(PARTNERS)
            for index, on in ((begin, True), (begin + rng.randrange(1, 3), False)):
                self.timeline.steps[self.steps[index]]["down"].append(
                    {"partner": partner, "on": on})


class Person:
    """One random history; the same (seed, serial, draw) is the same person."""

    def __init__(self, seed, serial, draw, phase):
        self.rng = random.Random(f"{seed}/{serial}/{draw}")
        self.serial, self.phase = serial, phase
        self.who = f"PST-{serial:06d}"
        self.reports = []   # (report, step)
        self.fixtures = []  # (step, number, behaviour)
        self.accounts = []  # (account, partner, number)
        self.member()
        self.trainings()
        for _ in range(self.rng.choice((0, *[1] * 14, 2, 2, 3))):
            self.account(self.moment(), self.soon)
        self.aid()
        for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
            self.turn()
        if self.accounts and self.chance(0.25):
            self.misbehave()
        for report, index in list(self.reports):
            if self.chance(0.05):
                self.reports.append((report, self.again(index)))

    def chance(self, probability):
        return self.rng.random() < probability

    def moment(self):
        """Any second from six days before the first report to the last day's report."""
        return self.phase.start_ms + self.rng.randrange(
            -6 * 86400, (REPORT_DAYS - 1) * 86400 + 20 * 3600) * 1000

    def soon(self, report):
        """Sends with the report of its time, or of a later day."""
        timeline = self.phase.timeline
        index = timeline.reporting_step(report[3], 0 if self.chance(0.85) else 1)
        while self.chance(0.02):
            index = self.again(index)
        self.reports.append((report, index))

    def again(self, index):
        following = [i for i in self.phase.timeline.reporting
                     if index <= i <= self.phase.steps[-1]]
        return self.rng.choice(following)

    def member(self):
        if self.chance(0.04):
            return
        low, high = (1, 41) if self.phase.scheme == "2020" else (48, 71)
        wave = self.rng.choice((17, 18)) if self.chance(0.1) and low == 1 else \
            self.rng.randrange(low, high)
        at_ms = self.moment()
        self.soon(enrolled(self.who, self.phase.scheme, wave, at_ms))
        if self.chance(0.02):
            self.soon(enrolled(self.who, self.phase.scheme, wave, self.moment()))

    def trainings(self):
        for number in range(self.rng.choice((0, *[1] * 14, 2, 2, 3))):
            course = f"CRS-{number + 1}"
            platform = self.rng.choice(PLATFORMS)
            certificate = f"SRT-{self.serial}-{number}"
            at_ms = self.moment()
            if self.chance(0.15):
                self.soon(completed(self.who, course, platform, at_ms, None))
            if self.chance(0.93):
                self.soon(completed(self.who, course, platform, at_ms, certificate))
            if self.chance(0.05):  # corrected: another date, same course
                self.soon(completed(self.who, course, platform, self.moment(), certificate))
            for _ in range(self.rng.choice((0, *[1] * 12, 2, 2, 3))):
                self.opinion(course, platform)

    def opinion(self, course, platform):
        stars = self.rng.randrange(1, 6) if self.chance(0.93) else None
        review = self.rng.choice(BLANKS if self.chance(0.1) else REVIEWS)
        if stars and self.chance(0.08):
            review = None
        if not stars and not (review or "").strip():
            review = REVIEWS[0]
        sender = self.rng.choice((platform, "dashboard"))
        self.soon(rated(self.who, course, sender, self.moment(), stars, review))

    def account(self, at_ms, send, whole=False):
        """A new account, its link and its checks; `whole`: nothing missing or failing."""
        number = len(self.accounts)
        account = f"acc-{self.serial}-{number + 1}"
        partner = self.rng.choice(PARTNERS)
        sealed = account_number(partner, self.serial + number * PARTICIPANTS_MAX)
        self.accounts.append((account, partner, sealed))
        if whole or self.chance(0.96):
            send(linked(self.who, account, partner, sealed, at_ms))
        for check in REASON_OF_CHECK:
            if check == "DUPLICATE_AID":
                continue
            required = check in REQUIRED
            story = "PASS" if whole else self.rng.choices(
                ("PASS", "FAIL PASS", "PASS FAIL", "FAIL", ""),
                (90, 4, 2, 2, 2) if required else (8, 2, 1, 1, 88))[0]
            for turn, outcome in enumerate(story.split()):
                self.check(account, partner, check, outcome,
                           at_ms - HOUR_MS + turn * 10 * MINUTE_MS, send)

    def check(self, account, partner, check, outcome, at_ms, send):
        version = at_ms
        if self.chance(0.04):  # read at the source long before it was sent
            version -= self.rng.randrange(1, 5000) * MINUTE_MS
        send(checked(self.who, partner, check, account, outcome, at_ms, version))

    def aid(self):
        if self.chance(0.05):
            self.soon(aid(self.who, self.rng.choice(("PASS", "FAIL")), self.moment()))

    def turn(self):
        """Something that changes when money has begun to move."""
        index = self.rng.choice(self.phase.later_reports)
        at_ms = self.between(index)

        def send(report):
            self.reports.append((report, index))

        kind = self.rng.choice(("turn", "turn", "relink", "account", "candidate", "aid", "stars"))
        if kind == "aid":
            send(aid(self.who, self.rng.choice(("FAIL", "FAIL", "PASS")), at_ms))
        elif kind == "stars":
            send(rated(self.who, "CRS-1", "dashboard", at_ms, self.rng.randrange(1, 6), None))
        elif kind == "account" or not self.accounts:
            self.account(at_ms, send, whole=True)
        elif kind == "candidate":
            self.account(at_ms, send)
        else:
            account, partner, number = self.rng.choice(self.accounts)
            if kind == "relink":
                send(linked(self.who, account, partner, number, at_ms))
                return
            check = self.rng.choice([c for c in REASON_OF_CHECK if c != "DUPLICATE_AID"])
            self.check(account, partner, check, "FAIL", at_ms, send)
            following = [i for i in self.phase.later_reports if i > index]
            if following and self.chance(0.7):
                index = self.rng.choice(following)
                self.check(account, partner, check, "PASS", self.between(index), send)

    def between(self, index):
        """A moment of the reporting step's last hours, after the step before."""
        clock_ms = self.phase.timeline.clock_ms(index)
        return clock_ms - self.rng.randrange(60, 7 * 60) * MINUTE_MS

    def misbehave(self):
        steps = [i for i in self.phase.steps[REPORT_DAYS:-1]
                 if i not in self.phase.timeline.reporting]
        begin = self.rng.choice(steps)
        _, _, number = self.rng.choice(self.accounts)
        behaviour = self.rng.choice(BEHAVIOURS)
        if behaviour == "limit" and not number.startswith("62"):
            behaviour = "monthly"  # a bank account has no most it may hold
        self.fixtures.append((begin, number, behaviour))
        if self.chance(0.7):
            end = self.rng.choice([i for i in self.phase.steps if i > begin])
            self.fixtures.append((end, number, "ok"))


def phases(seed):
    rng = random.Random(f"{seed}")
    timeline = Timeline(rng)
    return timeline, [Phase(rng, timeline, "2020", "2020-02-03", "2020-11-20", LATER_2020),
                      Phase(rng, timeline, "2023", "2023-01-03", "2023-10-20", LATER_2023)]


def make(seed, draws):
    """The files of these participants; draws: {serial: how often drawn again}."""
    timeline, both = phases(seed)
    for serial, draw in sorted(draws.items()):
        person = Person(seed, serial, draw, both[serial % 3 == 0])
        for report, index in person.reports:
            timeline.send(report, index)
        for index, number, behaviour in person.fixtures:
            timeline.steps[index]["fixtures"].append({"account": number, "behaviour": behaviour})
    return timeline.files()


def settle(seed, participants):
    """Draws until nobody is a race any more."""
    draws = dict.fromkeys(range(1, participants + 1), 0)
    doubtful = draws
    for _ in range(ROUNDS_MAX):
        with tempfile.TemporaryDirectory() as directory:
            write(directory, make(seed, doubtful))
            found = races(directory, seed)
        if not found:
            break
        doubtful = {}
        for who in found:
            draws[int(who[4:])] += 1
            doubtful[int(who[4:])] = draws[int(who[4:])]
        print(f"{len(doubtful)} drawn again", file=sys.stderr)
    else:
        for serial in doubtful:
            del draws[serial]
    return draws


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--participants", type=int, default=1000)
    options.add_argument("--out", required=True)
    given = options.parse_args()
    if not 1 <= given.participants <= PARTICIPANTS_MAX:
        options.error(f"participants: 1 to {PARTICIPANTS_MAX}")
    out = pathlib.Path(given.out)
    if out.exists() and any(out.iterdir()):
        options.error(f"{out} is not empty")
    write(out, make(given.seed, settle(given.seed, given.participants)))
    print(f"seed {given.seed}: {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
