#!/usr/bin/env python3
"""Full transitive compatibility: every version of a schema, today's and those in history/, can be
read with every other version (Avro 1.11, "Schema Resolution").

    compat.py SCHEMAS_FOLDER   check schemas/*.avsc against schemas/history/<topic>.<n>.avsc
    compat.py --self-test      made-up changes, allowed and not

A symbol appended to an enum is read by no older reader. The one way to do it is readers first
(schemas/README.md); such symbols are named in history/readers-first.txt, one "Enum SYMBOL" a line.
"""
import json
import os
import re
import sys

PROMOTIONS = {  # what is written -> what it may be read as
    "int": {"int", "long", "float", "double"},
    "long": {"long", "float", "double"},
    "float": {"float", "double"},
    "string": {"string", "bytes"},
    "bytes": {"bytes", "string"},
}
PRIMITIVES = {"null", "boolean", "int", "long", "float", "double", "string", "bytes"}


class Names(dict):
    """The named types of one schema."""

    def resolve(self, schema):
        if isinstance(schema, str) and schema not in PRIMITIVES:
            return self[schema.split(".")[-1]]
        if isinstance(schema, dict) and schema["type"] in PRIMITIVES:
            return schema["type"]
        if isinstance(schema, dict) and "name" in schema:
            self[schema["name"].split(".")[-1]] = schema
        return schema


def kind(schema):
    if isinstance(schema, list):
        return "union"
    return schema if isinstance(schema, str) else schema["type"]


def read_enum(writer, reader, where, allowed):
    missing = [s for s in writer["symbols"] if s not in reader["symbols"]]
    missing = [s for s in missing if (writer["name"], s) not in allowed]
    if missing and "default" not in reader:
        return ["%s: symbol %s isn't known to the reader" % (where, s) for s in missing]
    return []


def read_record(writer, reader, names, where, allowed):
    found = []
    written = {f["name"]: f for f in writer["fields"]}
    for field in reader["fields"]:
        at = "%s.%s" % (where, field["name"])
        if field["name"] in written:
            found += read(written[field["name"]]["type"], field["type"], names, at, allowed)
        elif "default" not in field:
            found.append("%s: isn't written and has no default" % at)
    return found


def read(writer, reader, names, where, allowed=frozenset()):
    """Why data of `writer` can't all be read as `reader`: a list of sentences, empty if it can."""
    writer, reader = names[0].resolve(writer), names[1].resolve(reader)
    if isinstance(writer, list):
        return [why for branch in writer for why in read(branch, reader, names, where, allowed)]
    if isinstance(reader, list):
        tries = [read(writer, branch, names, where, allowed) for branch in reader]
        if any(not why for why in tries):
            return []
        same = [why for why, b in zip(tries, reader) if kind(names[1].resolve(b)) == kind(writer)]
        return same[0] if same else ["%s: %s has no branch to be read by" % (where, kind(writer))]
    if kind(reader) in PROMOTIONS.get(kind(writer), {kind(writer)}):
        if kind(writer) in ("record", "enum", "fixed"):
            if writer["name"] != reader["name"]:
                return ["%s: written as %s, read as %s" % (where, writer["name"], reader["name"])]
        if kind(writer) == "record":
            return read_record(writer, reader, names, where, allowed)
        if kind(writer) == "enum":
            return read_enum(writer, reader, where, allowed)
        if kind(writer) == "fixed" and writer["size"] != reader["size"]:
            return ["%s: fixed of another size" % where]
        if kind(writer) in ("array", "map"):
            inner = "items" if kind(writer) == "array" else "values"
            return read(writer[inner], reader[inner], names, where, allowed)
        return []
    return ["%s: written as %s, read as %s" % (where, kind(writer), kind(reader))]


def incompatible(older, newer, readers_first=frozenset()):
    """Both ways. `readers_first`: (enum, symbol) pairs that an older reader needn't know."""
    found = []
    for writer, reader, who in ((older, newer, "new reads old"), (newer, older, "old reads new")):
        allowed = readers_first if who == "old reads new" else frozenset()
        for why in read(writer, reader, (Names(), Names()), newer["name"], allowed):
            found.append("%s: %s" % (who, why))
    return found


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def versions_of(folder, topic):
    history = os.path.join(folder, "history")
    numbered = []
    for name in os.listdir(history) if os.path.isdir(history) else []:
        match = re.fullmatch(re.escape(topic) + r"\.(\d+)\.avsc", name)
        if match:
            numbered.append((int(match.group(1)), load(os.path.join(history, name))))
    numbered.sort(key=lambda pair: pair[0])
    return [("version %d" % n, s) for n, s in numbered], [n for n, _ in numbered]


def check_folder(folder):
    problems, pairs = [], 0
    allowed = set()
    listed = os.path.join(folder, "history", "readers-first.txt")
    if os.path.exists(listed):
        with open(listed, encoding="utf-8") as file:
            lines = [line.split("#")[0].split() for line in file]
        allowed = {tuple(words) for words in lines if words}
    topics = sorted(n[:-5] for n in os.listdir(folder) if n.endswith(".avsc"))
    for topic in topics:
        versions, numbers = versions_of(folder, topic)
        if numbers != list(range(1, len(numbers) + 1)):
            problems.append("%s: history isn't numbered 1, 2, 3…: %s" % (topic, numbers))
        versions.append(("today", load(os.path.join(folder, topic + ".avsc"))))
        for i, (old_name, old) in enumerate(versions):
            for new_name, new in versions[i:]:
                pairs += 1
                for why in incompatible(old, new, allowed):
                    problems.append("%s: %s and %s: %s" % (topic, old_name, new_name, why))
    history = os.path.join(folder, "history")
    for name in sorted(os.listdir(history)) if os.path.isdir(history) else []:
        if name.endswith(".avsc") and name.split(".")[0] not in topics:
            problems.append("%s: history of no topic" % name)
    if not topics:
        problems.append("%s: no schema at all" % folder)
    return problems, pairs


def record(*fields):
    return {"type": "record", "name": "R", "fields": list(fields)}


def field(name, type_, **more):
    return dict({"name": name, "type": type_}, **more)


def enum(*symbols, **more):
    return dict({"type": "enum", "name": "E", "symbols": list(symbols)}, **more)


A = field("a", "string")
SELF_TEST = [  # name, older, newer, words that the complaint must hold (none: compatible)
    ("the same", record(A), record(A), []),
    ("docs and order", record(A, field("b", "int")), record(field("b", "int", doc="x"), A), []),
    ("new nullable", record(A), record(A, field("b", ["null", "int"], default=None)), []),
    ("new with default", record(A), record(A, field("b", "int", default=0)), []),
    ("new without default", record(A), record(A, field("b", "int")),
     ["new reads old", "R.b: isn't written"]),
    ("dropped with default", record(A, field("b", "int", default=0)), record(A), []),
    ("dropped without", record(A, field("b", "int")), record(A),
     ["old reads new", "R.b: isn't written"]),
    ("renamed", record(A), record(field("z", "string")), ["R.z: isn't written"]),
    ("another type", record(A), record(field("a", "int")), ["R.a: written as string, read as int"]),
    ("wider", record(field("a", "int")), record(field("a", "long")),
     ["old reads new", "written as long"]),
    ("logical type", record(field("a", {"type": "long", "logicalType": "timestamp-millis"})),
     record(field("a", "long")), []),
    ("now nullable", record(A), record(field("a", ["null", "string"], default=None)),
     ["old reads new", "written as null, read as string"]),
    ("no more nullable", record(field("a", ["null", "string"], default=None)), record(A),
     ["new reads old", "written as null"]),
    ("union turned", record(field("a", ["null", "string"])),
     record(field("a", ["string", "null"])), []),
    ("union grown", record(field("a", ["null", "int"])),
     record(field("a", ["null", "int", "string"])),
     ["old reads new", "string has no branch"]),
    ("symbols turned", record(field("a", enum("X", "Y"))), record(field("a", enum("Y", "X"))), []),
    ("symbol appended", record(field("a", enum("X"))), record(field("a", enum("X", "Y"))),
     ["old reads new", "symbol Y"]),
    ("symbol dropped", record(field("a", enum("X", "Y"))), record(field("a", enum("X"))),
     ["new reads old", "symbol Y"]),
    ("symbol with default", record(field("a", enum("X", default="X"))),
     record(field("a", enum("X", "Y", default="X"))), []),
    ("symbol in a union", record(field("a", ["null", enum("X")])),
     record(field("a", ["null", enum("X", "Y")])), ["symbol Y"]),
    ("enum renamed", record(field("a", enum("X"))),
     record(field("a", dict(enum("X"), name="F"))), ["written as E, read as F"]),
    ("fixed grown", record(field("a", {"type": "fixed", "name": "F", "size": 1})),
     record(field("a", {"type": "fixed", "name": "F", "size": 2})), ["fixed of another size"]),
    ("record renamed", record(A), dict(record(A), name="S"), ["written as R, read as S"]),
    ("items", record(field("a", {"type": "array", "items": "int"})),
     record(field("a", {"type": "array", "items": "string"})), ["written as int, read as string"]),
]


def self_test():
    failed = 0
    for name, older, newer, words in SELF_TEST:
        found = "; ".join(incompatible(older, newer))
        good = all(word in found for word in words) if words else not found
        if not good:
            failed += 1
            print("self-test %s: %r" % (name, found))
    few, more = record(field("a", enum("X"))), record(field("a", enum("X", "Y")))
    appended = incompatible(few, more, {("E", "Y")})
    dropped = incompatible(more, few, {("E", "Y")})
    if appended or not dropped:
        failed += 1
        print("self-test readers first: %r, %r" % (appended, dropped))
    count = len(SELF_TEST) + 1
    print("%d of %d made-up changes judged right" % (count - failed, count))
    return 1 if failed else 0


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    if sys.argv[1] == "--self-test":
        return self_test()
    problems, pairs = check_folder(sys.argv[1])
    for problem in problems:
        print(problem)
    print("%d pairs of versions, %d problems" % (pairs, len(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
