"""Tests of the committed sample: byte for byte its generator's, well-formed, without races, and
the model agrees with the ends that cases.json tells by hand.

    python -m unittest -v test_sample       (needs the package `holidays`)
"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import unittest

from model import clock_of, load, topic_of
from races import races

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
SAMPLE = DATA / "sample"

CHECKS = "ACCOUNT_KYC NIK_MATCH SELFIE_MATCH ACCOUNT_ACTIVE PHONE_OWNER DUPLICATE_AID".split()
REASONS = ("ACCOUNT_NOT_KYC NIK_MISMATCH SELFIE_MISMATCH ACCOUNT_INACTIVE PHONE_CHANGED "
           "DUPLICATE_AID").split()
PARTNERS = "BNI BCA GOPAY OVO LINKAJA DANA".split()
# Topic: field -> longest text, or the values allowed, or int; a field with a ? may be absent.
FIELDS = {
    "participant-enrolled": {
        "participant_id": 36, "scheme": ["2020", "2023"], "wave": int, "selected_at_ms": int,
        "credited_at_ms?": int, "enrolled_at_ms": int, "family_token?": 36},
    "training-completed": {
        "participant_id": 36, "course_id": 36, "platform": 24, "institution?": 40,
        "certificate_id?": 40, "completed_at_ms": int, "reported_at_ms": int},
    "rating-submitted": {
        "participant_id": 36, "course_id": 36, "stars?": [1, 2, 3, 4, 5], "review?": 2000,
        "channel": ["PLATFORM", "DASHBOARD"], "submitted_at_ms": int},
    "account-linked": {
        "participant_id": 36, "account_ref": 36, "partner": PARTNERS, "sealed_account": dict,
        "linked_at_ms": int, "source_version": int},
    "eligibility-checked": {
        "participant_id": 36, "check": CHECKS, "account_ref?": 36, "outcome": ["PASS", "FAIL"],
        "reason?": REASONS, "raw_code?": 32, "checked_at_ms": int, "source_version": int},
}


def fault(topic, event, clock_ms):
    """What is wrong with one line, or None."""
    fields = FIELDS[topic]
    names = {name.rstrip("?") for name in fields}
    if set(event) - names:
        return "unknown fields"
    for name, rule in fields.items():
        value = event.get(name.rstrip("?"))
        if value is None:
            if name.endswith("?"):
                continue
            return f"{name} is missing"
        if isinstance(rule, list) and value not in rule:
            return f"{name} is {value}"
        if isinstance(rule, type) and type(value) is not rule:
            return f"{name} is no {rule.__name__}"
        if isinstance(rule, int) and not 0 < len(value.encode()) <= rule:
            return f"{name} is too long or empty"
        if name.rstrip("?").endswith("_at_ms") and not 1577811600000 <= value <= clock_ms:
            return f"{name} lies outside"
    if topic == "eligibility-checked":
        if (event["outcome"] == "FAIL") != ("reason" in event):
            return "a FAIL has a reason, a PASS has none"
        if (event["check"] == "DUPLICATE_AID") == ("account_ref" in event):
            return "checks on accounts, and only they, name the account"
    if topic == "rating-submitted" and "stars" not in event and "review" not in event:
        return "says nothing"
    return None


class Sample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = load(SAMPLE)
        cls.events = [(step, topic, event, name) for step in cls.world.steps
                      for name in step["send"]
                      for topic, event in ((topic_of(name), json.loads(text)) for text in
                                           (SAMPLE / name).read_text("utf-8").splitlines())]

    def test_made_by_its_generator(self):
        ended = subprocess.run([sys.executable, str(DATA / "make_sample.py"), "--check"],
                               capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual((ended.returncode, ended.stdout), (0, ""), ended.stderr)

    def test_every_line_is_a_possible_event(self):
        for step, topic, event, name in self.events:
            self.assertIsNone(fault(topic, event, clock_of(step)), (name, event))

    def test_nobody_could_be_real(self):
        for _, topic, event, name in self.events:
            self.assertRegex(event["participant_id"], r"^PST-[A-Z0-9-]+$", name)
            self.assertNotRegex(event["participant_id"] + event.get("account_ref", ""),
                                r"[0-9]{10}")
            if topic == "account-linked":
                sealed = event["sealed_account"]
                self.assertEqual(list(sealed), ["number", "name", "bank_code"])
                self.assertRegex(sealed["number"], r"^(62811000[0-9]{4}|0000[0-9]{6})$")
                self.assertRegex(sealed["name"], r"^PESERTA UJI [0-9]{4}$")
                self.assertIn(sealed["bank_code"], ("", "014"))

    def test_size_and_mixture(self):
        self.assertLess(sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()), 1_500_000)
        self.assertLessEqual(len(self.world.steps), 40)
        people = {event["participant_id"] for _, _, event, _ in self.events}
        self.assertGreater(len(people), 950)
        lines = collections.Counter((topic, json.dumps(e)) for _, topic, e, _ in self.events)
        again = sum(count - 1 for count in lines.values())
        self.assertTrue(0.015 < again / len(self.events) < 0.025, again)
        stray = [line for line in lines if re.search(r"[0-9]{16}", line[1])]
        self.assertEqual(len(stray), 1)  # L12
        missing = collections.Counter(name for row in load(SAMPLE).run().lines()
                                      for name in row["missing"])
        for name in ("enrolled", "completed", "rated", "reviewed", "linked", "verified", "active"):
            self.assertGreater(missing[name], 3, name)

    def test_no_races(self):
        self.assertEqual(races(SAMPLE), {})

    def test_the_cases_end_as_told(self):
        cases = json.loads((SAMPLE / "cases.json").read_text("utf-8"))
        told = {case["case"] for case in cases}
        for name in ("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9", "L12"):
            self.assertIn(name, told)
        world = load(SAMPLE)
        seen = set()
        for step in world.steps:
            world.step(step)
            ends = {line["participant_id"]: line for line in world.lines()}
            for case in cases:
                for row in case["expect"]:
                    if row["checkpoint"] == step["expect"]:
                        seen.add((case["participant_id"], step["expect"]))
                        self.compare(case, row, ends[case["participant_id"]])
        expected = {(case["participant_id"], row["checkpoint"]) for case in cases
                    for row in case["expect"]}
        self.assertEqual(expected - seen, set())

    def compare(self, case, row, end):
        states = [" ".join(filter(None, (i["state"], i["reason"]))) for i in end["instalments"]]
        self.assertEqual((row["missing"], row["instalments"]), (end["missing"], states),
                         (case["participant_id"], row["checkpoint"]))


if __name__ == "__main__":
    unittest.main()
