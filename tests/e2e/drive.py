#!/usr/bin/env python3
"""Runs a timeline against a running system and compares it with the model, step by step.

    drive.py TIMELINE_DIR --bin DIR --control http://127.0.0.1:PORT --ledger FILE
             [--wait SECONDS] [--differences N] [--json]

The system must be empty, its workers running in rehearsal with payments on, the simulator of the
payment partners listening at --control and writing its bookings to --ledger.  INSENTIF_BROKERS,
INSENTIF_REDIS and the rest of the environment go on to the commands in --bin.

Each step: fixtures and outages, `insentif clock step`, wait until idle, `insentif produce` of each
file in its order, wait until idle.  At every step with a checkpoint and at the end each participant
and each booking is compared.  Exit 0: no difference; 1: differences; 2: could not be run.
"""
import argparse
import json
import pathlib
import sys
import time

import compare
from system import CannotRun, System
from model import clock_of, load, topic_of, totals

class Drive:
    def __init__(self, directory, system, ledger, at_most, end_only=False):
        self.directory = pathlib.Path(directory)
        self.system = system
        self.ledger = pathlib.Path(ledger)
        self.at_most = at_most
        self.end_only = end_only
        self.world = load(directory)
        cases = self.directory / "cases.json"
        self.cases = json.loads(cases.read_text("utf-8")) if cases.exists() else []
        self.summary = {"timeline": self.directory.name, "steps": 0, "files": 0, "checkpoints": 0,
                        "participants": 0, "compared": 0, "bookings": 0, "differences": 0}

    def run(self):
        begun = time.monotonic()
        last = len(self.world.steps)
        for number, step in enumerate(self.world.steps, 1):
            self.step(number, step)
            if number == last or step.get("expect") and not self.end_only:
                self.check(step.get("expect") or "end", clock_of(step))
        self.summary["totals"] = totals(self.world.lines())
        self.summary["seconds"] = round(time.monotonic() - begun, 1)
        return self.summary

    def step(self, number, step):
        begun = time.monotonic()
        for fixture in step.get("fixtures") or []:
            self.system.fixture(fixture)
        for outage in step.get("down") or []:
            self.system.down(outage)
        self.system.clock(step["clock"])
        self.system.idle()
        for name in step.get("send") or []:
            self.system.produce(topic_of(name), self.directory / name)
        if step.get("send"):
            self.system.idle()
        self.world.step(step)
        self.summary["steps"] = number
        self.summary["files"] += len(step.get("send") or [])
        progress(f"step {number}/{len(self.world.steps)} {step['clock']} {step.get('note') or ''}: "
                 f"{len(step.get('send') or [])} files, {time.monotonic() - begun:.1f} s")

    def check(self, checkpoint, clock_ms):
        model, system = self.world.lines(), self.system.show()
        ledger = compare.read_ledger(self.ledger) if self.ledger.exists() else []
        found = [*compare.participants(model, system, clock_ms),
                 *compare.money(ledger, model, system, self.world.bookings),
                 *compare.told(self.cases, checkpoint, system)]
        for difference in found[:self.at_most]:
            progress(f"  differs at {checkpoint}: {difference}")
        if len(found) > self.at_most:
            progress(f"  and {len(found) - self.at_most} more")
        self.summary["checkpoints"] += 1
        self.summary["participants"] = len(model)
        self.summary["compared"] += len(model)
        self.summary["bookings"] = len(ledger)
        self.summary["differences"] += len(found)
        progress(f"checkpoint {checkpoint}: {len(model)} participants, {len(ledger)} bookings, "
                 f"{len(found)} differences")


def progress(text):
    print(text, file=sys.stderr, flush=True)


def told(summary):
    return ("{timeline}: {steps} steps, {files} files, {participants} participants, "
            "{checkpoints} checkpoints, {bookings} bookings, {differences} differences, "
            "{seconds} s").format(**summary)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("timeline")
    options.add_argument("--bin", required=True, help="folder of the program insentif")
    options.add_argument("--control", required=True, help="http://127.0.0.1:PORT of the simulator")
    options.add_argument("--ledger", required=True, help="the simulator's bookings, JSON lines")
    options.add_argument("--wait", type=int, default=120, help="seconds to wait until idle")
    options.add_argument("--differences", type=int, default=40, help="print so many a checkpoint")
    options.add_argument("--end-only", action="store_true",
                         help="compare the end alone: a worker that is killed with a partner's "
                              "answer in hand asks again, and is further or less far meanwhile")
    options.add_argument("--json", action="store_true", help="the summary as one JSON line")
    given = options.parse_args()
    try:
        drive = Drive(given.timeline, System(given.bin, given.control, given.wait), given.ledger, given.differences,
                      given.end_only)
        summary = drive.run()
    except (CannotRun, json.JSONDecodeError) as error:
        progress(f"cannot run: {error}")
        return 2
    print(json.dumps(summary) if given.json else told(summary))
    return 1 if summary["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
