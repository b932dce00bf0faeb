"""Whose end depends on who is faster?

Within a step the workers read the topics side by side and money may move between any two events.
A rehearsal can only be compared with the model where that makes no difference.  Here the model
itself runs through some of those ways; participants that then differ are races of the timeline
(not mistakes of anybody), and a generator leaves them out.
"""
import random

from model import load

WAYS = 4


def interleave(rng, events):
    """Any order that keeps each topic's own."""
    queues = {}
    for topic, event in events:
        queues.setdefault(topic, []).append((topic, event))
    out = []
    while queues:
        # One topic may be far ahead of another, so take from it a while.
        topic = rng.choice(sorted(queues))
        for _ in range(rng.choice((1, 3, len(events)))):
            if queues[topic]:
                out.append(queues[topic].pop(0))
        if not queues[topic]:
            del queues[topic]
    return out


def ends(directory, money_after_each, arrange):
    """{participant: what it looked like at each checkpoint, and its bookings}"""
    world = load(directory)
    seen = {}
    for number, step in enumerate(world.steps, 1):
        world.step(step, money_after_each, arrange)
        if step.get("expect") or number == len(world.steps):
            for row in world.lines():
                seen.setdefault(row["participant_id"], []).append(row)
    for who, *booking in world.bookings:
        seen[who].append(booking)
    return seen


def races(directory, seed=1):
    """{participant: [why]}, empty when the timeline can be compared."""
    plain = ends(directory, False, None)
    found = load(directory).run().unclear()
    for way in range(WAYS):
        rng = random.Random(seed * WAYS + way)
        other = ends(directory, True, None if way == 0 else lambda events: interleave(rng, events))
        for who, end in plain.items():
            if other[who] != end:
                found.setdefault(who, []).append("the end depends on the order within a step")
    return found
