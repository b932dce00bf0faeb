#!/usr/bin/env python3
"""The clock of tests/bench/payments: what the servers and the processes say of themselves.

    payments.py --run DIR --redis HOST:PORT --partitions N --people N --kind K
                told|asked|pay|wait|report

told    wait until the fact workers have consumed what members.json and facts.json list
asked   wait until disbursement-worker has asked about every account and waits for the due day
pay     step the rehearsal clock to the due day, wait until everybody is paid; prints what it cost
wait    step it too, while all partners are paused; watch for a while; prints what it cost
report  print the table of one run, or with --json the JSON; exit 1 when the goal is missed
"""
import argparse
import json
import os
import pathlib
import sys
import time
import urllib.request

from measure import (FACT_WORKERS, LOOK_SECONDS, Progress, Redis, peak_rss_mib, processes, sample,
                     wait_for)

WORKER = "disbursement-worker"
FROM_MS, DUE_MS = 1759770000000, 1759942800000  # Tuesday 7, Thursday 9 October 2025 (WIB)
NEVER_MS = 9007199254740991
AMOUNT_IDR = 600000
GOALS = {"http": ("transfers_per_s", 1000), "https": ("transfers_per_s", 300),
         "waiting": ("peak_rss_mib", 64)}  # at least, at least, at most
METRICS_SECONDS = 0.1
WATCH_SECONDS = 30  # parked payments look again every 5 s


def metrics(run):
    """name -> sum over its labels"""
    port = (run / f"{WORKER}.port").read_text().strip()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    sums = {}
    for line in lines:
        name, _, value = line.rpartition(" ")
        if not line.startswith("#"):
            name = name.split("{")[0].removeprefix("insentif_").removesuffix("_total")
            sums[name] = sums.get(name, 0) + float(value)
    return sums


def told(args, redis):
    ends = {}
    for part in ("members", "facts"):
        ends.update(json.loads((args.run / f"{part}.json").read_text())["ends"])
    workers = ("enrolment-worker",) + FACT_WORKERS
    progress = Progress(redis, ends, workers)
    wait_for(args.run, workers, 600, 0.05, lambda: progress.at_rest(progress.look()))


def step_clock(redis, to_ms):
    redis.ask(("SET", "clock:rehearsal", to_ms))


def at_rest(args, redis):
    boxes = [("LLEN", f"ob:{{{p}}}:{WORKER}") for p in range(args.partitions)]
    return sum(redis.ask(*boxes)) == 0


class Clock:
    """What a stretch of time cost, by process; also how many payments were under way."""

    def __init__(self, run, redis):
        self.run, self.redis = run, redis
        self.found = processes(run, (WORKER, "simulator", "redis", "kafka"))
        self.pids = {name: those[0][1] for name, those in self.found.items() if those}
        self.load_average = os.getloadavg()[0]
        self.before_metrics, self.under_way = metrics(run), []
        self.calls = {c: redis.calls(c) for c in ("fcall", "mget")}
        self.before = sample(self.pids.values())

    def look(self):
        """What the worker has counted since the start."""
        now = metrics(self.run)
        self.under_way.append(now["payments_under_way"])
        return {name: value - self.before_metrics.get(name, 0) for name, value in now.items()}

    def stop(self):
        after, before = sample(self.pids.values()), self.before
        cpu = {name: after["cpu"][pid] - before["cpu"][pid] for name, pid in self.pids.items()}
        counted = self.look()
        return {
            "wall_s": round(after["at"] - before["at"], 3),
            "load_average_before": self.load_average,
            "others_cpu_s": round(after["machine"] - before["machine"] - sum(cpu.values()), 2),
            "under_way": round(sum(self.under_way) / len(self.under_way), 1),
            "redis_calls": {c: self.redis.calls(c) - n for c, n in self.calls.items()},
            "deferred": int(counted.get("payments_deferred", 0)),
            "unknown": int(counted.get("payments_unknown", 0)),
            "processes": {name: {"cpu_s": round(cpu[name], 2),
                                 "peak_rss_mib": round(peak_rss_mib(pid), 1)}
                          for name, pid in self.pids.items()},
        }


def asked(args, redis):
    waiting = [("ZCOUNT", f"tm:{{{p}}}:{WORKER}", f"({FROM_MS}", NEVER_MS)
               for p in range(args.partitions)]
    clock = Clock(args.run, redis)
    wait_for(args.run, (WORKER,), 60 + args.people / 100, METRICS_SECONDS, lambda: (
        clock.look() and clock.under_way[-1] == 0 and sum(redis.ask(*waiting)) == args.people
        and at_rest(args, redis)))
    print(json.dumps(clock.stop()))


def pay(args, redis):
    clock = Clock(args.run, redis)
    due_ms = round(time.time() * 1000)
    step_clock(redis, DUE_MS)
    wait_for(args.run, (WORKER,), 60 + args.people / 50, METRICS_SECONDS,
             lambda: clock.look()["payments_paid"] >= args.people)
    result = clock.stop()
    wait_for(args.run, (WORKER,), 60, LOOK_SECONDS, lambda: at_rest(args, redis))
    print(json.dumps(result | {"due_ms": due_ms}))


def wait(args, redis):
    clock = Clock(args.run, redis)
    step_clock(redis, DUE_MS)
    until = time.monotonic() + WATCH_SECONDS
    wait_for(args.run, (WORKER,), WATCH_SECONDS + 10, 1,
             lambda: clock.look() and time.monotonic() > until)
    result = clock.stop()
    if result["deferred"] == 0:
        sys.exit("payments.py: nobody was told to come again: the partners aren't paused")
    print(json.dumps(result))


def read(run, name):
    path = run / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def booked(run):
    """What the partners' statement says: count, rupiah."""
    rows = [line.split(",") for line in (run / "statement.csv").read_text().splitlines()[1:]]
    return len(rows), sum(int(row[5]) * (1 if row[4] == "BOOKED" else -1) for row in rows)


def report(args, _redis):
    result = {"kind": args.kind, "people": args.people, "fsync": args.fsync,
              **read(args.run, "cost"), "questions": read(args.run, "asked")}
    count, idr = booked(args.run)
    want = 0 if args.kind == "waiting" else args.people
    paid = result["paid"] = read(args.run, "paid")
    result["partners"] = {"booked": count, "idr": idr, "reconciled": args.reconciled == "yes"}
    right = (count, idr) == (want, want * AMOUNT_IDR) and args.reconciled == "yes" and \
        (args.kind == "waiting" or paid.get("verdict") == "OK" and paid["paid_idr"] == idr)
    result["verdict"] = "OK" if right else "WRONG"
    if args.kind != "waiting":
        result["transfers_per_s"] = round(args.people / paid["seconds"], 1) if paid["paid"] else 0
        for row in result["processes"].values():
            row["cpu_us_per_transfer"] = round(row["cpu_s"] * 1e6 / args.people, 1)
    result["peak_rss_mib"] = result["processes"][WORKER]["peak_rss_mib"]
    name, goal = GOALS[args.kind]
    reached = result[name] <= goal if args.kind == "waiting" else result[name] >= goal
    result["goal"] = {"name": name, "value": goal, "reached": reached}
    print_table(result, sys.stderr if args.json else sys.stdout)
    if args.json:
        print(json.dumps(result))
    if not right or not reached:
        sys.exit(1)


def print_table(result, to):
    def out(text):
        print(text, file=to)
    goal, paid, people = result["goal"], result["paid"], result["people"]
    bound = "at most" if result["kind"] == "waiting" else "at least"
    out(f"\n{result['kind']}: {people:,} transfers, appendfsync {result['fsync']}: "
        f"{result['verdict']}; {goal['name']} {result[goal['name']]:,} ({bound} {goal['value']:,}): "
        f"{'reached' if goal['reached'] else 'MISSED'}")
    if result["verdict"] != "OK":
        out(f"  {paid} {result['partners']}")
    asked_for = result["questions"]
    cpu = asked_for["processes"][WORKER]["cpu_s"] * 1e6 / people
    out(f"day 0: {people / asked_for['wall_s']:,.0f} accounts asked about per second, "
        f"{cpu:,.0f} µs of {WORKER}'s CPU each")
    if result["kind"] == "waiting":
        out(f"then all due and paused: {result['deferred']:,} looks in {result['wall_s']:.0f} s")
    else:
        for name, text in (("due_to_paid_ms", "due to paid"), ("claim_to_paid_ms", "claim to paid")):
            t = paid[name]
            out(f"{text}: p50 {t['p50']:,} ms, p99 {t['p99']:,} ms, most {t['most']:,} ms")
        whole = 1000 * result["under_way"] / max(result["transfers_per_s"], 1)
        out(f"{result['under_way']} payments under way on average, so each took {whole:,.0f} ms; "
            f"{result['deferred']:,} told to come again, {result['unknown']:,} answers lost")
    out(f"others on this machine used {result['others_cpu_s']:.1f} s of CPU in "
        f"{result['wall_s']:.1f} s (load average before {result['load_average_before']:.1f}); "
        f"Redis: {result['redis_calls']['fcall']:,} FCALL, {result['redis_calls']['mget']:,} MGET")
    out(f"{'process':22}{'CPU s':>8}{'of a core':>11}{'µs/transfer':>13}{'RSS MiB':>9}")
    for name, row in result["processes"].items():
        out(f"{name:22}{row['cpu_s']:>8.2f}{100 * row['cpu_s'] / result['wall_s']:>9.0f} %"
            f"{row.get('cpu_us_per_transfer', ''):>13}{row['peak_rss_mib']:>9.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=("told", "asked", "pay", "wait", "report"))
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--kind", choices=GOALS, required=True)
    parser.add_argument("--fsync")
    parser.add_argument("--reconciled", choices=("yes", "no"))
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    globals()[args.what](args, Redis(args.redis))


if __name__ == "__main__":
    main()
