"""The sample's participants with a name and a story: the cases L1-L12 of policy.md that need no
operator, and a few faults of partners.  What is expected is written by hand, from the policy.
"""
from reports import (account_number, aid, checked, completed, enrolled, linked, ms,
                     rated, verified)

# The clocks of the rehearsal at which something happens to somebody by name.
DUE_1 = "2020-10-08 08:00"
EVENING_1 = "2020-10-08 20:30"
NEXT_DAY_1 = "2020-10-09 09:00"
BETWEEN = "2020-10-20 20:00"
DUE_2 = "2020-11-09 08:00"
BACK_2 = "2020-11-12 08:00"
RELEASE = "2020-11-16 20:00"
DUE_3 = "2020-12-08 08:00"

PAID, WAITING = "PAID", "SCHEDULED"
ALL_PAID = [PAID] * 4
FIRST_PAID = [PAID, WAITING, WAITING, WAITING]


class Cases:
    def __init__(self, timeline):
        self.timeline = timeline
        self.rows = []
        self.serial = 9000

    def tell(self, who, case, story, expect):
        """expect: {checkpoint: [state of instalment 1, 2, ...] or ([missing], [states])}"""
        rows = []
        for checkpoint, end in expect.items():
            missing, states = end if isinstance(end, tuple) else ([], end)
            rows.append({"checkpoint": checkpoint, "missing": missing, "instalments": states})
        self.rows.append({"participant_id": who, "case": case, "story": story, "expect": rows})

    def member(self, who, partner="GOPAY", wave=20, scheme="2020", day="2020-10-05",
               review="Materi mudah diikuti.", leave_out=()):
        """Someone with every condition met on `day` at noon but what is left out.  Returns
        (account, number)."""
        self.serial += 1
        account = f"acc-{who[4:].lower()}-1"
        number = account_number(partner, self.serial)
        course = "CRS-UJI-1"
        parts = {
            "enrolled": [enrolled(who, scheme, wave, ms(f"{day} 07:00") - 6 * 86400000)],
            "completed": [completed(who, course, "tokopedia", ms(f"{day} 09:00"),
                                    f"SRT-{self.serial}", institution="lembaga-uji-1")],
            "rated": [rated(who, course, "tokopedia", ms(f"{day} 09:30"), 5, review)],
            "linked": [linked(who, account, partner, number, ms(f"{day} 11:00"))],
            "verified": verified(who, account, partner, ms(f"{day} 12:00")),
        }
        for part, reports in parts.items():
            if part not in leave_out:
                for report in reports:
                    self.timeline.send(report)
        return account, number

    def later(self, *reports):
        for report in reports:
            self.timeline.send(report)


def tell_all(timeline):
    """Sends what the named participants' partners report; returns the rows of cases.json."""
    cases = Cases(timeline)
    partners_at_fault(cases)
    reports_that_lack(cases)
    accounts_that_fail(cases)
    accounts_that_change(cases)
    money_in_doubt(cases)
    family_aid(cases)
    return cases.rows


def partners_at_fault(cases):
    cases.member("PST-L2-GOPAY-MATI", "GOPAY")
    cases.tell("PST-L2-GOPAY-MATI", "L2", "GoPay is down on the day the money is due: sedang "
               "diproses, paid by retry when GoPay is back, never gagal.",
               {"reports-in": [WAITING] * 4, "gopay-down": ["RETRYING"] + [WAITING] * 3,
                "gopay-back": FIRST_PAID, "end": ALL_PAID})

    _, number = cases.member("PST-L3-RIWAYAT", "OVO")
    cases.timeline.fixture(DUE_1, number, "fail_once:1")
    cases.tell("PST-L3-RIWAYAT", "L3", "The first transfer fails at OVO and the second succeeds: "
               "the history shows belum diproses, sedang diproses, berhasil with times.",
               {"reports-in": [WAITING] * 4, "gopay-down": ["RETRYING"] + [WAITING] * 3,
                "gopay-back": FIRST_PAID, "end": ALL_PAID})

    cases.member("PST-L8-LINKAJA-PADAM", "LINKAJA")
    cases.tell("PST-L8-LINKAJA-PADAM", "L8", "LinkAja is down for three days when instalment 2 is "
               "due: it waits, other partners' money goes on, paid once when LinkAja is back.",
               {"instalment-2-due": [PAID, "RETRYING", WAITING, WAITING],
                "instalment-2-evening": [PAID, "RETRYING", WAITING, WAITING],
                "instalment-2": [PAID, PAID, WAITING, WAITING], "end": ALL_PAID})

    faults = ("fail_once:2", "timeout_before", "timeout_after", "error_before", "error_after",
              "late:3000")
    for i, behaviour in enumerate(faults):
        who = f"PST-MITRA-{behaviour.split(':')[0].upper().replace('_', '-')}"
        _, number = cases.member(who, ("BNI", "GOPAY", "OVO")[i % 3] if i else "BNI")
        cases.timeline.fixture(DUE_1, number, behaviour)
        cases.timeline.fixture(BETWEEN, number, "ok")
        cases.tell(who, "R13 R14", f"The partner's fault ({behaviour}) at instalment 1: paid once, "
                   "with no act of the participant.",
                   {"instalment-1": FIRST_PAID, "end": ALL_PAID})


def reports_that_lack(cases):
    cases.member("PST-L4-TANPA-LAPORAN", "BNI", leave_out=("completed",))
    cases.tell("PST-L4-TANPA-LAPORAN", "L4", "Completed at the institution, but no platform ever "
               "reports it: the report is waited for, with who is late.",
               {"reports-in": (["completed"], []), "end": (["completed"], [])})

    who = "PST-L4-LAPORAN-TELAT"
    cases.member(who, "BNI", leave_out=("completed",))
    cases.later(completed(who, "CRS-UJI-1", "tokopedia", ms("2020-10-05 09:00"), "SRT-TELAT",
                          reported_ms=ms("2020-10-20 06:00")))
    cases.tell(who, "L4", "The same, but the report comes two weeks late: due since 8 October, so "
               "paid at once.",
               {"instalment-1": (["completed"], []), "between": FIRST_PAID, "end": ALL_PAID})

    who = "PST-L12-ENAM-BELAS"
    cases.member(who, "DANA", review="Bagus. Nomor kartu saya 1234567890123456, terima kasih.")
    cases.tell(who, "L12", "A review with a 16-digit number in it: masked, counts as a review.",
               {"reports-in": [WAITING] * 4, "end": ALL_PAID})

    who = "PST-ULASAN-KOSONG"
    cases.member(who, "OVO", review="\u00a0 \t\u3000")
    cases.tell(who, "D2", "A review of white space only, though not of plain blanks only: no "
               "review.", {"end": (["reviewed"], [])})

    who = "PST-TANPA-DAFTAR"
    cases.member(who, "OVO", leave_out=("enrolled",))
    cases.tell(who, "D9", "Everything but the enrolment: kept, and nothing is scheduled.",
               {"end": (["enrolled"], [])})

    who = "PST-DAFTAR-TELAT"
    cases.member(who, "OVO", leave_out=("enrolled",))
    cases.timeline.send(enrolled(who, "2020", 20, ms("2020-09-29 07:00")),
                        cases.timeline.index_at(BETWEEN))
    cases.tell(who, "D9", "The same, but the enrolment arrives on 20 October: the facts have "
               "waited, and what is due is paid at once.",
               {"instalment-1": (["enrolled"], []), "between": FIRST_PAID, "end": ALL_PAID})


def accounts_that_fail(cases):
    held = [PAID] + ["HELD ACCOUNT_NOT_KYC"] * 3
    who = "PST-L5-KYC-TURUN"
    account, _ = cases.member(who, "OVO")
    cases.later(checked(who, "OVO", "ACCOUNT_KYC", account, "FAIL", ms("2020-10-20 10:00")),
                checked(who, "OVO", "ACCOUNT_KYC", account, "PASS", ms("2020-11-16 10:00")))
    cases.tell(who, "L5", "Paid once, then OVO reports that the wallet was downgraded: held, "
               "instalment 1 stays paid; after instalment 2 was due the KYC check passes again "
               "and it is paid at once.",
               {"instalment-1": FIRST_PAID, "between": held, "instalment-2-due": held,
                "instalment-2": held, "released": [PAID, PAID, WAITING, WAITING],
                "end": ALL_PAID})

    who = "PST-L1-BNI-TERTAHAN"
    account, _ = cases.member(who, "BNI")
    held = ["HELD ACCOUNT_INACTIVE"] * 4
    cases.later(checked(who, "BNI", "ACCOUNT_ACTIVE", account, "FAIL", ms("2020-10-07 10:00")),
                checked(who, "BNI", "ACCOUNT_ACTIVE", account, "PASS", ms("2020-10-20 10:00")))
    cases.tell(who, "L1", "The BNI account goes dormant before the money is due: held with its "
               "reason, released when the bank reports it active.",
               {"reports-in": held, "instalment-1": held, "between": FIRST_PAID,
                "end": ALL_PAID})

    who = "PST-HP-GANTI"
    account, number = cases.member(who, "GOPAY")
    held = [PAID] + ["HELD PHONE_CHANGED"] * 3
    cases.later(checked(who, "GOPAY", "PHONE_OWNER", account, "FAIL", ms("2020-10-20 11:00")),
                linked(who, account, "GOPAY", number, ms("2020-11-16 11:00")))
    cases.tell(who, "R8 D7", "The wallet's phone number changed hands: held until the same wallet "
               "is linked again.",
               {"between": held, "instalment-2": held,
                "released": [PAID, PAID, WAITING, WAITING], "end": ALL_PAID})

    for behaviour, clock, story in (
            ("limit", DUE_1, "The wallet is full when instalment 1 is due: held for a day, then "
             "paid."),
            ("monthly", DUE_2, "The month's limit is reached when instalment 2 is due: held to "
             "the first of the next month, then paid.")):
        who = "PST-BATAS-SALDO" if behaviour == "limit" else "PST-BATAS-BULANAN"
        _, number = cases.member(who, "DANA")
        cases.timeline.fixture(clock, number, behaviour)
        if behaviour == "limit":
            cases.timeline.fixture(NEXT_DAY_1, number, "ok")
            held = ["HELD BALANCE_LIMIT"] + [WAITING] * 3
            expect = {"gopay-down": held, "gopay-back": held, "second-day": FIRST_PAID}
        else:
            cases.timeline.fixture(DUE_3, number, "ok")
            held = [PAID, "HELD MONTHLY_LIMIT", WAITING, WAITING]
            expect = {"instalment-2-due": held, "released": held,
                      "instalment-3": [PAID, PAID, PAID, WAITING]}
        cases.tell(who, "D13", story, {**expect, "end": ALL_PAID})


    who = "PST-KYC-TETAP-TURUN"
    account, _ = cases.member(who, "LINKAJA")
    cases.later(checked(who, "LINKAJA", "ACCOUNT_KYC", account, "FAIL", ms("2020-10-20 10:00")))
    held = [PAID] + ["HELD ACCOUNT_NOT_KYC"] * 3
    cases.tell(who, "R15", "Downgraded after instalment 1 and never put right: held to the end.",
               {"between": held, "end": held})


def accounts_that_change(cases):
    who = "PST-L7-AKUN-TUTUP"
    account, number = cases.member(who, "DANA")
    cases.timeline.fixture(DUE_1, number, "closed")
    other = account[:-1] + "2"
    cases.later(linked(who, other, "BNI", account_number("BNI", cases.serial + 500),
                       ms("2020-10-20 09:00")),
                *verified(who, other, "BNI", ms("2020-10-20 10:00")))
    cases.tell(who, "L7", "The DANA account is closed (three negative answers in more than a "
               "day); a BNI account is linked and verified instead: released at once, paid there.",
               {"gopay-down": ["DOUBTFUL"] + [WAITING] * 3,
                "second-day": ["HELD ACCOUNT_CLOSED"] * 4, "between": FIRST_PAID,
                "end": ALL_PAID})

    who = "PST-NOMOR-SALAH"
    account, number = cases.member(who, "LINKAJA")
    cases.timeline.fixture(DUE_1, number, "not_found")
    cases.later(linked(who, account, "LINKAJA", account_number("LINKAJA", cases.serial + 500),
                       ms("2020-10-20 09:00")))
    cases.tell(who, "D7", "The number isn't registered: held, and released when the same wallet "
               "is linked again with a corrected number.",
               {"second-day": ["HELD ACCOUNT_NOT_FOUND"] * 4, "between": FIRST_PAID,
                "end": ALL_PAID})

    who = "PST-CALON-GAGAL"
    account, _ = cases.member(who, "GOPAY")
    other = account[:-1] + "2"
    cases.later(linked(who, other, "OVO", account_number("OVO", cases.serial + 500),
                       ms("2020-10-20 09:00")),
                checked(who, "OVO", "NIK_MATCH", other, "FAIL", ms("2020-10-20 10:00")))
    cases.tell(who, "R8 D4", "A second wallet is linked but isn't the participant's: the earlier "
               "account stays and is paid.", {"between": FIRST_PAID, "end": ALL_PAID})


def money_in_doubt(cases):
    _, number = cases.member("PST-L6-KYC-SALAH", "OVO")
    cases.timeline.fixture(DUE_2, number, "wrong_inquiry:1")
    cases.tell("PST-L6-KYC-SALAH", "L6", "At instalment 2 the inquiry says wrongly that the wallet "
               "is not upgraded: doubtful, asked again 12 hours later, paid; the participant has "
               "nothing to do.",
               {"instalment-1": FIRST_PAID,
                "instalment-2-due": [PAID, "DOUBTFUL", WAITING, WAITING],
                "instalment-2-evening": [PAID, PAID, WAITING, WAITING], "end": ALL_PAID})

    who = "PST-KYC-TIGA-KALI"
    account, number = cases.member(who, "OVO")
    cases.timeline.fixture(DUE_1, number, "not_kyc")
    cases.timeline.fixture(BETWEEN, number, "ok")
    cases.later(checked(who, "OVO", "ACCOUNT_KYC", account, "PASS", ms("2020-10-20 10:00")))
    cases.tell(who, "R12 D12", "The same answer three times over more than 24 hours: then held; "
               "the KYC check releases it.",
               {"gopay-down": ["DOUBTFUL"] + [WAITING] * 3,
                "gopay-back": ["DOUBTFUL"] + [WAITING] * 3,
                "second-day": ["HELD ACCOUNT_NOT_KYC"] * 4, "between": FIRST_PAID,
                "end": ALL_PAID})

    who = "PST-L9-OVO-KLARIFIKASI"
    _, number = cases.member(who, "OVO")
    cases.timeline.fixture(DUE_1, number, "fraud")
    cases.later(aid(who, "FAIL", ms("2020-10-20 12:00")))
    cases.tell(who, "L9", "OVO suspects fraud and a person clarifies; meanwhile the family is "
               "found to draw aid: all is cancelled, the case stays readable.",
               {"instalment-1": ["FAILED SUSPECTED_FRAUD"] + [WAITING] * 3,
                "between": (["active"], ["CANCELLED DUPLICATE_AID"] * 4),
                "end": (["active"], ["CANCELLED DUPLICATE_AID"] * 4)})


    _, number = cases.member("PST-2023-DUGAAN", "GOPAY", wave=60, scheme="2023",
                                day="2023-03-06")
    cases.timeline.fixture("2023-03-09 08:00", number, "fraud")
    cases.tell("PST-2023-DUGAAN", "R16", "GoPay suspects fraud: nobody can fix it by rule, so "
               "failed with a case.",
               {"2023-reports-in": [WAITING], "end": ["FAILED SUSPECTED_FRAUD"]})


def family_aid(cases):
    for who, wave, story, after in (
            ("PST-L10-PKH", 21, "Paid once, then the mother's PKH is found by the family card: "
             "instalment 1 is to be returned, the others are cancelled.",
             ["CLAWBACK DUPLICATE_AID"] + ["CANCELLED DUPLICATE_AID"] * 3),
            ("PST-L10-GELOMBANG-18", 18, "The same in wave 18, the first that aid excludes.",
             ["CLAWBACK DUPLICATE_AID"] + ["CANCELLED DUPLICATE_AID"] * 3),
            ("PST-L10-GELOMBANG-17", 17, "The same in wave 17, which aid doesn't exclude: nothing "
             "changes.", None)):
        cases.member(who, "BNI", wave=wave)
        cases.later(aid(who, "FAIL", ms("2020-10-20 12:00")))
        missing = ["active"] if after else []
        cases.tell(who, "L10 D8", story,
                   {"instalment-1": FIRST_PAID, "between": (missing, after or FIRST_PAID),
                    "end": (missing, after or ALL_PAID)})

    who = "PST-LAHIR-BATAL"
    cases.member(who, "BNI", wave=25, leave_out=("rated",))
    cases.later(aid(who, "FAIL", ms("2020-10-06 12:00")),
                rated(who, "CRS-UJI-1", "dashboard", ms("2020-10-20 12:00"), 4, "Cukup baik."))
    cases.tell(who, "D8", "Deactivated before the last condition: what is scheduled later is born "
               "cancelled.",
               {"instalment-1": (["rated", "reviewed", "active"], []),
                "end": (["active"], ["CANCELLED DUPLICATE_AID"] * 4)})

    who = "PST-2023-BANTUAN"
    cases.member(who, "DANA", wave=50, scheme="2023", day="2023-03-06")
    cases.later(aid(who, "FAIL", ms("2023-03-07 12:00")))
    cases.tell(who, "D8", "Scheme 2023: other aid doesn't exclude.",
               {"2023-reports-in": [WAITING], "end": [PAID]})
