"""Tests of what lives.py finds wrong: each kind of difference is found, and nothing else; and of
the stories: what they say is what lives.py knows."""
import copy
import unittest

import lives
from stories import DASHBOARD, LIVES, Life

ID = "A" * 20
LIFE = Life("L0", "PST-UJI", "BNI", "", {}, False)
SHOWN = {"participant_id": "PST-UJI", "missing": [], "instalments": [{
    "kind": "INSTALMENT", "number": 1, "instalment_id": ID, "amount_idr": 600_000,
    "state": "PAID", "dashboard": "Berhasil", "reason": None, "attempt": 1, "case_id": "",
    "due_at_ms": lives.ms("2020-10-08 00:00"), "paid_at_ms": lives.ms("2020-10-08 08:00"),
    "reference": ID + "DEMO01", "next": {"actor": "nobody", "todo": "Periksa saldo"},
    "history": [{"at_ms": 5, "attempt": 1, "what": "claimed", "partner": "BNI", "reason": ""},
                {"at_ms": 6, "attempt": 1, "what": "paid", "partner": "BNI", "reason": ""}]}]}
STATEMENT = [{"partner": "bni", "partner_reference": ID + "DEMO01", "kind": "BOOKED",
              "amount_idr": "600000"}]
HOLDS = {"shows": ["PAID"], "missing": [], "due": ["2020-10-08"], "paid": ["2020-10-08"],
         "history": {1: ["1 claimed BNI", "1 paid BNI"]}, "booked": ["1.1 BNI BOOKED"]}
TODO = {"actor": "participant", "todo": "Upgrade"}


def found(row=None, what=None, statement=None, life=LIFE):
    shown = copy.deepcopy(SHOWN)
    shown["instalments"][0].update(row or {})
    statement = STATEMENT if statement is None else statement
    return [*lives.always(life, shown), *lives.shown_differs(what or {}, shown),
            *lives.money_differs(what or {}, shown, statement)]


class Always(unittest.TestCase):
    def test_nothing_wrong(self):
        self.assertEqual(found(what=HOLDS), [])

    def test_each_is_found(self):
        history = SHOWN["instalments"][0]["history"]
        for name, row, words in (
                ("words", {"dashboard": "Gagal"}, "is shown as Gagal"),
                ("gagal", {"state": "FAILED", "dashboard": "Gagal", "case_id": "C"},
                 "shown as Gagal"),
                ("no case", {"state": "FAILED", "dashboard": "Gagal"}, "without a case"),
                ("no reason", {"state": "HELD", "dashboard": "Dana tertahan", "next": TODO},
                 "held without a reason"),
                ("no fix", {"state": "HELD", "dashboard": "Dana tertahan", "reason": "NIK_MISMATCH",
                            "next": {"actor": "participant", "todo": "Tidak ada"}},
                 "without a reason or a fix"),
                ("doubt", {"state": "DOUBTFUL", "dashboard": "Sedang diproses", "next": TODO},
                 "participant is to do: Upgrade"),
                ("amount", {"amount_idr": 1}, "Rp 1"),
                ("reference", {"reference": ID + "DEMO02"}, "paid under"),
                ("order", {"history": history[::-1]}, "not in order"),
                ("times", {"history": [{**history[0], "at_ms": None}]}, "without times")):
            with self.subTest(name):
                self.assertTrue(any(words in sentence for sentence in found(row)), found(row))

    def test_gagal_where_it_belongs(self):
        row = {"state": "FAILED", "dashboard": "Gagal", "case_id": "C"}
        self.assertEqual(found(row, statement=[], life=LIFE._replace(gagal=True)), [])


class Expected(unittest.TestCase):
    def test_each_is_found(self):
        for name, value in (("shows", ["HELD NIK_MISMATCH"]), ("missing", ["rated"]),
                            ("due", ["2020-10-09"]), ("paid", ["2020-10-09"]),
                            ("history", {1: ["1 claimed BNI"]}), ("history", {2: []}),
                            ("booked", []), ("booked", ["1.1 BNI BOOKED"] * 2)):
            with self.subTest(name):
                self.assertEqual(len(found(what={name: value})), 1)

    def test_words(self):
        for what, count in (({"explains": ["berhasil"]}, 0), ({"explains": ["gagal"]}, 1),
                            ({"unsaid": ["gagal"]}, 0), ({"unsaid": ["berhasil"]}, 1)):
            self.assertEqual(len(list(lives.text_differs(what, "#1 berhasil"))), count, what)

    def test_cases(self):
        cases = [{"participant_id": "PST-UJI", "reason": "UNKNOWN_CODE"},
                 {"participant_id": "PST-LAIN", "reason": "SUSPECTED_FRAUD"}]
        for expected, count in ((["UNKNOWN_CODE"], 0), ([], 1), (["UNKNOWN_CODE"] * 2, 1)):
            differences = lives.cases_differ({"cases": expected}, "PST-UJI", cases)
            self.assertEqual(len(list(differences)), count, expected)


class Money(unittest.TestCase):
    def test_each_is_found(self):
        back = {**STATEMENT[0], "kind": "RETURNED"}
        again = {**STATEMENT[0], "partner_reference": ID + "DEMO02"}
        waits = {"state": "SCHEDULED", "dashboard": "Belum diproses"}
        asked = {"state": "UNKNOWN", "dashboard": "Sedang diproses",
                 "next": {"actor": "partner", "todo": "Tidak ada"}}
        for name, row, statement, count in (
                ("not booked", None, [], 1), ("booked twice", None, [*STATEMENT, again], 1),
                ("came back", None, [*STATEMENT, back], 1),
                ("paid again", None, [*STATEMENT, back, again], 0),
                ("booked, not shown", waits, None, 1), ("nobody knows", asked, None, 0),
                ("nor here", asked, [], 0), ("nobody knows, twice", asked, [*STATEMENT, again], 1),
                ("amount", None, [{**STATEMENT[0], "amount_idr": "1"}], 1)):
            with self.subTest(name):
                self.assertEqual(len(found(row, statement=statement)), count)

    def test_strangers(self):
        other = {**STATEMENT[0], "partner_reference": "B" * 20 + "DEMO01"}
        differences = lives.strangers({"PST-UJI": SHOWN}, [*STATEMENT, other])
        self.assertEqual(list(differences), ["B" * 20 + "DEMO01 is nobody's"])


class Stories(unittest.TestCase):
    NAMES = {"script", "down", "up", "flight", "send", "run", "notice", "settle", "shows",
             "missing", "history", "booked", "explains", "unsaid", "due", "paid", "cases"}

    def test_every_word_is_known(self):
        for life in LIVES:
            for clock, what in life.days.items():
                self.assertLessEqual(what.keys(), self.NAMES, (life.who, clock))
                self.assertLessEqual({report[0] for report in what.get("send", ())},
                                     lives.REPORTS.keys(), (life.who, clock))
                self.assertLessEqual({text.split()[0] for text in what.get("shows", ())},
                                     DASHBOARD.keys(), (life.who, clock))

    def test_nobody_twice(self):
        numbers = [person.number for person in lives.Play(None, "", "").people]
        self.assertEqual(len(set(numbers)), len(LIVES))
        self.assertEqual(len({life.who for life in LIVES}), len(LIVES))


if __name__ == "__main__":
    unittest.main()
