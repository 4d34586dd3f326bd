"""A change of a generated cluster: some policies edited, as a person would, the same for one seed."""

from __future__ import annotations

from random import Random
from typing import Any

import yaml

_POLICY = "NetworkPolicy"
_OTHER_PORT = 4321


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
