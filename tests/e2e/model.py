#!/usr/bin/env python3
"""A second, naive reading of the incentive policy, to catch mistakes of the first.

    model.py TIMELINE_DIR [--at N] [--totals] [--unclear]

prints one JSON line per participant: what is missing and how each instalment stands after the
last step of the timeline (or after step N, counted from 1).  It knows policy.md (R...) and
docs/decisions.md (D...), and nothing of the code.

A step of a timeline: fixtures and outages are set, the clock moves, everything that is due
happens, then the files arrive and what they cause happens.  Times int64 ms UTC, money rupiah.
"""
import argparse
import datetime
import json
import pathlib
import sys

from facts import (TOPICS, Participant, current_link, instalments, missing, scheduled_at_ms, shown)
from workdays import DAY_MS, HOUR_MS, midnight_ms, months_later, wib_day

NEGATIVE = {  # answers about the account itself, doubtful at first (R12, D12)
    "not_kyc": "ACCOUNT_NOT_KYC", "closed": "ACCOUNT_CLOSED", "inactive": "ACCOUNT_INACTIVE",
    "not_found": "ACCOUNT_NOT_FOUND", "frozen": "ACCOUNT_INACTIVE", "name_differs": "NIK_MISMATCH",
}
FULL = {  # about room in the account: contradicts no check, so held at once to a date (D7, D13)
    "limit": "BALANCE_LIMIT", "monthly": "MONTHLY_LIMIT",
}
PAYS = {  # an unknown outcome is asked about until it is known (R13): the end is paid, once
    "ok", "timeout_before", "timeout_after", "error_after", "error_before", "late",
}
COUNTED = {"fail_once", "wrong_inquiry"}


class World:
    """Everybody, the partners and the clock.  `steps` as in timeline.json, files in `directory`."""

    def __init__(self, steps, directory="."):
        self.steps = steps
        self.directory = pathlib.Path(directory)
        self.people = {}
        self.fixtures = {}  # account number -> [behaviour, how often still]
        self.down = set()
        self.bookings = []  # (participant, number, partner, amount)
        self.clock_ms = 0

    def run(self, last=None):
        """All steps, or the first `last`."""
        for step in self.steps[:last]:
            self.step(step)
        return self

    def step(self, step, money_after_each=False, arrange=None):
        """The last two are for the search for races (races.py): money may move between two events
        of a step, and the topics of a step may interleave in any way."""
        for fixture in step.get("fixtures") or []:
            name, _, count = fixture["behaviour"].partition(":")
            assert name in {*NEGATIVE, *FULL, *PAYS, *COUNTED, "fraud", "down"}, name
            self.fixtures[fixture["account"]] = [name, int(count or 0)]
        for outage in step.get("down") or []:
            (self.down.add if outage["on"] else self.down.discard)(outage["partner"])
        self.clock_ms = clock_of(step)
        for p in self.people.values():
            self.pay_due(p)
        events = self.read(step)
        touched = []
        for topic, event in arrange(events) if arrange else events:
            p = self.people.setdefault(event["participant_id"],
                                       Participant(event["participant_id"]))
            self.notice_during_doubt(p, topic, event)
            waiting = scheduled_at_ms(p) is None
            p.log[topic].append(event)
            if waiting:
                self.notice_when_scheduled(p)
            touched.append(p)
            if money_after_each:
                self.pay_due(p)
        for p in touched:
            self.pay_due(p)

    def read(self, step):
        events = []
        for name in step.get("send") or []:
            topic = topic_of(name)
            with open(self.directory / name, encoding="utf-8") as file:
                for line in file:
                    events.append((topic, json.loads(line)))
        return events

    def pay_due(self, p):
        """R12: every instalment that is due is looked at again, the oldest first."""
        at_ms = scheduled_at_ms(p)
        if at_ms is None:
            return
        account = current_link(p)["account_ref"]
        if any(self.clock_ms < until and held_on != account
               for _, until, held_on in p.limits.values()):
            p.unclear.add("another account while one is full")
        waiting = [row for row in instalments(p, self.clock_ms)
                   if row["due_at_ms"] <= self.clock_ms
                   and row["state"] in ("SCHEDULED", "RETRYING", "DOUBTFUL")]
        for row in waiting:
            # An earlier one of this loop may have learned something about the account.
            state, _ = shown(p, row["number"], row["due_at_ms"], self.clock_ms)
            if state in ("SCHEDULED", "RETRYING", "DOUBTFUL"):
                self.attempt(p, row, len(waiting))

    def attempt(self, p, row, waiting):
        number = row["number"]
        link = current_link(p)
        account = link["account_ref"]
        asked = p.doubts.get(account)
        if asked and self.clock_ms < asked[-1] + 12 * HOUR_MS:  # D12
            return
        if number in p.retry_ms:
            earliest, latest = p.retry_ms[number]
            if self.clock_ms < latest:
                if self.clock_ms >= earliest:
                    p.unclear.add("a step falls into the jitter of a retry")
                return
        behaviour = self.fixtures.get(link["sealed_account"]["number"], ["ok", 0])
        if behaviour[0] in COUNTED and behaviour[1] == 0:
            behaviour[0] = "ok"
        if waiting > 1 and (behaviour[0] in COUNTED or behaviour[0] in NEGATIVE or asked):
            p.unclear.add("two instalments ask about one account")
        if link["partner"] in self.down or behaviour[0] == "down":
            self.retry_later(p, number)
        elif behaviour[0] == "wrong_inquiry":
            behaviour[1] -= 1
            self.doubt(p, account, "ACCOUNT_NOT_KYC")
        elif behaviour[0] in NEGATIVE:
            self.doubt(p, account, NEGATIVE[behaviour[0]])
        elif behaviour[0] in FULL:
            p.retry_ms.pop(number, None)
            p.limits[number] = (FULL[behaviour[0]], self.limit_until_ms(behaviour[0]), account)
        else:
            p.doubts.pop(account, None)  # D12: a good answer ends the doubt
            self.transfer(p, row, link, behaviour)

    def transfer(self, p, row, link, behaviour):
        number = row["number"]
        p.retry_ms.pop(number, None)
        if behaviour[0] == "fail_once":  # the partner's fault: R14
            behaviour[1] -= 1
            self.retry_later(p, number)
        elif behaviour[0] == "fraud":  # R16, D13
            p.cases[number] = "SUSPECTED_FRAUD"
        else:
            p.paid[number] = (link["partner"], self.clock_ms)
            self.bookings.append((p.participant_id, number, link["partner"], row["amount_idr"]))

    def retry_later(self, p, number):
        """D13.  Which attempt it is and the jitter are the system's own affair: between 15 minutes
        and 6 hours plus a quarter.  Steps keep out of that span."""
        p.retry_ms[number] = (self.clock_ms + 15 * 60 * 1000, self.clock_ms + 6 * HOUR_MS * 5 // 4)

    def doubt(self, p, account, reason):
        """D12: a FAIL only at the third negative answer, at least 24 hours after the first."""
        asked = p.doubts.setdefault(account, [])
        asked.append(self.clock_ms)
        if len(asked) >= 3 and asked[-1] - asked[0] >= DAY_MS:
            p.failures.append((account, reason, self.clock_ms))
            del p.doubts[account]

    def limit_until_ms(self, behaviour):
        if behaviour == "limit":
            return self.clock_ms + DAY_MS
        return midnight_ms(months_later(wib_day(self.clock_ms).replace(day=1), 1))

    def notice_during_doubt(self, p, topic, event):
        """Whether a check or a link ends a doubt is nowhere said: a timeline keeps clear of it."""
        if p.doubts.get(event.get("account_ref")) and topic in TOPICS[3:]:
            p.unclear.add("an event about an account in doubt")

    def notice_when_scheduled(self, p):
        """R12 inquires the account when the schedule is made, too.  What a negative answer then
        does is nowhere said: a timeline lets partners misbehave later only."""
        if scheduled_at_ms(p) is not None:
            number = current_link(p)["sealed_account"]["number"]
            if self.fixtures.get(number, ["ok"])[0] != "ok":
                p.unclear.add("a fixture before the schedule is made")

    def lines(self):
        return [{"participant_id": p.participant_id, "missing": missing(p),
                 "instalments": instalments(p, self.clock_ms)}
                for _, p in sorted(self.people.items())]

    def unclear(self):
        return {p.participant_id: sorted(p.unclear) for p in self.people.values() if p.unclear}


def load(directory):
    with open(pathlib.Path(directory) / "timeline.json", encoding="utf-8") as file:
        return World(json.load(file)["steps"], directory)


def clock_of(step):
    at = datetime.datetime.fromisoformat(step["clock"])
    assert at.tzinfo is not None, step["clock"]
    return int(at.timestamp()) * 1000


def topic_of(name):
    """2020-10-05/tokopedia.training-completed.jsonl -> training-completed"""
    topic = name.rsplit("/", 1)[-1].split(".")[1]
    assert topic in TOPICS, name
    return topic


def totals(lines):
    """Rupiah by what became of them; `scheduled_idr` is the sum of all the others."""
    names = {"PAID": "paid_idr", "HELD": "held_idr", "CANCELLED": "cancelled_idr",
             "CLAWBACK": "clawback_idr", "FAILED": "failed_idr"}
    sums = dict.fromkeys(("scheduled_idr", *names.values(), "waiting_idr"), 0)
    for line in lines:
        for row in line["instalments"]:
            sums["scheduled_idr"] += row["amount_idr"]
            sums[names.get(row["state"], "waiting_idr")] += row["amount_idr"]
    assert sums["scheduled_idr"] == sum(sums.values()) - sums["scheduled_idr"]
    return sums


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("timeline")
    options.add_argument("--at", type=int, metavar="N", help="stop after step N")
    options.add_argument("--totals", action="store_true", help="only the sums in rupiah")
    options.add_argument("--unclear", action="store_true", help="only what the rules leave open")
    given = options.parse_args()
    world = load(given.timeline).run(given.at)
    if given.unclear:
        print(json.dumps(world.unclear(), indent=1))
    elif given.totals:
        print(json.dumps(totals(world.lines())))
    else:
        for line in world.lines():
            print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    sys.exit(main())
