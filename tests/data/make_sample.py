#!/usr/bin/env python3
"""Makes the sample in sample/: reports of four platforms about some 1,000 invented people, the
rehearsal that delivers them (timeline.json) and the named cases with their ends (cases.json).

    make_sample.py           writes the files
    make_sample.py --check   compares them byte for byte; exit 1 on any difference
"""
import argparse
import json
import pathlib
import random
import sys

import sample_cases
from reports import (DAY_MS, HOUR_MS, MINUTE_MS, PLATFORMS, Timeline, account_number,
                     aid, checked, completed, enrolled, linked, ms, rated, verified, write)

SEED = 20201005
SAMPLE = pathlib.Path(__file__).resolve().parent / "sample"
SIZE_MAX = 1_500_000
DAYS_2020 = ("2020-10-05", "2020-10-06", "2020-10-07")
DAYS_2023 = ("2023-03-06", "2023-03-07", "2023-03-08", "2023-03-20")
PARTNERS = ("GOPAY",) * 6 + ("OVO",) * 5 + ("BNI",) * 4 + ("LINKAJA",) * 3 + ("DANA", "BCA")
REVIEWS = ("Materi jelas.", "Pengajar sabar.", "Sangat membantu.", "Contohnya nyata.", "Bagus 👍",
           "Videonya kadang lambat.", "Cocok untuk pemula.", "Latihannya cukup.", "Puas.",
           "Perlu lebih banyak contoh.", "Saya jadi berani melamar kerja.", "Lumayan.")
# What can be missing for ever, each for about 2 in 100.
LACKS = ("certificate", "rating", "review", "link", "nik", "enrolment")

STEPS = (  # clock, note, reports, checkpoint
    ("2020-10-05 20:00", "first day's reports", True, None),
    ("2020-10-06 20:00", "second day's reports", True, None),
    ("2020-10-07 20:00", "third day's reports", True, "reports-in"),
    ("2020-10-08 08:00", "instalment 1 due, GoPay is down", False, "gopay-down"),
    ("2020-10-08 20:30", "GoPay is back", False, "gopay-back"),
    ("2020-10-09 09:00", "instalment 1 of the second day", False, "second-day"),
    ("2020-10-12 08:00", "instalment 1 of the third day", False, None),
    ("2020-10-13 09:00", "the day after", False, "instalment-1"),
    ("2020-10-20 20:00", "late reports, aid lists, accounts that changed", True, "between"),
    ("2020-10-23 08:00", "instalment 1 of the late ones", False, None),
    ("2020-11-09 08:00", "instalment 2 due, LinkAja is down", False, "instalment-2-due"),
    ("2020-11-09 20:30", "doubtful accounts are asked again", False, "instalment-2-evening"),
    ("2020-11-10 09:00", "the day after", False, None),
    ("2020-11-12 08:00", "LinkAja is back", False, None),
    ("2020-11-13 09:00", "the day after", False, "instalment-2"),
    ("2020-11-16 20:00", "what was held is put right", True, "released"),
    ("2020-11-23 08:00", "instalment 2 of the late ones", False, None),
    ("2020-12-08 08:00", "instalment 3 due", False, None),
    ("2020-12-10 08:00", "the 9th is an election day", False, None),
    ("2020-12-14 08:00", "the 12th is a Saturday", False, None),
    ("2020-12-15 09:00", "the day after", False, "instalment-3"),
    ("2020-12-23 08:00", "instalment 3 of the late ones", False, None),
    ("2021-01-08 08:00", "instalment 4 due", False, None),
    ("2021-01-11 08:00", "the 9th is a Saturday", False, None),
    ("2021-01-12 08:00", "instalment 4 of the third day", False, None),
    ("2021-01-13 09:00", "the day after", False, "instalment-4"),
    ("2021-01-25 08:00", "instalment 4 of the late ones", False, "2020-paid"),
    ("2023-03-06 20:00", "scheme 2023, first day's reports", True, None),
    ("2023-03-07 20:00", "second day's reports", True, None),
    ("2023-03-08 20:00", "third day's reports", True, "2023-reports-in"),
    ("2023-03-09 08:00", "due", False, None),
    ("2023-03-10 08:00", "due", False, None),
    ("2023-03-13 08:00", "due", False, None),
    ("2023-03-14 09:00", "the day after", False, None),
    ("2023-03-20 20:00", "reports before Nyepi", True, None),
    ("2023-03-24 08:00", "the 22nd and 23rd are days off: nothing due yet", False, "nyepi"),
    ("2023-03-27 08:00", "due", False, None),
    ("2023-03-28 09:00", "the day after", False, "end"),
)


class Crowd:
    """Everyone without a name: who they are, and when what is reported about them."""

    def __init__(self, rng, timeline):
        self.rng = rng
        self.timeline = timeline
        self.sent = []  # (report, step), for exact repetitions

    def send(self, report, later=0):
        index = self.timeline.reporting_step(report[3], later)
        self.timeline.send(report, index)
        self.sent.append((report, index))

    def moment(self, last_day, back_days, last_hour=19):
        """Any minute of the `back_days` before `last_day` or of that day before `last_hour`."""
        start = ms(f"{last_day} 00:00")
        if not back_days:
            return start + self.rng.randrange(6 * 60, last_hour * 60) * MINUTE_MS
        return start - back_days * DAY_MS + self.rng.randrange(back_days * 24 * 60) * MINUTE_MS

    def person(self, serial, scheme, days):
        rng = self.rng
        who = f"PST-{serial:06d}"
        day = rng.choice(days)
        wave = rng.randrange(1, 41) if scheme == "2020" else rng.randrange(48, 71)
        lack = rng.choice(LACKS) if rng.random() < 0.12 else None
        # At least one condition is met on the last day, any of them, the others before it.
        last = rng.choice(("completed", "rated", "verified"))
        back = {name: 0 if name == last else 3 for name in ("completed", "rated", "verified")}
        if lack != "enrolment":
            family = f"kk-{serial:06d}" if rng.random() < 0.2 else None
            self.send(enrolled(who, scheme, wave, self.moment(day, 9) - 6 * DAY_MS, family))
        platform = rng.choice(PLATFORMS)
        course = f"CRS-{platform[:3].upper()}-{rng.randrange(1, 13)}"
        self.training(who, serial, course, platform, self.moment(day, back["completed"]), lack)
        self.opinion(who, course, platform, self.moment(day, back["rated"]), lack)
        self.account(who, serial, self.moment(day, back["verified"]), lack)
        if rng.random() < 0.03:
            late = "2020-10-20 09:00" if scheme == "2020" else f"{day} 18:00"
            self.send(aid(who, rng.choice(("FAIL", "FAIL", "PASS")),
                          rng.choice((ms(late), ms(f"{day} 18:30")))))

    def training(self, who, serial, course, platform, at_ms, lack):
        rng = self.rng
        certificate = None if lack == "certificate" else f"SRT-{serial:06d}"
        institution = f"lembaga-uji-{rng.randrange(1, 10)}" if rng.random() < 0.3 else None
        reported = at_ms + HOUR_MS * rng.randrange(1, 4) if rng.random() < 0.3 else None
        if reported and reported > self.timeline.clock_ms(self.timeline.reporting[-1]):
            reported = None
        self.send(completed(who, course, platform, at_ms, certificate, reported, institution),
                  later=1 if rng.random() < 0.03 else 0)
        if rng.random() < 0.03:  # a second course: never what the incentive is for
            self.send(completed(who, course + "-B", platform, at_ms + 5 * MINUTE_MS,
                                certificate and certificate + "-B"))

    def opinion(self, who, course, platform, at_ms, lack):
        rng = self.rng
        stars = None if lack == "rating" else rng.randrange(3, 6)
        review = rng.choice(("", " ", "\t \n")) if lack == "review" else rng.choice(REVIEWS)
        if stars and review.strip() and rng.random() < 0.1:  # the review by the dashboard instead
            self.send(rated(who, course, platform, at_ms, stars, None))
            self.send(rated(who, course, "dashboard", at_ms + MINUTE_MS, None, review))
        else:
            sender = platform if stars and rng.random() < 0.8 else "dashboard"
            self.send(rated(who, course, sender, at_ms, stars, review))
        if stars and rng.random() < 0.03:  # corrected: shows other stars, moves no date
            self.send(rated(who, course, "dashboard", at_ms + 7 * MINUTE_MS, 6 - stars or 1, None))

    def account(self, who, serial, at_ms, lack):
        rng = self.rng
        partner = rng.choice(PARTNERS)
        account = f"acc-{serial:06d}-1"
        if lack == "nik":
            reports = verified(who, account, partner, at_ms)
            reports[1] = checked(who, partner, "NIK_MATCH", account, "FAIL", reports[1][3])
        else:
            reports = verified(who, account, partner, at_ms)
            if rng.random() < 0.02:  # refused at first, put right the same day
                reports.append(checked(who, partner, "ACCOUNT_KYC", account, "FAIL",
                                       at_ms - HOUR_MS))
        linked_ms = at_ms + rng.randrange(-2 * 24 * 60, 30) * MINUTE_MS
        if lack != "link":
            reports.append(linked(who, account, partner, account_number(partner, serial),
                                  linked_ms))
        if not lack and rng.random() < 0.04:  # a second account, verified or left at that
            other = rng.choice([name for name in ("BNI", "DANA", "BCA") if name != partner])
            second = f"acc-{serial:06d}-2"
            reports.append(linked(who, second, other, account_number(other, serial + 2000),
                                  linked_ms + 20 * MINUTE_MS))
            if rng.random() < 0.5:
                reports += verified(who, second, other, at_ms + 25 * MINUTE_MS)
        for report in reports:
            self.send(report)

    def repeat(self):
        """2 in 100 are sent again, word for word: in the same file or with the next day's."""
        for report, index in self.rng.sample(self.sent, len(self.sent) // 50):
            following = [i for i in self.timeline.reporting if i > index]
            again = following[0] if following and self.rng.random() < 0.5 else index
            self.timeline.send(report, again)


def make():
    rng = random.Random(SEED)
    timeline = Timeline(rng)
    for clock, note, reports, expect in STEPS:
        timeline.step(clock, note, reports, expect)
    timeline.outage(sample_cases.DUE_1, "GOPAY", True)
    timeline.outage(sample_cases.EVENING_1, "GOPAY", False)
    timeline.outage(sample_cases.DUE_2, "LINKAJA", True)
    timeline.outage(sample_cases.BACK_2, "LINKAJA", False)
    cases = sample_cases.tell_all(timeline)
    crowd = Crowd(rng, timeline)
    for serial in range(1, 651):
        crowd.person(serial, "2020", DAYS_2020)
    for serial in range(651, 971):
        crowd.person(serial, "2023", DAYS_2023)
    crowd.repeat()
    texts = timeline.files()
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in cases)
    texts["cases.json"] = "[\n" + rows + "\n]\n"
    assert sum(len(text.encode()) for text in texts.values()) < SIZE_MAX
    return texts


def differences(texts):
    there = {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.rglob("*") if path.is_file()}
    for path in sorted(there | set(texts)):
        if path == "end.jsonl":
            continue  # the model's: tests/e2e/ends.py
        if path not in texts:
            yield f"{path}: not of this generator"
        elif path not in there:
            yield f"{path}: missing"
        elif (SAMPLE / path).read_bytes() != texts[path].encode():
            yield f"{path}: differs"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--check", action="store_true", help="compare, write nothing")
    texts = make()
    if not options.parse_args().check:
        write(SAMPLE, texts)
        return 0
    found = list(differences(texts))
    for difference in found:
        print(difference)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
