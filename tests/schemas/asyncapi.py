#!/usr/bin/env python3
"""schemas/asyncapi.yaml says what README.md, the .avsc files and the programs say.

    asyncapi.py [--self-test] TOPIC_LIST PROJECT_FOLDER

--self-test: proves that every rule can fail. Exit code 77: no yaml here.
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("PyYAML isn't installed for", sys.executable)
    sys.exit(77)

RETENTION = {"for ever": "-1", "last of each key": "-1", "400 days": str(400 * 24 * 3600 * 1000),
             "7 days": str(7 * 24 * 3600 * 1000)}
AVRO = re.compile(r"application/vnd\.apache\.avro\+json;version=1\.\d+\.\d+")


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def table(readme, title):
    """The rows of the table whose first column is `title`, by the word in `…` of that column."""
    lines = readme.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("| %s |" % title))
    rows = {}
    for line in lines[at + 2:]:
        if not line.startswith("|"):
            return rows
        row = cells(line)
        rows[row[0].strip("`")] = row[1:]
    return rows


def who(cell, workers):
    """Applications of a cell: names with commas between, remarks in brackets."""
    if cell == "every worker":
        return sorted(workers)
    return sorted(name.strip() for name in re.sub(r"\([^)]*\)", "", cell).split(","))


def read_all(program, project):
    """All that must agree, as plain values."""
    def text(*path):
        with open(os.path.join(project, *path), encoding="utf-8") as file:
            return file.read()

    answer = subprocess.run([program], check=True, capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    routes = {}
    for path in glob.glob(os.path.join(project, "workers", "*", "main.c")):
        source = text(os.path.relpath(path, project))
        if "worker_main(" in source:
            name = os.path.basename(os.path.dirname(path)) + "-worker"
            events = re.findall(r"\{ EVENT_(\w+), ROUTE_\w+, \w+ \}", source)
            routes[name] = sorted(event.lower().replace("_", "-") for event in events)
    routes["disbursement-worker"].append("payment-control")  # all of it, outside the group
    readme = text("schemas", "README.md")
    return {
        "doc": yaml.safe_load(text("schemas", "asyncapi.yaml")),
        "avsc": {os.path.basename(path)[:-len(".avsc")]: json.loads(
            text(os.path.relpath(path, project)))
            for path in glob.glob(os.path.join(project, "schemas", "*.avsc"))},
        "programs": {line["topic"]: line for line in lines if "topic" in line},
        "record": lines[-1],
        "topics": table(readme, "topic"),
        "headers": list(table(readme, "header")),
        "routes": routes,
        "version": re.search(r"project\(insentif VERSION (\S+)", text("CMakeLists.txt")).group(1),
    }


class Check:
    def __init__(self, said):
        self.said, self.doc, self.problems = said, said["doc"], []

    def same(self, what, ours, theirs):
        if ours != theirs:
            self.problems.append("%s: asyncapi.yaml has %s, elsewhere it is %s"
                                 % (what, ours, theirs))

    def find(self, node):
        """What a node means: itself, or what its $ref within the document names, None: nothing."""
        while isinstance(node, dict) and "$ref" in node:
            steps, node = node["$ref"].removeprefix("#/").split("/"), self.doc
            for step in steps:
                node = node.get(step) if isinstance(node, dict) else None
        return node

    def references(self, node):
        """Every $ref names something in the document, or an .avsc."""
        if isinstance(node, dict) and "$ref" in node:
            place = node["$ref"]
            avsc = re.fullmatch(r"\./(.*)\.avsc", place)
            if (avsc.group(1) not in self.said["avsc"]) if avsc else self.find(node) is None:
                self.problems.append("%s: nothing is there" % place)
        elif isinstance(node, (dict, list)):
            for inner in node.values() if isinstance(node, dict) else node:
                self.references(inner)

    def channel(self, topic):
        said, program = self.doc["channels"][topic], self.said["programs"][topic]
        self.same("%s: address" % topic, said["address"], topic)
        kafka = self.find(said["bindings"])["kafka"]
        self.same("%s: partitions" % topic, kafka["partitions"], program["partitions"])
        self.same("%s: replicas" % topic, kafka["replicas"], program["replicas"])
        config = {name: value[0] if isinstance(value, list) else str(value)
                  for name, value in kafka["topicConfiguration"].items()}
        self.same("%s: settings" % topic, config, program["config"])
        self.same("%s: retention" % topic, config["retention.ms"],
                  RETENTION[self.said["topics"][topic][3]])
        self.same("%s: messages" % topic, list(said["messages"].values()),
                  [{"$ref": "#/components/messages/" + self.said["avsc"][topic]["name"]}])

    def message(self, topic):
        avsc = self.said["avsc"][topic]
        said = self.doc["components"]["messages"].get(avsc["name"])
        if said is None:
            self.problems.append("%s: there is no message %s" % (topic, avsc["name"]))
            return
        whole = {**self.find(said["traits"][0]), **said}
        self.same("%s: name" % topic, whole["name"], topic)
        self.same("%s: content type" % topic, whole["contentType"], "application/avro")
        self.same("%s: payload" % topic, whole["payload"]["schema"], {"$ref": "./%s.avsc" % topic})
        if not AVRO.fullmatch(whole["payload"]["schemaFormat"]):
            self.problems.append("%s: the payload's format isn't Avro" % topic)
        fields = [field["name"] for field in avsc["fields"]]
        self.same("%s: fields of the .avsc" % topic, fields, self.said["programs"][topic]["fields"])
        key = whole["bindings"]["kafka"]["key"]
        self.same("%s: longest key" % topic, key["maxLength"], self.said["record"]["key_bytes"])
        if fields[0] == "participant_id":
            self.same("%s: key" % topic, [key["title"], self.said["topics"][topic][0]],
                      [fields[0]] * 2)
        elif not self.said["topics"][topic][0].startswith(key["title"]):
            self.same("%s: key" % topic, key["title"], self.said["topics"][topic][0])
        self.headers(topic, self.find(whole["headers"]))

    def headers(self, topic, said):
        names = list(said["properties"])
        self.same("%s: headers" % topic, sorted(names), sorted(self.said["record"]["headers"]))
        self.same("%s: headers in README.md" % topic, sorted(names), sorted(self.said["headers"]))
        self.same("%s: longest ce_id" % topic, said["properties"]["ce_id"]["maxLength"],
                  self.said["record"]["id_bytes"])
        for name in said["required"]:
            if name not in names:
                self.problems.append("%s: %s is required and unknown" % (topic, name))

    def operations(self, topic):
        row = self.said["topics"][topic]
        for action, cell in (("send", row[1]), ("receive", row[2])):
            name = "%s-%s" % (action, topic)
            said = self.doc["operations"].get(name)
            if said is None:
                self.problems.append("%s: there is no such operation" % name)
                continue
            self.same("%s: action" % name, said["action"], action)
            self.same("%s: channel" % name, said["channel"]["$ref"], "#/channels/" + topic)
            tags = sorted(tag["name"] for tag in said["tags"])
            self.same("%s: who" % name, tags, who(cell, self.said["routes"]))
            if action == "receive":
                self.same("%s: workers" % name, [tag for tag in tags if tag.endswith("-worker")],
                          sorted(worker for worker, topics in self.said["routes"].items()
                                 if topic in topics))

    def all(self):
        topics = sorted(self.said["programs"])
        for what in ("avsc", "topics"):
            self.same("topics, %s" % what, sorted(self.doc["channels"]), sorted(self.said[what]))
        self.same("topics of the programs", sorted(self.doc["channels"]), topics)
        self.same("messages", len(self.doc["components"]["messages"]), len(topics))
        self.same("operations", len(self.doc["operations"]), 2 * len(topics))
        self.same("version", self.doc["info"]["version"], self.said["version"])
        self.references(self.doc)
        self.same("standard", self.doc["asyncapi"], "3.0.0")
        if not self.problems:
            for topic in topics:
                self.channel(topic)
                self.message(topic)
                self.operations(topic)
        return self.problems


SPOILED = {  # what is set to what, and a word of the problem
    "doc/channels/dead-letter/address": ("dead-letters", "address"),
    "doc/channels/case-opened/bindings/$ref": ("#/components/channelBindings/fourHundredDays",
                                               "settings"),
    "doc/channels/case-opened/bindings/$ref ": ("#/components/channelBindings/none", "nothing"),
    "doc/channels/case-opened/messages/CaseOpened":
        ({"$ref": "#/components/messages/DeadLetter"}, "messages"),
    "doc/channels/other": ({}, "topics"),
    "doc/components/channelBindings/forEver/kafka/partitions": (13, "partitions"),
    "doc/components/channelBindings/forEver/kafka/replicas": (1, "replicas"),
    "doc/components/channelBindings/fourHundredDays/kafka/topicConfiguration/retention.ms":
        (1, "retention"),
    "doc/components/channelBindings/sevenDays/kafka/topicConfiguration/retention.ms":
        (1, "retention"),
    "doc/components/messageTraits/account/bindings/kafka/key/title": ("participant_id", "key"),
    "doc/components/messageTraits/action/bindings/kafka/key/title": ("target", "key"),
    "doc/components/messageTraits/status/bindings/kafka/key/title": ("target", "key"),
    "doc/components/messages/CaseOpened/name": ("CaseOpened", "name"),
    "doc/components/messages/CaseOpened/payload/schema/$ref": ("./case.avsc", "nothing"),
    "doc/components/messages/CaseOpened/payload/schema/$ref ": ("./dead-letter.avsc", "payload"),
    "doc/components/messages/CaseOpened/payload/schemaFormat": ("application/json", "Avro"),
    "doc/components/messages/Other": ({}, "messages"),
    "doc/components/messageTraits/event/contentType": ("application/json", "content type"),
    "doc/components/messageTraits/event/bindings/kafka/key/title": ("course_id", "key"),
    "doc/components/messageTraits/event/bindings/kafka/key/maxLength": (40, "longest key"),
    "doc/components/messageTraits/letter/bindings/kafka/key/title": ("course_id", "key"),
    "doc/components/schemas/headers/properties/x-other": ({}, "headers"),
    "doc/components/schemas/headers/properties/ce_id/maxLength": (41, "longest ce_id"),
    "doc/components/schemas/headers/required": (["x-other"], "required"),
    "doc/operations/send-case-opened/action": ("receive", "action"),
    "doc/operations/send-case-opened/channel/$ref": ("#/channels/dead-letter", "channel"),
    "doc/operations/send-case-opened/tags": ([{"name": "rating-worker"}], "who"),
    "doc/operations/other": ({}, "operations"),
    "doc/info/version": ("9.9.9", "version"),
    "doc/asyncapi": ("2.6.0", "standard"),
    "avsc/other": ({}, "topics"),
    "avsc/case-opened/name": ("Other", "no message"),
    "avsc/case-opened/fields": ([{"name": "participant_id"}], "fields"),
    "programs/other": ({}, "topics"),
    "record/headers": (["ce_id"], "headers"),
    "topics/other": ([], "topics"),
    "topics/case-opened": (["course_id", "retry-worker", "disbursement-worker, escalation-worker",
                            "for ever"], "key"),
    "topics/dead-letter": (["that of the source", "every worker", "insentif, monitoring",
                            "for ever"], "retention"),
    "headers": (["ce_id"], "README"),
    "routes/rating-worker": (["case-opened"], "workers"),
}


def self_test(said):
    wrong = 0
    for path, (value, word) in SPOILED.items():
        spoiled = copy.deepcopy(said)
        node, steps = spoiled, path.strip().split("/")
        for step in steps[:-1]:
            node = node[step]
        node[steps[-1]] = value
        problems = Check(spoiled).all()
        if not any(word in problem for problem in problems):
            print("%s = %s: not noticed; %s" % (path, value, problems))
            wrong += 1
    print("%d of %d spoiled contracts not noticed" % (wrong, len(SPOILED)))
    return wrong


def main():
    words = sys.argv[1:]
    test = words[:1] == ["--self-test"]
    said = read_all(*words[test:])
    problems = Check(said).all()
    for problem in problems:
        print(problem)
    print("%d topics, %d problems" % (len(said["programs"]), len(problems)))
    return 1 if problems or not said["programs"] or (test and self_test(said)) else 0


if __name__ == "__main__":
    sys.exit(main())
