#!/usr/bin/env python3
"""schemas/ is the contract with other teams: documented field by field, and in the README.

    contract.py SCHEMAS_FOLDER
"""
import glob
import json
import os
import sys

NAMESPACE = "id.insentif.event"
DOC_LEAST = 12


def check_type(name, schema, problems):
    if isinstance(schema, list):
        if len(schema) != 2 or schema[0] != "null":
            problems.append("%s: a union other than [null, X]" % name)
        check_type(name, schema[-1], problems)
    elif isinstance(schema, dict) and schema["type"] == "enum":
        if len(schema.get("doc", "")) < DOC_LEAST:
            problems.append("%s: the enum has no doc" % name)
        if "default" in schema:
            problems.append("%s: an enum default hides what isn't understood" % name)
    elif isinstance(schema, dict) and schema != {"type": "long", "logicalType": "timestamp-millis"}:
        problems.append("%s: neither a primitive, an enum nor a time" % name)


def check_field(topic, field, problems):
    name = "%s: %s" % (topic, field["name"])
    if len(field.get("doc", "")) < DOC_LEAST:
        problems.append("%s: no doc" % name)
    if isinstance(field["type"], list) != ("default" in field and field["default"] is None):
        problems.append("%s: nullable, and nothing else, has the default null" % name)
    is_time = "timestamp-millis" in json.dumps(field["type"])
    if is_time != field["name"].endswith("_ms"):
        problems.append("%s: times end in _ms and are timestamp-millis" % name)
    check_type(name, field["type"], problems)


def check_topic(path, readme, problems):
    topic = os.path.basename(path)[:-len(".avsc")]
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    if schema["name"] != "".join(word.capitalize() for word in topic.split("-")):
        problems.append("%s: the record is named %s" % (topic, schema["name"]))
    if schema.get("namespace") != NAMESPACE:
        problems.append("%s: namespace isn't %s" % (topic, NAMESPACE))
    if len(schema.get("doc", "")) < DOC_LEAST:
        problems.append("%s: the record has no doc" % topic)
    if "| `%s` |" % topic not in readme:
        problems.append("%s: no row in README.md" % topic)
    for field in schema["fields"]:
        check_field(topic, field, problems)
    return len(schema["fields"])


def main():
    folder = sys.argv[1]
    problems, fields = [], 0
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        readme = file.read()
    paths = sorted(glob.glob(os.path.join(folder, "*.avsc")))
    for path in paths:
        fields += check_topic(path, readme, problems)
    for problem in problems:
        print(problem)
    print("%d topics, %d fields, %d problems" % (len(paths), fields, len(problems)))
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
