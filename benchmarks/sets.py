"""Property files about generated clusters, and their verdicts, within this process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from verifier.deadline import DEFAULT_SECONDS
from verifier.engine import Engine
from verifier.population import World
from verifier.property_file import Overrides, PropertySet, load_property_sets
from verifier.verdict import Unknown, Verdict


def property_set(folder: Path, properties: str, manifests: Sequence[str] = ("cluster.yaml",)) -> PropertySet:
    """Return a property file about manifests in the folder, ready to be decided.

    Raises:
        RuntimeError: something is at fault.
    """
    file = folder / "properties.yaml"
    file.write_text(properties, encoding="utf-8")
    named = tuple(str(folder / name) for name in manifests)
    sets, faults = load_property_sets([str(file)], Overrides(manifests=named))
    if faults:
        raise RuntimeError(f"the generated cluster is not valid: {faults[0]}")
    return sets[0]


def engine_of(one: PropertySet) -> Engine:
    """Return an engine for the properties, which nobody has asked anything yet."""
    return Engine(one.cluster, [prop.of_one_set for prop in one.properties])


def decided(one: PropertySet, engine: Engine) -> Sequence[Mapping[World, Verdict]]:
    """Return the verdicts on all properties.

    Raises:
        RuntimeError: one could not be decided.
    """
    found = []
    for prop in one.properties:
        found.append(engine.decide(prop, DEFAULT_SECONDS))
        for verdict in found[-1].values():
            if isinstance(verdict, Unknown) and verdict.counterexample is None:
                raise RuntimeError(f"`{prop.name}` could not be decided: {verdict.reason}")
    return found
