"""The policies of tiers that the documents hold, read object by object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.cluster.identity import Identities
from verifier.cluster.model import Assumption, Origin
from verifier.cluster.objects import ObjectInDocument
from verifier.cluster.report import Report
from verifier.diagnostics import Severity, one_line
from verifier.flow import Direction, RuleRef
from verifier.manifest.base import Fault, unknown_field
from verifier.manifest.metadata import ObjectMeta, metadata_of, read_object_meta
from verifier.manifest.spelling import listed
from verifier.manifest.tiers import BASELINE_KIND, BASELINE_NAME, CLUSTER_KIND, TieredPolicy, UnknownPeer

POLICY_FIELDS = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})


@dataclass(frozen=True, slots=True)
class _Read:
    """A policy with its version and place; `document` is the number of the document that it stands in."""

    policy: TieredPolicy
    api_version: str
    origin: Origin
    document: int


class TieredPolicies:
    """The policies of tiers read so far, each with its place."""

    def __init__(self, identities: Identities, report: Report) -> None:
        self._identities = identities
        self._report = report
        self._read: list[_Read] = []

    @property
    def policies(self) -> tuple[TieredPolicy, ...]:
        """Everything read, in reading order."""
        return tuple(read.policy for read in self._read)

    @property
    def origins(self) -> dict[str, Origin]:
        """Where each policy is written, by title."""
        return {read.policy.title: read.origin for read in self._read}

    def assumptions(self) -> Iterator[Assumption]:
        """Yield, for rules with peers of a sort that is not known, that nobody else knows it (ANP-12)."""
        rules: dict[str, list[str]] = {}
        for policy in self.policies:
            item = "CNP-12" if policy.kind == CLUSTER_KIND else "ANP-12"
            for direction in Direction:
                for index, rule in enumerate(policy.rules(direction)):
                    if any(isinstance(peer, UnknownPeer) for peer in rule.peers):
                        ref = RuleRef(policy.title, direction, index)
                        rules.setdefault(item, []).append(f"{policy.title} {ref.rule}")
        text = "the network plugin knows no peers that are unknown here, so that these rules fail closed: "
        for item, named in rules.items():
            yield Assumption(item, f"{text}{listed(named)}", "manifests")

    def add(self, item: ObjectInDocument) -> None:
        """Read one object of a kind that is modelled."""
        # Few clusters have any.
        from verifier.manifest.lowering import read_tiered_spec, tiered_policy, tiered_warnings

        faults = [unknown_field(key, POLICY_FIELDS) for key in item.data if key not in POLICY_FIELDS]
        meta = read_object_meta(metadata_of(item.data, faults), faults)
        if item.kind == BASELINE_KIND:
            faults += _baseline_name_faults(meta)
        spec = read_tiered_spec(item.kind, item.data.get("spec"), faults)
        if self._report.add_all(faults, item.origin) or spec is None:
            return
        self._report.add_all(tiered_warnings(spec), item.origin, severity=Severity.WARNING)
        if meta.namespace is not None:
            message = f"`{meta.namespace}` is dropped: this policy is cluster-wide"
            fault = Fault("namespace-dropped", message, ("metadata", "namespace"), "remove the field")
            self._report.add(fault, item.origin, severity=Severity.WARNING)
        name = self._identities.name(item.kind, None, meta)
        if self._identities.claim(item.kind, None, name, item.origin):
            policy = tiered_policy(name, spec)
            self._read.append(_Read(policy, item.api_version, item.origin, self._report.document))

    def refuse_two_versions(self) -> None:
        """Note the fault "policies of both versions of the API": no rule says how they mix (CNP-16)."""
        older = [read for read in self._read if read.policy.kind != CLUSTER_KIND]
        newer = [read for read in self._read if read.policy.kind == CLUSTER_KIND]
        if not older or not newer:
            return
        first, second = older[0], newer[0]
        message = (
            f"{second.policy.kind} `{one_line(second.policy.name)}` beside {first.policy.kind}"
            f" `{one_line(first.policy.name)}` in {first.origin.span('metadata', 'name')}:"
            " no rule says how v1alpha1 and v1alpha2 go together"
        )
        advice = "write all of them in one version"
        self._report.document = second.document
        self._report.add(Fault("two-policy-versions", message, ("apiVersion",), advice), second.origin)


def _baseline_name_faults(meta: ObjectMeta) -> list[Fault]:
    written = meta.name if meta.name is not None else meta.generate_name
    if written is None or meta.name == BASELINE_NAME:
        return []
    field = "name" if meta.name is not None else "generateName"
    message = (
        f"invalid name `{one_line(written)}`: the only baseline of a cluster is called `{BASELINE_NAME}`"
    )
    return [Fault("invalid-name", message, ("metadata", field), f"write `name: {BASELINE_NAME}`")]
