"""What a new rule says to let one flow through and hardly anything else: its peer and its port."""

from __future__ import annotations

from verifier.analyses.certain import Certain
from verifier.flow import Direction, Pod
from verifier.manifest.workload import STAMPED_LABELS
from verifier.population import METADATA_NAME
from verifier.readings import Readings
from verifier.semantics.rules import has_identity
from verifier.verdict import Json

# Labels that tell applications apart by convention, the best first.
_TELLING = ("app.kubernetes.io/name", "app", "k8s-app", "name", "app.kubernetes.io/component", "component")


class Allowance:
    """One side of a flow that is to be let through."""

    def __init__(self, certain: Certain, direction: Direction, readings: Readings) -> None:
        self.certain = certain
        self.flow = certain.flow
        self.direction = direction
        self.readings = readings
        ingress = direction is Direction.INGRESS
        self.section = direction.lower()
        self.peers = "from" if ingress else "to"
        self.far = certain.far(direction)
        self.address = self.flow.source_address if ingress else self.flow.destination_address

        self._telling: dict[tuple[str, str], dict[str, str]] = {}

    @property
    def port(self) -> Json:
        """The entry for the flow's port."""
        return {"port": self.flow.port, "protocol": str(self.flow.protocol)}

    @property
    def port_in_words(self) -> str:
        """The flow's port: `5432/TCP`."""
        return f"{self.flow.port}/{self.flow.protocol}"

    def peer(self, namespace: str) -> Json:
        """Return a peer, in a policy of this namespace, for the far end; None: none matches in any case."""
        far = self.far
        if isinstance(far, Pod) and has_identity(far, self.readings):
            selector = selector_of(self.telling(far))
            if far.namespace.name == namespace:
                return {"podSelector": selector}
            named: Json = {"matchLabels": {METADATA_NAME: far.namespace.name}}
            return {"podSelector": selector, "namespaceSelector": named}
        return {"ipBlock": {"cidr": self._cidr}} if self.certain.address_known(far) else None

    @property
    def who(self) -> str:
        """The peer in words."""
        far = self.far
        if isinstance(far, Pod) and has_identity(far, self.readings):
            return f"{pods_in_words(self.telling(far))} of namespace `{far.namespace.name}`"
        return f"ipBlock `{self._cidr}`"

    @property
    def rule_in_words(self) -> str:
        """The rule: `an ingress rule (from pods … on 5432/TCP)`."""
        way = "an ingress rule (from" if self.direction is Direction.INGRESS else "an egress rule (to"
        return f"{way} {self.who} on {self.port_in_words})"

    def rule(self, namespace: str) -> Json:
        """Return the rule in a policy of this namespace; None: no peer matches in any case."""
        peer = self.peer(namespace)
        return None if peer is None else {self.peers: [peer], "ports": [self.port]}

    def telling(self, pod: Pod) -> dict[str, str]:
        """Return labels that tell an application from others of its namespace, as few as will do."""
        key = pod.namespace.name, pod.name
        if key not in self._telling:
            self._telling[key] = self._told_by(pod)
        return self._telling[key]

    def _told_by(self, pod: Pod) -> dict[str, str]:
        labels = self.certain.labels(pod)
        own = {key: value for key, value in labels.items() if key not in STAMPED_LABELS} or labels
        others = [
            other.labels
            for other in self.certain.population.workloads
            if other.namespace == pod.namespace.name and other.owner != pod.owner
        ]
        named = {key: own[key] for key in _TELLING if key in own}
        for key, value in (named or dict(sorted(own.items()))).items():
            alike = [other for other in others if other.get(key) == value]
            if all(named and named.items() <= other.items() for other in alike):
                return {key: value}
        return named or own

    @property
    def _cidr(self) -> str:
        return f"{self.address}/{self.address.max_prefixlen}"


def selector_of(labels: dict[str, str]) -> Json:
    """Return the selector for `labels`."""
    return {"matchLabels": dict(labels)} if labels else {}


def pods_in_words(labels: dict[str, str]) -> str:
    """Return whom it selects."""
    return (
        f"pods {', '.join(f'`{key}: {value}`' for key, value in labels.items())}" if labels else "every pod"
    )
