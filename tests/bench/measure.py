#!/usr/bin/env python3
"""The clock of tests/bench/throughput: what the servers and the processes say of themselves.

    measure.py --run DIR --redis HOST:PORT --partitions N  settle|hold|stop|drain|report

settle  wait until what members.json lists is consumed and all outboxes are empty
hold    mark every bucket as being rebuilt: workers started now join their groups, but wait
stop    wait until they have joined, stop the processes, open the buckets
drain   let the processes go on together, wait for the end as settle does; prints what it cost
report  print the table, or with --json the JSON, of drain.json and check.json
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import sys
import time
import urllib.request

TOPICS = {  # who consumes what
    "enrolment-worker": ("participant-enrolled",),
    "completion-worker": ("training-completed",),
    "rating-worker": ("rating-submitted",),
    "eligibility-worker": ("account-linked", "eligibility-checked"),
}
FACT_WORKERS = ("completion-worker", "rating-worker", "eligibility-worker")
METRICS = {  # of /metrics -> as we name them; summed over topics
    "insentif_events_consumed_total": "events",
    "insentif_batches_total": "batches",
    "insentif_store_applies_total": "applies",
    "insentif_conflict_rounds_total": "rounds",
    "insentif_conflicts_total": "conflicts",
    "insentif_records_written_total": "written",
    "insentif_records_unchanged_total": "unchanged",
    "insentif_events_emitted_total": "emitted",
    "insentif_dead_letters_total": "dead_letters",
    "insentif_gaps_total": "gaps",
}
SETTLE_SECONDS = 300
JOIN_SECONDS = 60
REBUILD_SECONDS = 0.7  # a worker asks again for a bucket being rebuilt after half a second
LOOK_SECONDS = 0.01
TIMELINE_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")


class Redis:
    """As much of the protocol as is needed; several commands at a time."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)
        self.file = self.socket.makefile("rb")

    def ask(self, *commands):
        parts = []
        for command in commands:
            parts.append(b"*%d\r\n" % len(command))
            for word in command:
                word = str(word).encode()
                parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(parts))
        return [self.answer() for _ in commands]

    def answer(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.answer() for _ in range(int(rest))]
        return rest.decode()

    def info(self, section):
        lines = self.ask(("INFO", section))[0].splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def calls(self, command):
        stat = self.info("commandstats").get(f"cmdstat_{command}", "calls=0")
        return int(stat.split(",")[0].split("=")[1])


class Progress:
    """How far the workers are, by their watermarks; at rest when their outboxes are empty, too."""

    def __init__(self, redis, ends, workers):
        self.redis = redis
        self.last = {w: [(t, [end - 1 for end in ends[t]]) for t in TOPICS[w] if t in ends]
                     for w in workers}
        partitions = range(len(next(iter(ends.values()))))
        self.watermarks = [("HMGET", f"wm:{{{p}}}", *(f"{w}/{t}" for w in workers
                                                      for t, _ in self.last[w]))
                           for p in partitions]
        self.outboxes = [("LLEN", f"ob:{{{p}}}:{w}") for p in partitions for w in workers]

    def look(self):
        """worker -> (events applied, events left)"""
        rows, column, found = self.redis.ask(*self.watermarks), 0, {}
        for worker, topics in self.last.items():
            applied = left = 0
            for _, last in topics:
                marks = [int(row[column] or -1) for row in rows]
                applied += sum(mark + 1 for mark in marks)
                left += sum(end - mark for mark, end in zip(marks, last))
                column += 1
            found[worker] = (applied, left)
        return found

    def at_rest(self, found):
        return not any(left for _, left in found.values()) and \
            sum(self.redis.ask(*self.outboxes)) == 0


def processes(run, names):
    """name -> [(process name, pid)]"""
    found = {name: [] for name in names}
    for file in sorted(run.glob("*.pid")):
        name = file.stem.split(".")[0]
        if name in found:
            found[name].append((file.stem, int(file.read_text().split()[0])))
    return found


def all_pids(found):
    return [pid for those in found.values() for _, pid in those]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def machine_busy_seconds():
    """CPU time that anybody used, all cores."""
    fields = [int(x) for x in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def sample(pids):
    return {"at": time.monotonic(), "cpu": {pid: cpu_seconds(pid) for pid in pids},
            "machine": machine_busy_seconds()}


def metrics(run, process):
    port = (run / f"{process}.port").read_text().strip()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    sums = dict.fromkeys(METRICS.values(), 0)
    for line in lines:
        name, _, value = line.rpartition(" ")
        name = METRICS.get(name.split("{")[0])
        if name and not line.startswith("#"):
            sums[name] += int(value)
    return sums


def ended(run, names):
    return [name for name, pids in processes(run, names).items()
            for _, pid in pids if not pathlib.Path(f"/proc/{pid}").exists()]


def wait_for(run, names, seconds, pause, done):
    """Call done() until it is true; the processes must live on."""
    until = time.monotonic() + seconds
    while not done():
        gone = ended(run, names)
        if gone or time.monotonic() > until:
            why = f"{gone[0]} has ended" if gone else f"not done within {seconds} s"
            sys.exit(f"measure.py: {why}; logs: {run}/log")
        time.sleep(pause)


def settle(args, redis):
    workers = ("enrolment-worker", "eligibility-worker")
    ends = json.loads((args.run / "members.json").read_text())["ends"]
    progress = Progress(redis, ends, workers)
    wait_for(args.run, workers, SETTLE_SECONDS, 0.05, lambda: progress.at_rest(progress.look()))


def hold(args, redis):
    redis.ask(*(("SET", f"rebuild:{{{p}}}", "bench") for p in range(args.partitions)))


def buckets_joined(run, name):
    """How many buckets the worker's processes were given last, in all."""
    joined = 0
    for log in (run / "log").glob(f"{name}.*.log"):
        given = 0
        for line in log.read_text().splitlines():
            event = json.loads(line) if line.startswith("{") else {}
            given = event.get("buckets", 0) if event.get("event") == "assigned" else given
            given = 0 if event.get("event") == "revoked" else given
        joined += given
    return joined


def stop(args, redis):
    wait_for(args.run, FACT_WORKERS, JOIN_SECONDS, 0.1,
             lambda: all(buckets_joined(args.run, w) == args.partitions for w in FACT_WORKERS))
    time.sleep(REBUILD_SECONDS)  # the last to join has asked for its buckets and was refused
    for pid in all_pids(processes(args.run, FACT_WORKERS)):
        os.kill(pid, signal.SIGSTOP)
    redis.ask(*(("DEL", f"rebuild:{{{p}}}") for p in range(args.partitions)))
    time.sleep(REBUILD_SECONDS)  # now every bucket may be asked for again at once


def drain(args, redis):
    run = args.run
    ends = json.loads((run / "facts.json").read_text())["ends"]
    progress = Progress(redis, ends, FACT_WORKERS)
    found = processes(run, FACT_WORKERS + ("redis", "kafka"))
    pids = all_pids(found)
    calls = {c: redis.calls(c) for c in ("fcall", "mget")}
    load_average = os.getloadavg()[0]
    finished, timeline = {}, []
    before = {"from": sample(pids)}
    for pid in all_pids(processes(run, FACT_WORKERS)):
        os.kill(pid, signal.SIGCONT)

    def begun():
        if any(applied for applied, _ in progress.look().values()):
            return True
        before["from"] = sample(pids)  # the last moment at which nothing had been applied
        return False

    def done():
        found, at = progress.look(), time.monotonic() - before["from"]["at"]
        for worker, (_, left) in found.items():
            if left == 0:
                finished.setdefault(worker, at)
        if not timeline or at - timeline[-1][0] >= TIMELINE_SECONDS:
            timeline.append([round(at, 3), *(applied for applied, _ in found.values())])
        return progress.at_rest(found)

    wait_for(run, FACT_WORKERS, JOIN_SECONDS, LOOK_SECONDS / 2, begun)
    wait_for(run, FACT_WORKERS, SETTLE_SECONDS, LOOK_SECONDS, done)
    after, start = sample(pids), before["from"]
    result = {"wall_s": round(after["at"] - start["at"], 3),
              "load_average_before": load_average,
              "others_cpu_s": round(after["machine"] - start["machine"] - sum(
                  after["cpu"][p] - start["cpu"][p] for p in pids), 2),
              "redis_calls": {c: redis.calls(c) - n for c, n in calls.items()},
              "redis_used_memory": int(redis.info("memory")["used_memory"]),
              "timeline": timeline,  # seconds, events applied by each of FACT_WORKERS
              "processes": {}}
    for name, those in found.items():
        row = {"processes": len(those),
               "cpu_s": round(sum(after["cpu"][p] - start["cpu"][p] for _, p in those), 2),
               "peak_rss_mib": round(max(peak_rss_mib(p) for _, p in those), 1)}
        if name in FACT_WORKERS:
            row["finished_s"] = round(finished[name], 2)
            for process, _ in those:
                for key, value in metrics(run, process).items():
                    row[key] = row.get(key, 0) + value
        result["processes"][name] = row
    print(json.dumps(result))


def report(args, _redis):
    def read(name):
        return json.loads((args.run / name).read_text())
    result, facts, check = read("drain.json"), read("facts.json"), read("check.json")
    workers = [result["processes"][w] for w in FACT_WORKERS]
    events = facts["events"]
    for name, row in result["processes"].items():
        row["cpu_us_per_event"] = round(row["cpu_s"] * 1e6 / row.get("events", events), 2)
    applies, batches, rounds = (sum(w[k] for w in workers) for k in ("applies", "batches", "rounds"))
    result.update({
        "events": events, "people": facts["people"], "partitions": args.partitions,
        "fsync": args.fsync, "batch": args.batch,
        "events_per_s": round(events / result["wall_s"]),
        "workers_cpu_us_per_event": round(sum(w["cpu_s"] for w in workers) * 1e6 / events, 2),
        "conflicts_percent": round(100 * sum(w["conflicts"] for w in workers) /
                                   max(1, sum(w["written"] for w in workers)), 2),
        "applies_are_batches_and_rounds": applies == batches + rounds,
        "redis_bytes_per_person": round(result["redis_used_memory"] / facts["people"]),
        "check": check,
    })
    table = sys.stderr if args.json else sys.stdout
    print_table(result, table)
    if args.json:
        print(json.dumps(result))


def print_table(result, to):
    def out(text):
        print(text, file=to)
    check = result["check"]
    out(f"\n{result['events']:,} events of {result['people']:,} people, {result['partitions']} "
        f"partitions, batches of {result['batch']}, appendfsync {result['fsync']}: "
        f"{check['verdict']}, {check['outputs']:,} of {check['of']:,} schedules right")
    if check["verdict"] != "OK":
        out(f"  {check}")
    out(f"{result['wall_s']:.2f} s, {result['events_per_s']:,} events/s, workers "
        f"{result['workers_cpu_us_per_event']:.2f} µs of CPU per event; others on this machine used "
        f"{result['others_cpu_s']:.1f} s (load average before {result['load_average_before']:.1f})")
    out(f"Redis: {result['redis_bytes_per_person']:,} bytes per person (used_memory), "
        f"{result['redis_calls']['fcall']:,} FCALL, {result['redis_calls']['mget']:,} MGET")
    columns = ("events", "finished_s", "batches", "applies", "rounds", "conflicts", "written",
               "unchanged", "emitted", "dead_letters", "gaps")
    out(f"{'process':20}{'n':>3}{'CPU s':>8}{'µs/event':>10}{'RSS MiB':>9}"
        + "".join(f"{c.removesuffix('_s').replace('_', ' '):>{max(9, len(c) + 1)}}" for c in columns))
    for name, row in result["processes"].items():
        out(f"{name:20}{row['processes']:>3}{row['cpu_s']:>8.2f}{row['cpu_us_per_event']:>10.2f}"
            f"{row['peak_rss_mib']:>9.0f}"
            + "".join(f"{row.get(c, ''):>{max(9, len(c) + 1)}}" for c in columns))
    out(f"conflicts: {result['conflicts_percent']} % of the records written; applies "
        f"{'=' if result['applies_are_batches_and_rounds'] else 'ARE NOT'} batches + rounds")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=("settle", "hold", "stop", "drain", "report"))
    parser.add_argument("--run", type=pathlib.Path, required=True)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--partitions", type=int, required=True)
    parser.add_argument("--fsync")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    globals()[args.what](args, Redis(args.redis))


if __name__ == "__main__":
    main()
