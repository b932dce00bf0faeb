"""Tests of the naive model itself: small histories made by hand, with ends worked out by hand.

    python -m unittest -v test_model        (needs the package `holidays`)
"""
import copy
import itertools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "data"))

import reports  # noqa: E402  (beside the sample)
from model import World, totals  # noqa: E402
from reports import MINUTE_MS, aid, checked, completed, enrolled, linked, ms, rated  # noqa: E402
from workdays import due_day, is_working_day, midnight_ms, months_later, wib_day  # noqa: E402

WHO = "PST-UJI"
ACCOUNT, NUMBER = "acc-uji-1", "628110000001"
OTHER, OTHER_NUMBER = "acc-uji-2", "0000000002"
DUE = "2020-10-08T08:00:00+07:00"


class History(World):
    """A world whose steps hold their reports instead of naming files."""

    def read(self, step):
        return [(topic, event) for _, topic, event, _ in step.get("reports", ())]


def at(clock, *events, fixtures=None, down=()):
    return {"clock": clock.replace(" ", "T") + ":00+07:00", "reports": list(events),
            "fixtures": [{"account": number, "behaviour": behaviour}
                         for number, behaviour in (fixtures or {}).items()],
            "down": [{"partner": partner, "on": on} for partner, on in down]}


def conditions(wave=20, scheme="2020", partner="GOPAY"):
    """Everything that must hold, by name, met on Monday 5 October 2020."""
    return {
        "enrolled": enrolled(WHO, scheme, wave, ms("2020-09-28 08:00")),
        "completed": completed(WHO, "CRS-1", "tokopedia", ms("2020-10-04 08:00"), "SRT-1"),
        "rated": rated(WHO, "CRS-1", "tokopedia", ms("2020-10-04 09:00"), 5, None),
        "reviewed": rated(WHO, "CRS-1", "dashboard", ms("2020-10-04 09:30"), None, "Jelas."),
        "linked": linked(WHO, ACCOUNT, partner, NUMBER, ms("2020-10-03 08:00")),
        "kyc": checked(WHO, partner, "ACCOUNT_KYC", ACCOUNT, "PASS", ms("2020-10-03 09:00")),
        "nik": checked(WHO, partner, "NIK_MATCH", ACCOUNT, "PASS", ms("2020-10-05 10:00")),
        "active": checked(WHO, partner, "ACCOUNT_ACTIVE", ACCOUNT, "PASS", ms("2020-10-03 09:02")),
    }


def check(name, outcome, when, account=ACCOUNT, version=None):
    return checked(WHO, "gopay", name, account, outcome, ms(when), version)


def run(*steps):
    return History(list(steps)).run().lines()[0]


def states(*steps):
    return [row["state"] if row["reason"] is None else row["state"] + " " + row["reason"]
            for row in run(*steps)["instalments"]]


def first(*steps):
    return states(*steps)[0]


def everything(**changed):
    """A first step with all conditions; a keyword replaces one, or leaves it out with None."""
    parts = {**conditions(), **changed}
    return at("2020-10-05 20:00", *(part for part in parts.values() if part))


PAID_ONCE = ["PAID", "SCHEDULED", "SCHEDULED", "SCHEDULED"]


class Calendar(unittest.TestCase):
    def test_third_and_fifth_working_day(self):
        table = (  # scheduled, first due, promised by
            ("2020-10-05 10:00", "2020-10-08", "2020-10-12"),
            ("2020-10-05 23:59", "2020-10-08", "2020-10-12"),
            ("2020-10-06 00:00", "2020-10-09", "2020-10-13"),
            ("2020-10-09 12:00", "2020-10-14", "2020-10-16"),  # a Friday
            ("2020-10-10 12:00", "2020-10-14", "2020-10-16"),  # a Saturday
            ("2020-10-27 12:00", "2020-11-04", "2020-11-06"),  # 28-30 October are off
            ("2023-03-20 12:00", "2023-03-27", "2023-03-29"),  # Nyepi
            ("2023-04-17 12:00", "2023-04-27", "2023-05-02"),  # Idul Fitri, Labour Day
        )
        for scheduled, due, promised in table:
            late = enrolled(WHO, "2023", 50, ms(scheduled))
            row = run(at(scheduled, *{**conditions(), "enrolled": late}.values()))["instalments"][0]
            self.assertEqual(row["scheduled_at_ms"], ms(scheduled))
            self.assertEqual(row["due_at_ms"], ms(due + " 00:00"), scheduled)
            self.assertEqual(row["promised_at_ms"], ms(promised + " 23:59:59") + 999, scheduled)

    def test_midnight_is_in_jakarta(self):
        before = ms("2020-10-05 23:59:59") + 999
        self.assertEqual(wib_day(before).isoformat(), "2020-10-05")
        self.assertEqual(wib_day(before + 1).isoformat(), "2020-10-06")
        self.assertEqual(midnight_ms(wib_day(before + 1)), before + 1)

    def test_month_ends_clamp(self):
        day = wib_day(ms("2020-12-31 12:00"))
        self.assertEqual([months_later(day, n).isoformat() for n in (1, 2, 3)],
                         ["2021-01-31", "2021-02-28", "2021-03-31"])

    def test_later_instalments_move_to_a_working_day(self):
        rows = run(everything())["instalments"]
        self.assertEqual([wib_day(row["due_at_ms"]).isoformat() for row in rows],
                         ["2020-10-08", "2020-11-09", "2020-12-08", "2021-01-08"])
        rows = [due_day(ms("2020-10-06 12:00"), number).isoformat() for number in (1, 2, 3, 4)]
        self.assertEqual(rows, ["2020-10-09", "2020-11-09", "2020-12-10", "2021-01-11"])

    def test_joint_leave_is_off(self):
        for day in ("2020-12-24 12:00", "2020-10-28 12:00", "2023-01-23 12:00"):
            self.assertFalse(is_working_day(wib_day(ms(day))), day)


class AnyOrder(unittest.TestCase):
    def test_720_orders_of_six_have_one_end(self):
        parts = conditions()
        before = [parts.pop("kyc"), parts.pop("active")]
        ends = set()
        for order in itertools.permutations(parts.values()):
            clock = ms("2020-10-05 20:00")
            steps = [at(reports.rfc3339(clock)[:16], *before)]
            for i, event in enumerate(order):
                steps.append(at(reports.rfc3339(clock + (i + 1) * MINUTE_MS)[:16], event))
            ends.add(repr(run(*steps)))
        self.assertEqual(len(ends), 1)
        self.assertIn("'scheduled_at_ms': %d" % ms("2020-10-05 10:00"), ends.pop())

    def test_checks_in_any_order_have_one_end(self):
        flips = [check("ACCOUNT_KYC", "FAIL", "2020-10-05 11:00"),
                 check("ACCOUNT_KYC", "PASS", "2020-10-05 12:00"),
                 check("NIK_MATCH", "FAIL", "2020-10-05 13:00"),
                 check("ACCOUNT_KYC", "FAIL", "2020-10-05 11:30"),
                 check("SELFIE_MATCH", "PASS", "2020-10-05 10:00")]
        for order in itertools.permutations(flips):
            self.assertEqual(states(everything(), at("2020-10-05 21:00", *order)),
                             ["HELD NIK_MISMATCH"] * 4)

    def test_repetition_changes_nothing(self):
        parts = list(conditions().values())
        self.assertEqual(run(at("2020-10-05 20:00", *parts)),
                         run(at("2020-10-05 20:00", *parts, *parts, *reversed(parts))))


class Conditions(unittest.TestCase):
    def test_each_one_alone_is_missed(self):
        table = {"enrolled": "enrolled", "completed": "completed", "rated": "rated",
                 "reviewed": "reviewed", "kyc": "verified", "nik": "verified",
                 "active": "verified"}
        for part, name in table.items():
            end = run(everything(**{part: None}))
            self.assertEqual((end["missing"], end["instalments"]), ([name], []), part)
        end = run(everything(linked=None))
        self.assertEqual((end["missing"], end["instalments"]), (["linked", "verified"], []))

    def test_d1_first_certified_course_in_the_log(self):
        early = completed(WHO, "CRS-0", "tokopedia", ms("2020-10-01 08:00"), "SRT-0")
        bare = completed(WHO, "CRS-0", "tokopedia", ms("2020-10-01 08:00"), None)
        parts = conditions()
        order = [bare] + list(parts.values()) + [early]
        self.assertEqual(run(at("2020-10-05 20:00", *order))["missing"], [])
        order = [early] + list(parts.values())
        self.assertEqual(run(at("2020-10-05 20:00", *order))["missing"], ["rated", "reviewed"])

    def test_d2_blank_is_white_space_and_nothing_else(self):
        table = (("", False), (" ", False), ("\t\r\n", False), ("\u00a0", False),
                 ("\u3000 \u2003", False), (".", True), ("👍", True), (" a ", True))
        for text, counts in table:
            review = rated(WHO, "CRS-1", "dashboard", ms("2020-10-04 09:30"), 3, text)
            self.assertEqual(run(everything(reviewed=review))["missing"],
                             [] if counts else ["reviewed"], repr(text))

    def test_d2_corrections_move_no_date(self):
        before = run(everything())
        late = [rated(WHO, "CRS-1", "dashboard", ms("2020-10-06 09:00"), 1, "Ternyata tidak."),
                completed(WHO, "CRS-1", "tokopedia", ms("2020-10-06 09:00"), "SRT-1"),
                enrolled(WHO, "2020", 20, ms("2020-10-06 09:00"))]
        self.assertEqual(run(everything(), at("2020-10-06 20:00", *late)), before)

    def test_l12_a_number_in_a_review(self):
        review = rated(WHO, "CRS-1", "dashboard", ms("2020-10-04 09:30"), None,
                       "Kartu 1234567890123456")
        self.assertEqual(run(everything(reviewed=review))["missing"], [])

    def test_l4_rated_but_not_reported(self):
        self.assertEqual(run(everything(completed=None))["missing"], ["completed"])

    def test_d3_checks_of_two_accounts_dont_add_up(self):
        nik = check("NIK_MATCH", "PASS", "2020-10-05 10:00", OTHER)
        link = linked(WHO, OTHER, "BNI", OTHER_NUMBER, ms("2020-10-05 11:00"))
        self.assertEqual(run(everything(nik=nik), at("2020-10-05 21:00", link))["missing"],
                         ["verified"])

    def test_d3_once_passed_stays_met(self):
        parts = {**conditions(), "early": check("ACCOUNT_KYC", "FAIL", "2020-10-05 12:00")}
        self.assertEqual(states(at("2020-10-05 20:00", *parts.values())),
                         ["HELD ACCOUNT_NOT_KYC"] * 4)

    def test_d5_scheduled_with_the_last_condition(self):
        for part, moved in (
                ("enrolled", enrolled(WHO, "2020", 20, ms("2020-10-05 18:00"))),
                ("reviewed", rated(WHO, "CRS-1", "dashboard", ms("2020-10-05 18:00"), None, "A")),
                ("kyc", check("ACCOUNT_KYC", "PASS", "2020-10-05 18:00"))):
            rows = run(everything(**{part: moved}))["instalments"]
            self.assertEqual(rows[0]["scheduled_at_ms"], ms("2020-10-05 18:00"), part)

    def test_d9_facts_wait_for_the_enrolment(self):
        late = enrolled(WHO, "2020", 20, ms("2020-09-28 08:00"))
        self.assertEqual(run(everything(enrolled=None))["instalments"], [])
        self.assertEqual(states(everything(enrolled=None), at("2020-10-20 20:00", late)), PAID_ONCE)


class Accounts(unittest.TestCase):
    second = [linked(WHO, OTHER, "BNI", OTHER_NUMBER, ms("2020-10-06 08:00")),
              check("ACCOUNT_KYC", "PASS", "2020-10-06 09:00", OTHER),
              check("NIK_MATCH", "PASS", "2020-10-06 09:01", OTHER),
              check("ACCOUNT_ACTIVE", "PASS", "2020-10-06 09:02", OTHER)]

    def paid_to(self, *reports_of_the_6th):
        world = History([everything(), at("2020-10-06 20:00", *reports_of_the_6th),
                         at("2020-10-08 08:00")]).run()
        return [partner for _, _, partner, _ in world.bookings]

    def test_d4_newest_verified_link_is_paid(self):
        self.assertEqual(self.paid_to(), ["GOPAY"])
        self.assertEqual(self.paid_to(*self.second), ["BNI"])
        self.assertEqual(self.paid_to(*self.second[:3]), ["GOPAY"])  # only a candidate
        again = linked(WHO, ACCOUNT, "GOPAY", NUMBER, ms("2020-10-06 10:00"))
        self.assertEqual(self.paid_to(*self.second, again), ["GOPAY"])
        self.assertEqual(self.paid_to(again, *self.second), ["GOPAY"])

    def test_d4_no_falling_back(self):
        fail = check("NIK_MATCH", "FAIL", "2020-10-06 12:00", OTHER)
        self.assertEqual(self.paid_to(*self.second, fail), [])
        old = check("NIK_MATCH", "FAIL", "2020-10-06 12:00", ACCOUNT)
        self.assertEqual(self.paid_to(*self.second, old), ["BNI"])

    def test_d6_newest_wins_and_a_tie_fails(self):
        table = (("2020-10-05 09:59", "SCHEDULED"), ("2020-10-05 10:00", "HELD NIK_MISMATCH"),
                 ("2020-10-05 10:01", "HELD NIK_MISMATCH"))
        for when, end in table:
            fail = check("NIK_MATCH", "FAIL", when)
            self.assertEqual(first(everything(), at("2020-10-05 21:00", fail)), end, when)

    def test_d7_what_closes_a_slot(self):
        again = linked(WHO, ACCOUNT, "GOPAY", NUMBER, ms("2020-10-07 08:00"))
        for name, reason in reports.REASON_OF_CHECK.items():
            if name == "DUPLICATE_AID":
                continue
            fail = everything(), at("2020-10-06 20:00", check(name, "FAIL", "2020-10-06 08:00"))
            passed = at("2020-10-07 20:00", check(name, "PASS", "2020-10-07 08:00"))
            relinked = at("2020-10-07 20:00", again)
            self.assertEqual(first(*fail), "HELD " + reason)
            self.assertEqual(first(*fail, passed), "SCHEDULED")
            self.assertEqual(first(*fail, relinked),
                             "SCHEDULED" if name == "PHONE_OWNER" else "HELD " + reason)

    def test_l5_downgraded_between_two_instalments(self):
        fail = check("ACCOUNT_KYC", "FAIL", "2020-10-20 08:00")
        fix = check("ACCOUNT_KYC", "PASS", "2020-11-16 08:00")
        steps = [everything(), at("2020-10-08 08:00"), at("2020-10-20 20:00", fail),
                 at("2020-11-09 08:00"), at("2020-11-16 20:00", fix)]
        held = ["PAID"] + ["HELD ACCOUNT_NOT_KYC"] * 3
        self.assertEqual([states(*steps[:n]) for n in (2, 3, 4)], [PAID_ONCE, held, held])
        self.assertEqual(states(*steps), ["PAID", "PAID", "SCHEDULED", "SCHEDULED"])

    def test_d8_aid(self):
        fail = aid(WHO, "FAIL", ms("2020-10-20 08:00"))
        recant = aid(WHO, "PASS", ms("2020-10-21 08:00"))
        gone = ["CLAWBACK DUPLICATE_AID"] + ["CANCELLED DUPLICATE_AID"] * 3
        table = (("2020", 17, PAID_ONCE), ("2020", 18, gone), ("2020", 40, gone),
                 ("2023", 50, ["PAID"]))
        for scheme, wave, end in table:
            first_step = at("2020-10-05 20:00", *conditions(wave, scheme).values())
            steps = [first_step, at("2020-10-08 08:00"), at("2020-10-20 20:00", fail)]
            self.assertEqual(states(*steps), end)
            self.assertEqual(states(*steps, at("2020-10-21 20:00", recant)), end)
            line = run(*steps)
            self.assertEqual(line["missing"], ["active"] if end == gone else [])

    def test_d8_born_cancelled(self):
        fail = aid(WHO, "FAIL", ms("2020-10-01 08:00"))
        self.assertEqual(states(at("2020-10-01 20:00", fail), everything(), at("2020-10-08 08:00")),
                         ["CANCELLED DUPLICATE_AID"] * 4)


class Money(unittest.TestCase):
    def day(self, behaviour, **more):
        return [everything(), at("2020-10-08 08:00", fixtures={NUMBER: behaviour}, **more)]

    def test_nothing_moves_before_it_is_due(self):
        self.assertEqual(first(everything(), at("2020-10-07 23:59")), "SCHEDULED")
        self.assertEqual(first(everything(), at("2020-10-08 00:00")), "PAID")

    def test_l2_partner_away(self):
        away = [everything(), at("2020-10-08 08:00", down=[("GOPAY", True)])]
        self.assertEqual(first(*away), "RETRYING")
        self.assertEqual(first(*away, at("2020-10-08 20:30")), "RETRYING")
        self.assertEqual(first(*away, at("2020-10-08 20:30", down=[("GOPAY", False)])), "PAID")
        other = [everything(), at("2020-10-08 08:00", down=[("OVO", True)])]
        self.assertEqual(first(*other), "PAID")

    def test_l3_partner_fails_then_pays(self):
        steps = self.day("fail_once:2")
        self.assertEqual(first(*steps), "RETRYING")
        self.assertEqual(first(*steps, at("2020-10-08 20:30")), "RETRYING")
        self.assertEqual(first(*steps, at("2020-10-08 20:30"), at("2020-10-09 09:00")), "PAID")

    def test_r13_unknown_outcomes_end_paid_once(self):
        for behaviour in ("timeout_before", "timeout_after", "error_before", "error_after",
                          "late:5000"):
            world = History([*self.day(behaviour), at("2020-10-08 20:30")]).run()
            self.assertEqual(len(world.bookings), 1, behaviour)

    def test_l6_one_wrong_answer(self):
        steps = self.day("wrong_inquiry:1")
        self.assertEqual(states(*steps), ["DOUBTFUL"] + ["SCHEDULED"] * 3)
        self.assertEqual(first(*steps, at("2020-10-08 19:59")), "DOUBTFUL")
        self.assertEqual(first(*steps, at("2020-10-08 20:00")), "PAID")

    def test_d12_three_answers_over_a_day(self):
        steps = self.day("not_kyc") + [at("2020-10-08 20:00")]
        self.assertEqual(first(*steps), "DOUBTFUL")
        self.assertEqual(first(*steps, at("2020-10-09 07:59")), "DOUBTFUL")
        steps.append(at("2020-10-09 08:00"))
        self.assertEqual(states(*steps), ["HELD ACCOUNT_NOT_KYC"] * 4)
        fix = check("ACCOUNT_KYC", "PASS", "2020-10-10 08:00")
        self.assertEqual(first(*steps, at("2020-10-10 20:00", fix, fixtures={NUMBER: "ok"})),
                         "PAID")
        stale = check("ACCOUNT_KYC", "PASS", "2020-10-09 07:59")
        self.assertEqual(first(*steps, at("2020-10-10 20:00", stale, fixtures={NUMBER: "ok"})),
                         "HELD ACCOUNT_NOT_KYC")

    def test_d12_the_partners_own_word_holds_at_once(self):
        fail = check("ACCOUNT_KYC", "FAIL", "2020-10-08 09:00")
        self.assertEqual(first(*self.day("not_kyc"), at("2020-10-08 10:00", fail)),
                         "HELD ACCOUNT_NOT_KYC")

    def test_l7_closed_then_another_account(self):
        steps = self.day("closed") + [at("2020-10-08 20:00"), at("2020-10-09 08:00")]
        self.assertEqual(first(*steps), "HELD ACCOUNT_CLOSED")
        again = linked(WHO, ACCOUNT, "GOPAY", NUMBER, ms("2020-10-10 08:00"))
        self.assertEqual(first(*steps, at("2020-10-10 20:00", again)), "HELD ACCOUNT_CLOSED")
        self.assertEqual(first(*steps, at("2020-10-10 20:00", *Accounts.second)), "PAID")

    def test_d7_number_not_found_then_corrected(self):
        steps = self.day("not_found") + [at("2020-10-08 20:00"), at("2020-10-09 08:00")]
        self.assertEqual(first(*steps), "HELD ACCOUNT_NOT_FOUND")
        right = linked(WHO, ACCOUNT, "GOPAY", "628110000003",
                       ms("2020-10-10 08:00"))
        self.assertEqual(first(*steps, at("2020-10-10 20:00", right)), "PAID")

    def test_d13_full_for_a_day(self):
        steps = self.day("limit")
        ok = {NUMBER: "ok"}
        self.assertEqual(states(*steps), ["HELD BALANCE_LIMIT"] + ["SCHEDULED"] * 3)
        self.assertEqual(first(*steps, at("2020-10-09 07:59", fixtures=ok)), "HELD BALANCE_LIMIT")
        self.assertEqual(first(*steps, at("2020-10-09 08:00", fixtures=ok)), "PAID")
        self.assertEqual(first(*steps, at("2020-10-09 08:00")), "HELD BALANCE_LIMIT")

    def test_d13_full_for_the_month(self):
        steps = self.day("monthly")
        ok = {NUMBER: "ok"}
        self.assertEqual(first(*steps, at("2020-10-31 23:59", fixtures=ok)), "HELD MONTHLY_LIMIT")
        self.assertEqual(first(*steps, at("2020-11-01 00:00", fixtures=ok)), "PAID")

    def test_r16_fraud_is_a_case_and_l9_cancels_it(self):
        steps = self.day("fraud")
        self.assertEqual(states(*steps), ["FAILED SUSPECTED_FRAUD"] + ["SCHEDULED"] * 3)
        late = aid(WHO, "FAIL", ms("2020-10-20 08:00"))
        self.assertEqual(states(*steps, at("2020-10-20 20:00", late)),
                         ["CANCELLED DUPLICATE_AID"] * 4)

    def test_totals_add_up(self):
        steps = [*self.day("fraud"), at("2020-10-20 20:00")]
        sums = totals(History(copy.deepcopy(steps)).run().lines())
        self.assertEqual(sums, {"scheduled_idr": 2400000, "paid_idr": 0, "held_idr": 0,
                                "cancelled_idr": 0, "clawback_idr": 0, "failed_idr": 600000,
                                "waiting_idr": 1800000})


if __name__ == "__main__":
    unittest.main()
