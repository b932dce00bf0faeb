#!/usr/bin/env python3
"""The fingerprints that the build computed, against fastavro's.

    fingerprints.py CODEC_TOOL SCHEMAS_FOLDER

fastavro gives CRC-64-AVRO as the bytes in the order in which they lie in a message (little endian,
Avro 1.11 "Single-object encoding"). That its order is right is checked with the value that the
specification's own test data has for "int". Exit code 77: no fastavro here.
"""
import glob
import json
import os
import subprocess
import sys

try:
    from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form
except ImportError:
    print("fastavro isn't installed for", sys.executable)
    sys.exit(77)

INT = 0x7275D51A3F395C8F  # Avro's share/test/data/schema-tests.txt: "int", 8247732601305521295


def main():
    tool, folder = sys.argv[1:]
    if fingerprint('"int"', "CRC-64-AVRO") != INT.to_bytes(8, "little").hex():
        print("fastavro's byte order isn't little endian any more")
        return 1
    ours = {}
    for line in subprocess.run([tool, "fingerprints"], check=True, capture_output=True, text=True,
                               timeout=30).stdout.splitlines():
        topic, version, hexed = line.split()
        ours[topic if version == "0" else "history/%s.%s" % (topic, version)] = hexed
    theirs = {}
    for path in glob.glob(os.path.join(folder, "**", "*.avsc"), recursive=True):
        with open(path, encoding="utf-8") as file:
            form = to_parsing_canonical_form(parse_schema(json.load(file)))
        name = os.path.relpath(path, folder)[:-len(".avsc")]
        theirs[name] = fingerprint(form, "CRC-64-AVRO")
    for name in sorted(set(ours) | set(theirs)):
        if ours.get(name) != theirs.get(name):
            print("%s: ours %s, fastavro's %s" % (name, ours.get(name), theirs.get(name)))
    print("%d fingerprints" % len(theirs))
    return 0 if ours == theirs and theirs else 1


if __name__ == "__main__":
    sys.exit(main())
