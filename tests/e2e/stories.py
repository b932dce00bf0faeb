"""The cases from life of policy.md, as tables: what happens to whom on which day, and what must
hold at its end.  lives.py plays them all in one run of the system; times are WIB.

A day, in the order in which it happens:
    script     how the partner treats the person's account from now on (snap-simulator --help)
    down, up   partners that answer nothing but 503, or are back
               (then the clock moves to the day, and what is due happens)
    flight     this partner goes down as soon as it has booked one payment more, before we hear it
    send       reports: see REPORTS in lives.py
    run        an operator's command of `insentif`
    notice     the partner tells, signed, that an instalment came back: (number, word)
    settle     the partner itself lets the money come back, and tells so
and then
    shows      state and reason of each instalment, in order
    missing    the conditions that are not met
    history    number: every line of its history, "attempt what [partner] [reason]"
    booked     the partners' statement about the person, "number.attempt partner kind"
    explains   what `insentif explain` says; unsaid: what it doesn't
    due, paid  the day of each instalment, as far as the list goes
    cases      the reasons of the person's open cases
"""
import collections

Life = collections.namedtuple("Life", "case who partner story days gagal")

# policy.md, "What the participant sees".
DASHBOARD = {
    "SCHEDULED": "Belum diproses", "SENDING": "Sedang diproses", "UNKNOWN": "Sedang diproses",
    "RETRYING": "Sedang diproses", "DOUBTFUL": "Sedang diproses", "PAID": "Berhasil",
    "HELD": "Dana tertahan", "FAILED": "Gagal", "RETURNED": "Dikembalikan bank",
    "CANCELLED": "Dibatalkan", "CLAWBACK": "Wajib dikembalikan",
}
AMOUNT_IDR = 600_000

WAITING, PAID = "SCHEDULED", "PAID"
ALL_WAIT = [WAITING] * 4
FIRST_PAID = [PAID] + [WAITING] * 3
TWO_PAID = [PAID] * 2 + [WAITING] * 2
AWAY = "RETRYING PARTNER_UNAVAILABLE"
# An attempt at which everything goes well.
GOOD = ("claimed", "sent", "paid")

REPORTED = "2020-10-07 20:00"
DUE = "2020-10-08 08:00"        # for those who had all on 5 October
DUE_9 = "2020-10-09 08:00"
DUE_12 = "2020-10-12 08:00"
BROKEN = "2020-10-13 08:00"     # what was due on the 8th was promised by the 12th
FORTNIGHT = "2020-10-22 20:00"
MENDED = "2020-10-27 20:00"
NOVEMBER = "2020-11-05 20:00"
SECOND = "2020-11-09 08:00"     # the 8th is a Sunday
EVENING = "2020-11-09 20:30"
OUTAGE = "2020-11-10 08:00"
OUTAGE_2 = "2020-11-10 20:30"
BACK = "2020-11-11 08:00"
SECOND_12 = "2020-11-12 08:00"
RELEASED = "2020-11-16 20:00"
FLIGHT = "2020-11-18 08:00"
FLIGHT_2 = "2020-11-19 08:00"
LANDED = "2020-11-20 08:00"
THIRD = "2020-12-08 08:00"
THIRD_10 = "2020-12-10 08:00"   # the 9th is an election day
THIRD_14 = "2020-12-14 08:00"   # the 12th is a Saturday
FOURTH = "2021-01-08 08:00"
FOURTH_11 = "2021-01-11 08:00"  # the 9th is a Saturday
FOURTH_12 = "2021-01-12 08:00"


def day(clock, **what):
    return clock, what


def life(case, who, partner, story, *days, gagal=False):
    return Life(case, "PST-" + who, partner, story, dict(days), gagal)


def tries(*attempts):
    """History lines: each attempt a partner and what happened, in order."""
    return [f"{number} {' '.join([what, partner, *reason])}"
            for number, (partner, *events) in enumerate(attempts, 1)
            for what, *reason in (event.split() for event in events)]


def asked(partner):
    """On day 0 (R12), when the account is not yet the payment's."""
    return [f"1 inquired {partner}"]


LIVES = (
    life("L1", "L1-BNI", "BNI",
         "Two weeks of waiting for BNI, then held: late is said before, the hold has a reason and "
         "a fix.",
         day(REPORTED, send=[("all", "2020-10-05")], shows=ALL_WAIT, due=["2020-10-08"],
             explains=["paling lambat 2020-10-12", "tidak terlambat"]),
         day(DUE, script="down", shows=[AWAY] + ALL_WAIT[1:], cases=[],
             explains=["Dicoba lagi secara otomatis", "tidak terlambat"], unsaid=["Gagal"]),
         day(BROKEN, shows=[AWAY] + ALL_WAIT[1:], cases=["PARTNER_UNAVAILABLE"],
             explains=[": terlambat\n", "terlambat dari yang dijanjikan, diperiksa petugas"],
             unsaid=["Gagal"]),
         day(FORTNIGHT, shows=["HELD ACCOUNT_INACTIVE"] * 4,
             send=[("fails", "ACCOUNT_ACTIVE", "2020-10-22 10:00")],
             explains=["Dana tertahan", "Rekening/E-Wallet tidak aktif (ACCOUNT_INACTIVE",
                       "Aktifkan kembali di bank/e-wallet, atau sambungkan rekening lain",
                       "hubungi: BNI 1500046", ": terlambat\n"]),
         day(MENDED, script="ok", send=[("passes", "ACCOUNT_ACTIVE", "2020-10-27 10:00")],
             shows=FIRST_PAID, booked=["1.1 BNI BOOKED"], paid=["2020-10-27"])),

    life("L2", "L2-GOPAY", "GOPAY",
         "GoPay has trouble on the day: in process, paid by retry, never failed.",
         day(REPORTED, send=[("all", "2020-10-05")], shows=ALL_WAIT),
         day(DUE, script="pay:busy:2", shows=[AWAY] + ALL_WAIT[1:],
             explains=["Sedang diproses", "Gangguan di mitra pembayaran", "Tidak ada"]),
         day("2020-10-08 09:00", shows=[AWAY] + ALL_WAIT[1:]),
         day("2020-10-08 20:30", shows=FIRST_PAID, booked=["1.3 GOPAY BOOKED"], cases=[],
             paid=["2020-10-08"])),

    life("L3", "L3-OVO", "OVO",
         "A payment that fails at OVO and is paid by retry: the history tells all of it.",
         day(REPORTED, send=[("all", "2020-10-05")], shows=ALL_WAIT, history={1: [*asked("OVO")]}),
         day(DUE, script="pay:busy:1", shows=[AWAY] + ALL_WAIT[1:]),
         day("2020-10-08 09:00", shows=FIRST_PAID, booked=["1.2 OVO BOOKED"],
             history={1: [*asked("OVO"), *tries(("OVO", "claimed", "sent", "failed PARTNER_UNAVAILABLE"),
                                         ("OVO", *GOOD))], 2: []},
             explains=["#1 mulai dibayar, OVO", "#1 dikirim ke mitra, OVO",
                       "#1 gagal, OVO: Gangguan di mitra pembayaran", "#2 berhasil, OVO"])),

    life("L3", "L3-OVO-DIAM", "OVO",
         "OVO books a payment but doesn't answer: asked about, never sent again, paid.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, script="timeout_after:1", shows=FIRST_PAID, booked=["1.1 OVO BOOKED"],
             history={1: [*asked("OVO"), *tries(("OVO", "claimed", "sent", "unknown PARTNER_TIMEOUT",
                                          "paid"))]},
             explains=["jawaban mitra belum ada, ditanyakan", "#1 berhasil, OVO"])),

    life("L4", "L4-SERTIFIKAT", "BNI",
         "The certificate is there, the platform's report is not: who is late, whom to ask.",
         day(REPORTED, send=[("all but completed", "2020-10-07")], shows=[],
             missing=["completed"],
             explains=["Menunggu laporan penyelesaian dari platform digital",
                       "yang harus bertindak: lembaga pelatihan", "hubungi: "]),
         day("2020-10-08 20:30", shows=[], missing=["completed"],
             explains=["Laporan penyelesaian terlambat",
                       "Tanyakan apakah lembaga pelatihan sudah melapor, lalu platform digital",
                       "yang harus bertindak: platform digital", "hubungi: "]),
         day(FORTNIGHT, send=[("completed", "2020-10-07", "2020-10-22 06:00")], missing=[],
             shows=FIRST_PAID, booked=["1.1 BNI BOOKED"], due=["2020-10-12"],
             paid=["2020-10-22"], cases=["NONE"])),  # late, through no fault of a partner (R11)

    life("L5", "L5-OVO", "OVO",
         "OVO reports that the wallet was downgraded: held, what was paid stays paid, the KYC "
         "check releases the rest.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, shows=FIRST_PAID, booked=["1.1 OVO BOOKED"]),
         day(FORTNIGHT, send=[("fails", "ACCOUNT_KYC", "2020-10-22 10:00")],
             shows=[PAID] + ["HELD ACCOUNT_NOT_KYC"] * 3,
             explains=["E-wallet belum KYC/upgrade", "Upgrade e-wallet"]),
         day(SECOND, shows=[PAID] + ["HELD ACCOUNT_NOT_KYC"] * 3, booked=["1.1 OVO BOOKED"]),
         day(RELEASED, send=[("passes", "ACCOUNT_KYC", "2020-11-16 10:00")], shows=TWO_PAID,
             booked=["1.1 OVO BOOKED", "2.1 OVO BOOKED"], paid=["2020-10-08", "2020-11-16"],
             history={1: [*asked("OVO"), *tries(("OVO", *GOOD))]}, cases=[])),

    life("L6", "L6-OVO", "OVO",
         "The inquiry says wrongly that the wallet is not upgraded: doubtful, asked again, paid.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, shows=FIRST_PAID),
         day(SECOND, script="wrong_inquiry:1", shows=[PAID, "DOUBTFUL", WAITING, WAITING],
             cases=[], booked=["1.1 OVO BOOKED"], unsaid=["Upgrade", "belum KYC", "Gagal"],
             explains=["Sedang diproses mitra pembayaran", "Tidak ada"]),
         day(EVENING, shows=TWO_PAID, booked=["1.1 OVO BOOKED", "2.1 OVO BOOKED"], cases=[],
             unsaid=["Upgrade", "belum KYC"], paid=["2020-10-08", "2020-11-09"])),

    life("L7", "L7-DANA", "DANA",
         "The account at DANA is closed; BNI is linked instead: released at once, paid to BNI.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, script="pay:closed", shows=["HELD ACCOUNT_CLOSED"] * 4, booked=[],
             explains=["Rekening/E-Wallet telah ditutup di Bank/E-Wallet",
                       "Sambungkan rekening atau e-wallet lain"]),
         day(BROKEN, shows=["HELD ACCOUNT_CLOSED"] * 4, booked=[], cases=[]),
         day(FORTNIGHT, send=[("another", "BNI", "2020-10-22 09:00")], shows=FIRST_PAID,
             booked=["1.2 BNI BOOKED"], paid=["2020-10-22"],
             history={1: [*asked("DANA"), *tries(("DANA", "claimed", "sent", "failed ACCOUNT_CLOSED"),
                                         ("BNI", *GOOD))]},
             explains=["#1 gagal, DANA: Rekening/E-Wallet telah ditutup di Bank/E-Wallet",
                       "#2 berhasil, BNI"]),
         day(SECOND, shows=TWO_PAID, booked=["1.2 BNI BOOKED", "2.1 BNI BOOKED"])),

    life("L8", "L8-LINKAJA-1", "LINKAJA", "LinkAja is down for two days: its transfers wait.",
         day(NOVEMBER, send=[("all", "2020-11-04")], shows=ALL_WAIT, due=["2020-11-09"]),
         day(SECOND, down=["linkaja"], shows=[AWAY] + ALL_WAIT[1:], booked=[]),
         day(EVENING, shows=[AWAY] + ALL_WAIT[1:], booked=[]),
         day(OUTAGE, shows=[AWAY] + ALL_WAIT[1:], booked=[]),
         day(OUTAGE_2, shows=[AWAY] + ALL_WAIT[1:], booked=[], unsaid=["Gagal"]),
         day(BACK, up=["linkaja"], shows=FIRST_PAID, booked=["1.1 LINKAJA BOOKED"],
             paid=["2020-11-11"], cases=[])),
    life("L8", "L8-LINKAJA-2", "LINKAJA", "Another one, due on the second day.",
         day(NOVEMBER, send=[("all", "2020-11-05")], shows=ALL_WAIT, due=["2020-11-10"]),
         day(OUTAGE, shows=[AWAY] + ALL_WAIT[1:], booked=[]),
         day(OUTAGE_2, shows=[AWAY] + ALL_WAIT[1:], booked=[]),
         day(BACK, shows=FIRST_PAID, booked=["1.1 LINKAJA BOOKED"], paid=["2020-11-11"])),
    life("L8", "L8-DANA-DI-JALAN", "DANA",
         "DANA has booked this one and goes down for two days before it answers: asked about all "
         "the time, not sent again.",
         day(RELEASED, send=[("all", "2020-11-13")], shows=ALL_WAIT, due=["2020-11-18"]),
         day(FLIGHT, script="timeout_after:1", flight="dana",
             shows=["UNKNOWN PARTNER_TIMEOUT"] + ALL_WAIT[1:], booked=["1.1 DANA BOOKED"]),
         day(FLIGHT_2, shows=["UNKNOWN PARTNER_TIMEOUT"] + ALL_WAIT[1:],
             booked=["1.1 DANA BOOKED"], explains=["Sedang diproses"], unsaid=["Gagal"]),
         day(LANDED, up=["dana"], shows=FIRST_PAID, booked=["1.1 DANA BOOKED"],
             history={1: [*asked("DANA"), *tries(("DANA", "claimed", "sent", "unknown PARTNER_TIMEOUT",
                                          "paid"))]})),
    life("L8", "L8-GOPAY", "GOPAY", "Meanwhile other partners' money goes on: GoPay.",
         day(NOVEMBER, send=[("all", "2020-11-05")]),
         day(OUTAGE, shows=FIRST_PAID, booked=["1.1 GOPAY BOOKED"], paid=["2020-11-10"])),
    life("L8", "L8-BCA", "BCA", "And BCA.",
         day(NOVEMBER, send=[("all", "2020-11-05")]),
         day(OUTAGE, shows=FIRST_PAID, booked=["1.1 BCA BOOKED"], paid=["2020-11-10"])),

    life("R10", "R10-SENIN", "GOPAY",
         "Four instalments, a month apart; the second is due on a Sunday.",
         day(REPORTED, send=[("all", "2020-10-05")], shows=ALL_WAIT,
             due=["2020-10-08", "2020-11-09", "2020-12-08", "2021-01-08"]),
         day(DUE, shows=FIRST_PAID),
         day(NOVEMBER, shows=FIRST_PAID),
         day(SECOND, shows=TWO_PAID),
         day(RELEASED, shows=TWO_PAID),
         day(THIRD, shows=[PAID] * 3 + [WAITING]),
         day(THIRD_14, shows=[PAID] * 3 + [WAITING]),
         day(FOURTH, shows=[PAID] * 4, cases=[],
             booked=[f"{n}.1 GOPAY BOOKED" for n in (1, 2, 3, 4)],
             paid=["2020-10-08", "2020-11-09", "2020-12-08", "2021-01-08"],
             history={1: [*asked("GOPAY"), *tries(("GOPAY", *GOOD))], 2: tries(("GOPAY", *GOOD)),
                      3: tries(("GOPAY", *GOOD)), 4: tries(("GOPAY", *GOOD))})),
    life("R10", "R10-SELASA", "BNI",
         "The third is due on an election day, the fourth on a Saturday.",
         day(REPORTED, send=[("all", "2020-10-06")], shows=ALL_WAIT,
             due=["2020-10-09", "2020-11-09", "2020-12-10", "2021-01-11"]),
         day("2020-10-08 20:30", shows=ALL_WAIT),
         day(DUE_9, shows=FIRST_PAID),
         day(NOVEMBER, shows=FIRST_PAID),
         day(SECOND, shows=TWO_PAID),
         day(THIRD, shows=TWO_PAID),
         day(THIRD_10, shows=[PAID] * 3 + [WAITING]),
         day(FOURTH, shows=[PAID] * 3 + [WAITING]),
         day(FOURTH_11, shows=[PAID] * 4, cases=[],
             booked=[f"{n}.1 BNI BOOKED" for n in (1, 2, 3, 4)],
             paid=["2020-10-09", "2020-11-09", "2020-12-10", "2021-01-11"],
             history={1: [*asked("BNI"), *tries(("BNI", *GOOD))], 4: tries(("BNI", *GOOD))})),
    life("R10", "R10-RABU", "DANA",
         "The first is due after a week-end, the third on a Saturday.",
         day(REPORTED, send=[("all", "2020-10-07")], shows=ALL_WAIT,
             due=["2020-10-12", "2020-11-12", "2020-12-14", "2021-01-12"]),
         day(DUE_9, shows=ALL_WAIT),
         day(DUE_12, shows=FIRST_PAID),
         day(BACK, shows=FIRST_PAID),
         day(SECOND_12, shows=TWO_PAID),
         day(THIRD_10, shows=TWO_PAID),
         day(THIRD_14, shows=[PAID] * 3 + [WAITING]),
         day(FOURTH_11, shows=[PAID] * 3 + [WAITING]),
         day(FOURTH_12, shows=[PAID] * 4, cases=[],
             booked=[f"{n}.1 DANA BOOKED" for n in (1, 2, 3, 4)],
             paid=["2020-10-12", "2020-11-12", "2020-12-14", "2021-01-12"])),

    life("R14", "R14-BCA", "BCA",
         "BCA calls accounts closed by a mistake of its own: held, put back by an operator, paid to "
         "the same account.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, script="pay:closed", shows=["HELD ACCOUNT_CLOSED"] * 4, booked=[]),
         day(MENDED, script="ok", shows=FIRST_PAID, booked=["1.2 BCA BOOKED"], cases=[],
             run="reprocess --reason ACCOUNT_CLOSED --partner BCA --yes --by operator-1 "
                 "--at-most 2400000 --note BCA-mengaku-salah",
             history={1: [*asked("BCA"), *tries(("BCA", "claimed", "sent", "failed ACCOUNT_CLOSED"),
                                                ("BCA", *GOOD))]}),
         day(SECOND, shows=TWO_PAID)),

    life("D22", "D22-SATU", "BNI",
         "Somebody else has linked this account: a case before money moves, until a person agrees.",
         day(REPORTED, send=[("all", "2020-10-05")], shows=["HELD ACCOUNT_SHARED"] * 4),
         day(DUE, shows=["HELD ACCOUNT_SHARED"] * 4, cases=["ACCOUNT_SHARED"], booked=[],
             explains=["Dalam pemeriksaan", "Tunggu kabar petugas", "nomor kasus"]),
         day(FORTNIGHT, shows=["HELD ACCOUNT_SHARED"] * 4),
         day(MENDED, shows=FIRST_PAID, booked=["1.1 BNI BOOKED"],
             run="reprocess --reason ACCOUNT_SHARED --yes --by operator-1 --approved-by operator-2 "
                 "--at-most 2400000"),
         day(SECOND, shows=TWO_PAID)),
    life("D22", "D22-DUA", "BNI",
         "The somebody else: goes on with an account of her own.",
         day(REPORTED, send=[("all at", "PST-D22-SATU", "2020-10-05")],
             shows=["HELD ACCOUNT_SHARED"] * 4),
         day(DUE, shows=["HELD ACCOUNT_SHARED"] * 4, cases=["ACCOUNT_SHARED"], booked=[]),
         day(FORTNIGHT, send=[("another", "OVO", "2020-10-22 09:00")], shows=FIRST_PAID,
             booked=["1.1 OVO BOOKED"]),
         day(MENDED, shows=FIRST_PAID),
         day(SECOND, shows=TWO_PAID)),

    life("R17", "R17-DANA", "DANA",
         "The money comes back, the account is closed, as DANA tells us: held, then paid again to "
         "another account, and the second telling changes nothing.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, script="returned:86400000", shows=FIRST_PAID, booked=["1.1 DANA BOOKED"]),
         day(BROKEN, notice=(1, "PAYEE_ACCOUNT_CLOSED"), settle=True,
             shows=["HELD ACCOUNT_CLOSED"] * 4, booked=["1.1 DANA BOOKED", "1.1 DANA RETURNED"],
             explains=["Sambungkan rekening atau e-wallet lain"], cases=[]),
         day(FORTNIGHT, send=[("another", "OVO", "2020-10-22 09:00")], shows=FIRST_PAID,
             booked=["1.1 DANA BOOKED", "1.1 DANA RETURNED", "1.2 OVO BOOKED"],
             paid=["2020-10-22"], cases=[],
             explains=["#1 berhasil, DANA", "#1 dikembalikan bank, DANA: Rekening/E-Wallet telah "
                       "ditutup di Bank/E-Wallet (ACCOUNT_CLOSED)", "#2 berhasil, OVO"]),
         day(FOURTH, shows=[PAID] * 4)),
    life("R17", "R17-DANA-DIAM", "DANA",
         "The money comes back and DANA doesn't say why: a person must look.",
         day(REPORTED, send=[("all", "2020-10-05")]),
         day(DUE, script="returned:86400000", shows=FIRST_PAID, booked=["1.1 DANA BOOKED"]),
         day(BROKEN, script="ok", shows=["FAILED UNKNOWN_CODE"] + ALL_WAIT[1:],
             booked=["1.1 DANA BOOKED", "1.1 DANA RETURNED"], cases=["UNKNOWN_CODE"],
             explains=["nomor kasus"]),
         day(SECOND, shows=["FAILED UNKNOWN_CODE", PAID, WAITING, WAITING]),
         gagal=True),
)
