"""A change of a generated cluster: some policies edited, as a person would, the same for one seed."""

from __future__ import annotations

from collections.abc import Collection
from random import Random
from typing import Any

import yaml

_POLICY = "NetworkPolicy"
_OTHER_PORT = 4321
_BETWEEN = "\n---\n"


def edited(manifests: str, part: float, seed: int = 1) -> str:
    """Return the manifests with `part` of the NetworkPolicies changed, at least one."""
    documents = list(yaml.load_all(manifests, Loader=yaml.CSafeLoader))
    random = Random(f"edit {seed}")
    places = [place for place, document in enumerate(documents) if document["kind"] == _POLICY]
    chosen = random.sample(places, max(1, round(part * len(places))))
    gone = set()
    for number, place in enumerate(sorted(chosen)):
        if not _EDITS[number % len(_EDITS)](documents[place]["spec"]):
            gone.add(place)
    kept = [document for place, document in enumerate(documents) if place not in gone]
    text: str = yaml.dump_all(kept, Dumper=yaml.CSafeDumper, default_flow_style=False)
    return text


def with_another_port(manifests: str, namespaces: Collection[str], seed: int = 1) -> str:
    """Return the manifests with one more port in one NetworkPolicy of one of the namespaces.

    The others are not even read: they may be many.

    Raises:
        ValueError: no policy of theirs lists ports.
    """
    documents = manifests.split(_BETWEEN)
    places = [place for place, text in enumerate(documents) if f"kind: {_POLICY}\n" in text]
    Random(f"port {seed}").shuffle(places)
    for place in places:
        document = yaml.load(documents[place], Loader=yaml.CSafeLoader)
        before = documents[place].count("port:")
        if document["metadata"]["namespace"] in namespaces and _another_port(document["spec"]):
            text = yaml.dump(document, Dumper=yaml.CSafeDumper, default_flow_style=False)
            if text.count("port:") > before:
                documents[place] = text.rstrip("\n")
                return _BETWEEN.join(documents)
    raise ValueError("no policy lists ports")


def _another_port(spec: dict[str, Any]) -> bool:
    """Return whether the policy is still there: one more port in every rule that lists ports."""
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        if "ports" in rule:
            rule["ports"].append({"protocol": "TCP", "port": _OTHER_PORT})
    return True


def _fewer_rules(spec: dict[str, Any]) -> bool:
    for side in ("ingress", "egress"):
        if spec.get(side):
            spec[side] = spec[side][:-1]
    return True


def _removed(spec: dict[str, Any]) -> bool:
    return False


_EDITS = (_another_port, _fewer_rules, _removed)
