"""networking.k8s.io/v1 NetworkPolicy, as written: nothing is defaulted here (NP-7, NP-21 belong to the readings)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from verifier.flow import Direction, Protocol
from verifier.manifest.base import KubernetesObject, Many, Word
from verifier.manifest.labels import LabelSelector


class NetworkPolicyPort(KubernetesObject):
    """A port entry: `port` is a number or the name of a container port; `end_port` makes it a range."""

    protocol: Word[Protocol] | None = None
    port: int | str | None = None
    end_port: int | None = None


class IPBlock(KubernetesObject):
    """A CIDR and the CIDRs cut out of it, in the text's own spelling (NP-30 to NP-32)."""

    cidr: str
    except_: Annotated[Many[str] | None, Field(alias="except")] = None


class NetworkPolicyPeer(KubernetesObject):
    """Who a rule admits: pods (by selectors) or addresses (by ipBlock), never both."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class NetworkPolicyIngressRule(KubernetesObject):
    """Who may come in (`from`; absent or empty: anybody) on what (`ports`; absent or empty: everything)."""

    from_: Annotated[Many[NetworkPolicyPeer] | None, Field(alias="from")] = None
    ports: Many[NetworkPolicyPort] | None = None


class NetworkPolicyEgressRule(KubernetesObject):
    """Where a pod may go (`to`; absent or empty: anywhere) on what (`ports`; absent or empty: everything)."""

    to: Many[NetworkPolicyPeer] | None = None
    ports: Many[NetworkPolicyPort] | None = None


class NetworkPolicySpec(KubernetesObject):
    """What a policy says; absent, null and empty lists are kept apart only as the text has them."""

    pod_selector: LabelSelector | None = None
    policy_types: Many[Word[Direction]] | None = None
    ingress: Many[NetworkPolicyIngressRule] | None = None
    egress: Many[NetworkPolicyEgressRule] | None = None


class NetworkPolicy(KubernetesObject):
    """A policy of one namespace. `namespace` is the effective one: what the text says, or else the default."""

    name: str
    namespace: str
    spec: NetworkPolicySpec = NetworkPolicySpec()

    @property
    def title(self) -> str:
        """Namespace and name: `shop/default-deny`."""
        return f"{self.namespace}/{self.name}"
