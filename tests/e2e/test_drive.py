"""Tests of the driver's comparison (each kind of difference is found and nothing else), of the
order of a step, and of the search for races.

    python -m unittest -v test_drive        (needs the package `holidays`)
"""
import copy
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))

import compare  # noqa: E402
import drive  # noqa: E402
from model import World, load  # noqa: E402
from races import interleave, races  # noqa: E402
from reports import (Timeline, checked, completed, enrolled, linked, ms, rated,  # noqa: E402
                     verified, write)

NUMBER = "628110000001"


def history(*late):
    """The files of one participant whose money is due on 8 October, and what comes after."""
    who, account = "PST-UJI", "acc-uji-1"
    timeline = Timeline(random.Random(1))
    timeline.step("2020-10-05 20:00", "", reports=True)
    timeline.step("2020-10-08 08:00", "", expect="due")
    timeline.step("2020-10-20 20:00", "", reports=True)
    timeline.outage("2020-10-08 08:00", "OVO", True)
    timeline.fixture("2020-10-08 08:00", NUMBER, "late:100")
    for report in (enrolled(who, "2020", 20, ms("2020-10-01 08:00")),
                   completed(who, "C-1", "tokopedia", ms("2020-10-05 08:00"), "S-1"),
                   rated(who, "C-1", "tokopedia", ms("2020-10-05 09:00"), 5, "Jelas."),
                   linked(who, account, "GOPAY", NUMBER, ms("2020-10-05 10:00")),
                   *verified(who, account, "GOPAY", ms("2020-10-05 11:00")), *late):
        timeline.send(report)
    return timeline.files()


def check(outcome, when, name="ACCOUNT_KYC"):
    return checked("PST-UJI", "gopay", name, "acc-uji-1", outcome, ms(when))


class Mirror:
    """The system as the driver sees it, played by the model."""

    def __init__(self, directory):
        self.world = World([], directory)
        self.calls = []
        self.sent = {"fixtures": [], "down": [], "send": []}

    def fixture(self, fixture):
        self.calls.append("fixture")
        self.sent["fixtures"].append(fixture)

    def down(self, outage):
        self.calls.append("down")
        self.sent["down"].append(outage)

    def clock(self, clock):
        self.calls.append("clock")
        self.sent["clock"] = clock

    def produce(self, topic, path):
        self.calls.append("produce " + topic)
        self.sent["send"].append(path.relative_to(self.world.directory).as_posix())

    def idle(self):
        self.calls.append("idle")
        self.world.step(self.sent)
        self.sent = {"fixtures": [], "down": [], "send": [], "clock": self.sent["clock"]}

    def show(self):
        return copy.deepcopy(self.world.lines())


class Driving(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.directory = pathlib.Path(holder.name)
        write(self.directory, history())
        self.mirror = Mirror(self.directory)
        self.ledger = self.directory / "ledger.jsonl"
        self.quiet, drive.progress = drive.progress, lambda text: None
        self.addCleanup(setattr, drive, "progress", self.quiet)

    def test_a_step_in_its_order(self):
        drive.Drive(self.directory, self.mirror, self.ledger, 9).run()
        calls = [call.split()[0] for call in self.mirror.calls]
        self.assertEqual(calls, ["clock", "idle", *["produce"] * 5, "idle",
                                 "fixture", "down", "clock", "idle", "clock", "idle"])

    def test_equal_but_for_the_bookings(self):
        summary = drive.Drive(self.directory, self.mirror, self.ledger, 9).run()
        self.assertEqual(summary["checkpoints"], 2)
        self.assertEqual(summary["differences"], 4)  # twice the sum, twice the partner's count
        self.ledger.write_text('{"at":1,"partner":"gopay","amount_idr":600000,'
                               '"reference":"ABCDEFGHIJKLMNOPQRST1","booked":true}\n')
        again = drive.Drive(self.directory, Mirror(self.directory), self.ledger, 9).run()
        self.assertEqual(again["differences"], 0)


class Comparing(unittest.TestCase):
    row = {"kind": "INSTALMENT", "number": 1, "amount_idr": 600000, "state": "PAID",
           "reason": None, "due_at_ms": 100, "promised_at_ms": 200, "scheduled_at_ms": 50}
    line = {"participant_id": "PST-1", "missing": [], "instalments": [row]}

    def differences(self, clock_ms=150, missing=(), **changed):
        system = {"participant_id": "PST-1", "missing": list(missing),
                  "instalments": [{**self.row, **changed}]}
        return list(compare.participants([self.line], [system], clock_ms))

    def test_each_field_is_compared(self):
        self.assertEqual(self.differences(), [])
        self.assertEqual(self.differences(kept_for="others"), [])
        for name, value in (("amount_idr", 1), ("state", "FAILED"), ("reason", "NIK_MISMATCH"),
                            ("due_at_ms", 1), ("promised_at_ms", 1), ("scheduled_at_ms", 1)):
            self.assertEqual(len(self.differences(**{name: value})), 1, name)
        self.assertEqual(len(self.differences(missing=["rated"])), 1)
        self.assertEqual(len(self.differences(number=2)), 2)
        self.assertEqual(len(self.differences(kind="SURVEY")), 1)

    def test_each_participant_is_compared(self):
        self.assertEqual(len(list(compare.participants([self.line], [], 0))), 1)
        self.assertEqual(len(list(compare.participants([], [self.line], 0))), 1)
        self.assertEqual(len(list(compare.participants([self.line], [self.line] * 2, 0))), 1)

    def test_what_may_differ(self):
        def same(model, system, clock_ms):
            rows = ({**self.row, "state": state} for state in (model, system))
            return not list(compare.instalment(*rows, clock_ms))

        self.assertTrue(same("RETRYING", "UNKNOWN", 150))
        self.assertFalse(same("RETRYING", "SCHEDULED", 150))
        self.assertFalse(same("RETRYING", "DOUBTFUL", 150))
        self.assertFalse(same("DOUBTFUL", "SCHEDULED", 150))
        self.assertTrue(same("DOUBTFUL", "SCHEDULED", 50))

    def test_the_money(self):
        booked = {"at": 1, "partner": "GOPAY", "amount_idr": 600000, "reference": "A" * 20 + "1",
                  "booked": True}
        bookings = [("PST-1", 1, "GOPAY", 600000)]

        def faults(*ledger, state="PAID", **row):
            model = [{**self.line, "instalments": [{**self.row, "state": state}]}]
            system = [{**self.line, "instalments": [{**self.row, "state": state, **row}]}]
            return len(list(compare.money(list(ledger), model, system, bookings)))

        self.assertEqual(faults(booked), 0)
        self.assertEqual(faults(booked, state="CLAWBACK"), 0)
        self.assertEqual(faults(booked, instalment_id="A" * 20), 0)
        self.assertEqual(faults(), 2)  # the sum, the partner
        self.assertEqual(faults(booked, {**booked, "reference": "A" * 20 + "2"}), 3)
        self.assertEqual(faults({**booked, "partner": "OVO"}), 2)
        self.assertEqual(faults({**booked, "amount_idr": 1}), 3)
        self.assertEqual(faults({**booked, "reference": "A" * 20}), 1)
        self.assertEqual(faults(booked, instalment_id="B" * 20), 2)

    def test_the_cases(self):
        cases = [{"participant_id": "PST-1", "case": "L2", "story": "", "expect": [
            {"checkpoint": "end", "missing": [], "instalments": ["PAID"]}]}]
        self.assertEqual(list(compare.told(cases, "end", [self.line])), [])
        self.assertEqual(list(compare.told(cases, "other", [])), [])
        self.assertEqual(len(list(compare.told(cases, "end", []))), 1)
        failed = {**self.line, "instalments": [{**self.row, "state": "FAILED"}]}
        self.assertEqual(len(list(compare.told(cases, "end", [failed]))), 1)


class Races(unittest.TestCase):
    def found(self, *late):
        with tempfile.TemporaryDirectory() as directory:
            write(directory, history(*late))
            return races(directory)

    def test_a_race_is_found(self):
        """Held when the money was due; a PASS and another check's FAIL arrive side by side."""
        held = check("FAIL", "2020-10-05 15:00")
        self.assertEqual(self.found(held), {})
        passed = check("PASS", "2020-10-20 10:00")
        self.assertEqual(self.found(held, passed), {})
        self.assertIn("PST-UJI", self.found(held, passed,
                                            check("FAIL", "2020-10-20 11:00", "NIK_MATCH")))

    def test_interleaving_keeps_each_topic(self):
        events = [(topic, number) for number in range(5) for topic in ("a", "b", "c")]
        for seed in range(20):
            out = interleave(random.Random(seed), events)
            self.assertEqual(sorted(out), sorted(events))
            for topic in ("a", "b", "c"):
                self.assertEqual([n for t, n in out if t == topic], list(range(5)))

    def test_what_is_unclear_is_found(self):
        with tempfile.TemporaryDirectory() as directory:
            write(directory, history(check("PASS", "2020-10-20 10:00")))
            world = load(directory)
            world.steps[1]["fixtures"] = [{"account": NUMBER, "behaviour": "not_kyc"}]
            self.assertIn("PST-UJI", world.run().unclear())


if __name__ == "__main__":
    unittest.main()
