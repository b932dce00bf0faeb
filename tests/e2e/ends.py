#!/usr/bin/env python3
"""Writes where the model sees everybody at the end of a timeline, a line each: what deploy/demo,
which has no model, compares the system with.

    ends.py TIMELINE_DIR [--check]      --check: exit 1 when TIMELINE_DIR/end.jsonl differs
"""
import json
import pathlib
import sys

from model import load, totals


def main():
    folder = pathlib.Path(sys.argv[1])
    world = load(folder)
    for step in world.steps:
        world.step(step)
    lines = world.lines()
    rows = [{"participant_id": line["participant_id"], "missing": sorted(line["missing"]),
             "states": [" ".join(filter(None, (i["state"], i["reason"])))
                        for i in sorted(line["instalments"], key=lambda i: i["number"])]}
            for line in lines]
    rows.append({"totals": totals(lines)})
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    end = folder / "end.jsonl"
    if "--check" not in sys.argv:
        end.write_text(text, "utf-8")
        return 0
    same = end.exists() and end.read_text("utf-8") == text
    print("end.jsonl is the model's" if same else f"differs: run ends.py {folder}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
