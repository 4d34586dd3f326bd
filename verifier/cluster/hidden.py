"""Objects whose pods nothing shows, and which of them the pods of `spec.pods` stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from verifier.cluster.model import Origin
from verifier.cluster.objects import ObjectInDocument
from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, Route
from verifier.manifest.custom_resource import creates_pods
from verifier.manifest.workload import hides_pod_template
from verifier.population import Workload

# Where resources of operators state labels that all of their pods bear.
_POD_LABELS: tuple[Route, ...] = (
    ("spec", "podMetadata", "labels"),
    ("spec", "inheritedMetadata", "labels"),
    ("spec", "podTemplate", "metadata", "labels"),
    ("spec", "template", "metadata", "labels"),
    ("spec", "podLabels"),
)


@dataclass(frozen=True, slots=True)
class HiddenPods:
    """An object that makes pods; `labels` are those that it states for them, `stems` how their names begin.

    `document` is the number of its document, in reading order.
    """

    document: int
    origin: Origin
    namespace: str
    labels: Mapping[str, str]
    stems: tuple[str, ...]
    fault: Fault

    def may_be(self, pod: Workload) -> bool:
        """Return whether a declared pod may be meant as one of them: by label, or else by name."""
        if pod.namespace != self.namespace:
            return False
        if self.labels:
            return self.labels.items() <= pod.labels.items()
        return self._is_called_so(pod)

    def nearly(self, declared: Sequence[Workload]) -> Fault:
        """Return what to say of it; of a pod that has the right name, which labels it lacks."""
        called_so = [pod for pod in declared if pod.namespace == self.namespace and self._is_called_so(pod)]
        if not self.labels or not called_so:
            return self.fault
        best = min(called_so, key=lambda pod: len(self.labels.items() - pod.labels.items()))
        lacking = self.labels.items() - best.labels.items()
        if not lacking:
            return self.fault
        advice = (
            f"`{one_line(best.name)}` of `spec.pods` lacks labels that it states: {_listed(dict(lacking))}"
        )
        return replace(self.fault, help=advice)

    def _is_called_so(self, pod: Workload) -> bool:
        return any(pod.name == stem or pod.name.startswith(f"{stem}-") for stem in self.stems)


def hidden_pods(item: ObjectInDocument, document: int, default_namespace: str) -> HiddenPods | None:
    """Return the pods that `item` makes and does not show; None: it makes none, as far as one can tell."""
    kind = one_line(item.kind)
    if creates_pods(item.group, item.kind):
        message = f"the pods that an operator makes from this `{kind}` are not shown here"
    elif hides_pod_template(item.data.get("spec")):
        message = f"this `{kind}` shows its pods in a field that is not read here"
    else:
        return None
    written = _at(item.data, ("metadata", "namespace"))
    named = _at(item.data, ("metadata", "name")) or _at(item.data, ("metadata", "generateName"))
    stems = (named.rstrip("-"), item.kind.lower()) if isinstance(named, str) else (item.kind.lower(),)
    labels = _labels(item.data)
    if labels:
        how = f"with the labels that it states: {_listed(labels)}"
    else:
        how = f"under a name that begins with {' or '.join(f'`{one_line(stem)}`' for stem in stems if stem)}"
    advice = f"declare them in `spec.pods` of the property file, {how}"
    return HiddenPods(
        document,
        item.origin,
        written if isinstance(written, str) else default_namespace,
        labels,
        tuple(stem for stem in stems if stem),
        Fault("pods-not-shown", message, ("kind",), advice),
    )


def not_declared(hidden: Sequence[HiddenPods], declared: Sequence[Workload]) -> list[HiddenPods]:
    """Return those that no declared pod stands for, as few as can be where each pod stands for one."""
    stands_for: dict[int, int] = {}  # pod's index: that of the object
    left = []
    for index in range(len(hidden)):
        if not _find(index, hidden, declared, stands_for, set()):
            left.append(hidden[index])
    return left


def _find(
    index: int,
    hidden: Sequence[HiddenPods],
    declared: Sequence[Workload],
    stands_for: dict[int, int],
    tried: set[int],
) -> bool:
    """Find a pod for one more object; one that is taken will do, if another is found for its object."""
    for place, pod in enumerate(declared):
        if place in tried or not hidden[index].may_be(pod):
            continue
        tried.add(place)
        taken_by = stands_for.get(place)
        if taken_by is None or _find(taken_by, hidden, declared, stands_for, tried):
            stands_for[place] = index
            return True
    return False


def _labels(data: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for route in _POD_LABELS:
        written = _at(data, route)
        if isinstance(written, Mapping):
            found |= {
                key: value
                for key, value in written.items()
                if isinstance(key, str) and isinstance(value, str)
            }
    return found


def _listed(labels: Mapping[str, str]) -> str:
    return ", ".join(f"`{one_line(key)}: {one_line(value)}`" for key, value in sorted(labels.items()))


def _at(data: object, route: Route) -> object:
    for step in route:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data
