#!/usr/bin/env python3
"""Takes the running system through the sample's months and tells what became of everyone.

    rehearse.py --bin DIR --control URL --ledger FILE [--wait SECONDS] [--json]

Called by deploy/demo. The end is compared with tests/data/sample/end.jsonl, which comes from the
independent model in tests/e2e. Exit 0: as expected; 1: not; 2: could not be run.
"""
import argparse
import collections
import json
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from system import CannotRun, System  # noqa: E402

SAMPLE = ROOT / "tests" / "data" / "sample"
MONEY = ("PAID", "HELD", "CANCELLED", "CLAWBACK", "FAILED")


def progress(text):
    print(text, file=sys.stderr, flush=True)


def rupiah(amount):
    return "Rp " + f"{amount:,}".replace(",", ".")


def play(system):
    steps = json.loads((SAMPLE / "timeline.json").read_text("utf-8"))["steps"]
    for number, step in enumerate(steps, 1):
        begun = time.monotonic()
        for fixture in step.get("fixtures") or []:
            system.fixture(fixture)
        for outage in step.get("down") or []:
            system.down(outage)
        system.clock(step["clock"])
        system.idle()
        for name in step.get("send") or []:
            system.produce(pathlib.PurePath(name).name.split(".")[1], SAMPLE / name)
        if step.get("send"):
            system.idle()
        progress(f"  {number:2}/{len(steps)}  {step['clock'][:16].replace('T', ' ')} WIB  "
                 f"{time.monotonic() - begun:4.1f} s  {step.get('note') or ''}")


def states(line):
    rows = sorted(line["instalments"], key=lambda row: row["number"])
    return [" ".join(filter(None, (row["state"], row["reason"]))) for row in rows]


def sums(lines, ledger):
    found = collections.Counter()
    for line in lines:
        for row in line["instalments"]:
            found[row["state"]] += row["amount_idr"]
    scheduled = sum(found.values())
    booked = sum(row["amount_idr"] for row in ledger)
    return {"scheduled_idr": scheduled,
            **{f"{name.lower()}_idr": found[name] for name in MONEY},
            "waiting_idr": scheduled - sum(found[name] for name in MONEY),
            "booked_by_partners_idr": booked}


def unexpected(lines, total):
    expected = {}
    for text in (SAMPLE / "end.jsonl").read_text("utf-8").splitlines():
        row = json.loads(text)
        if "totals" in row:
            for name, amount in row["totals"].items():
                if total[name] != amount:
                    yield f"{name}: {total[name]}, expected {amount}"
        else:
            expected[row["participant_id"]] = row
    for line in lines:
        row = expected.pop(line["participant_id"], None)
        if not row:
            yield f"{line['participant_id']}: nobody expected"
        elif row["missing"] != sorted(line["missing"]) or row["states"] != states(line):
            yield (f"{line['participant_id']}: {states(line)} missing {line['missing']}, "
                   f"expected {row['states']} missing {row['missing']}")
    for who in expected:
        yield f"{who}: unknown to the system"
    if total["booked_by_partners_idr"] != total["paid_idr"] + total["clawback_idr"]:
        yield "the partners' bookings are not what is shown as paid"


def next_step(line):
    for row in line["instalments"]:
        if row["state"] != "PAID":
            return row["next"]["todo"]
    for condition in line["conditions"]:
        if not condition["met"]:
            return condition["next"]["todo"]
    return ""


def print_people(lines):
    print(f"{'peserta':26} {'dashboard':44} {'alasan':22} langkah berikut")
    for line in lines:
        words = [row["dashboard"] for row in line["instalments"]] or ["Belum terjadwal"]
        reasons = sorted({row["reason"] for row in line["instalments"] if row["reason"]})
        told = ", ".join(dict.fromkeys(
            f"{words.count(word)}x {word}" if len(words) > 1 else word for word in words))
        why = ", ".join(reasons) or ", ".join(line["missing"]) or "-"
        print(f"{line['participant_id']:26} {told:44} {why:22} {next_step(line) or '-'}")


def print_totals(total):
    rows = (("dijadwalkan", "scheduled_idr"), ("= berhasil", "paid_idr"),
            ("+ dana tertahan", "held_idr"), ("+ dibatalkan", "cancelled_idr"),
            ("+ wajib dikembalikan", "clawback_idr"), ("+ gagal (kasus)", "failed_idr"),
            ("+ menunggu", "waiting_idr"), ("dibukukan mitra pembayaran", "booked_by_partners_idr"))
    print()
    for word, name in rows:
        print(f"{word:28} {rupiah(total[name]):>20}")
    print(f"{'berhasil + wajib dikembalikan':28} {rupiah(total['paid_idr'] + total['clawback_idr']):>19}"
          "  (= dibukukan mitra)")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--bin", required=True)
    options.add_argument("--control", required=True)
    options.add_argument("--ledger", required=True)
    options.add_argument("--wait", type=int, default=60)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    try:
        system = System(given.bin, given.control, given.wait)
        play(system)
        lines = sorted(system.show(), key=lambda line: line["participant_id"])
    except (CannotRun, json.JSONDecodeError) as error:
        progress(f"cannot run: {error}")
        return 2
    with open(given.ledger, encoding="utf-8") as file:
        ledger = [row for row in map(json.loads, file) if row["booked"]]
    total = sums(lines, ledger)
    wrong = list(unexpected(lines, total))
    if given.json:
        print(json.dumps({"participants": lines, "totals": total, "unexpected": wrong}))
    else:
        print_people(lines)
        print_totals(total)
    for sentence in wrong[:40]:
        progress(f"unexpected: {sentence}")
    progress(f"{len(lines)} participants, {len(ledger)} bookings, "
             + (f"{len(wrong)} differences from the expected end" if wrong
                else "everything ended as expected"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
