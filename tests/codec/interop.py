#!/usr/bin/env python3
"""What fastavro writes we read, and what we write fastavro reads, for every event.

    interop.py CODEC_TOOL SCHEMAS_FOLDER

Exit code 77: no fastavro here. The seed is printed; INSENTIF_TEST_SEED sets it.
"""
import base64
import glob
import io
import json
import os
import random
import subprocess
import sys
import time

try:
    from fastavro import parse_schema, schemaless_reader, schemaless_writer
    from fastavro.schema import fingerprint, to_parsing_canonical_form
except ImportError:
    print("fastavro isn't installed for", sys.executable)
    sys.exit(77)

EACH = 60


def value(schema, rng):
    if isinstance(schema, list):
        return None if rng.random() < 0.3 else value(schema[1], rng)
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "string":
        return rng.choice(["a", "p-1", "B2", "\u00e9\U0001f600", 'q"\\'])
    if kind == "bytes":
        return rng.randbytes(rng.randrange(200))
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "enum":
        return rng.choice(schema["symbols"])
    bits = rng.randrange(1, 31 if kind == "int" else 63)
    return rng.choice([-1, 1]) * rng.randrange(1, 2**bits + 1)


def as_json(event):
    return {name: base64.b64encode(v).decode() if isinstance(v, bytes) else v
            for name, v in event.items()}


def messages(folder, rng):
    for path in sorted(glob.glob(os.path.join(folder, "*.avsc"))):
        with open(path, encoding="utf-8") as file:
            raw = json.load(file)
        for named in raw["fields"]:  # plain longs: fastavro would give datetimes otherwise
            if isinstance(named["type"], dict) and named["type"].get("logicalType"):
                named["type"] = named["type"]["type"]
            elif isinstance(named["type"], list):
                named["type"] = [t["type"] if isinstance(t, dict) and "logicalType" in t else t
                                 for t in named["type"]]
        schema = parse_schema(raw)
        header = b"\xc3\x01" + bytes.fromhex(
            fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
        topic = os.path.basename(path)[:-len(".avsc")]
        for _ in range(EACH):
            event = {f["name"]: value(f["type"], rng) for f in raw["fields"]}
            out = io.BytesIO(header)
            out.seek(len(header))
            schemaless_writer(out, schema, event)
            yield topic, schema, header, event, out.getvalue()


def main():
    tool, folder = sys.argv[1:]
    seed = int(os.environ.get("INSENTIF_TEST_SEED", time.time()))
    print("INSENTIF_TEST_SEED=%d" % seed)
    sent = list(messages(folder, random.Random(seed)))
    lines = "".join("%s %s\n" % (topic, data.hex()) for topic, _, _, _, data in sent)
    answer = subprocess.run([tool, "translate"], input=lines, check=True, capture_output=True,
                            text=True, encoding="utf-8", timeout=60).stdout.splitlines()
    wrong = 0 if len(answer) == len(sent) and sent else 1
    for line, (topic, schema, header, event, _) in zip(answer, sent):
        words = line.split(" ", 2)
        if words[0] != "ok" or json.loads(words[2]) != as_json(event):
            print("%s: %r became %s" % (topic, event, line[:400]))
            wrong += 1
            continue
        ours = bytes.fromhex(words[1])
        if ours[:10] != header or schemaless_reader(io.BytesIO(ours[10:]), schema, None) != event:
            print("%s: %r was written as %s" % (topic, event, words[1][:400]))
            wrong += 1
    print("%d events there and back, %d wrong" % (len(sent), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
