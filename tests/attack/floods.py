"""Clusters made to take for ever: many of something, named for what there is too much of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

Plain = Mapping[str, Any]

WEB = {"namespace": "shop", "podSelector": {"matchLabels": {"app": "web"}}}
DB = {"namespace": "shop", "podSelector": {"matchLabels": {"app": "db"}}}
PODS: Plain = {"namespaceSelector": {}}
STATEMENTS: Sequence[Plain] = (
    {"name": "forbid", "forbid": {"from": WEB, "to": DB}},
    {"name": "forbid any", "forbid": {"from": "any", "to": DB}},
    {"name": "only", "only": {"from": WEB, "to": DB}},
    {"name": "only to all", "only": {"from": WEB, "to": PODS}},
    {"name": "require", "require": {"from": WEB, "to": DB, "ports": [443]}},
    {"name": "isolate", "isolate": {"by": "team"}},
    {"name": "isolate names", "isolate": {"by": "kubernetes.io/metadata.name"}},
    {"name": "cover", "cover": {"pods": PODS}},
    {"name": "internet", "forbid": {"from": PODS, "to": "internet"}},
    {"name": "block", "forbid": {"from": PODS, "to": {"ipBlock": {"cidr": "10.0.7.0/24"}}}},
)


def namespace(name: str, **labels: str) -> Plain:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(
    where: str,
    name: str,
    labels: Mapping[str, str],
    *,
    port: tuple[str, int] | None = None,
    address: str = "",
) -> Plain:
    ports = [] if port is None else [{"name": port[0], "containerPort": port[1]}]
    made = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": where, "name": name, "labels": labels},
        "spec": {"containers": [{"name": "main", "image": "i", "ports": ports}]},
    }
    return {**made, "status": {"podIPs": [{"ip": address}]}} if address else made


def policy(where: str, name: str, spec: Plain) -> Plain:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": where, "name": name},
        "spec": spec,
    }


def ingress(rules: Sequence[Plain], app: str = "db") -> Plain:
    return {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": ["Ingress"], "ingress": rules}


def egress(rules: Sequence[Plain]) -> Plain:
    return {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Egress"], "egress": rules}


def labelled(labels: Mapping[str, str]) -> Plain:
    return {"podSelector": {"matchLabels": labels}}


CAST: Sequence[Plain] = (
    namespace("shop", team="shop"),
    namespace("ops", team="ops"),
    pod("shop", "web", {"app": "web"}),
    pod("shop", "db", {"app": "db"}),
    pod("ops", "mon", {"app": "mon"}),
)


@dataclass(frozen=True, slots=True)
class Flood:
    """A cluster and what is asked of it."""

    objects: Sequence[Plain]
    properties: Sequence[Plain] = STATEMENTS

    def write(self, folder: Path) -> None:
        """Write `manifests.json` and `properties.json`."""
        text = "\n".join(json.dumps(item) for item in (*CAST, *self.objects))
        (folder / "manifests.json").write_text(text, encoding="utf-8")
        spec = {"manifests": ["manifests.json"], "properties": self.properties}
        made = {"apiVersion": "netqed.dev/v1", "kind": "PropertySet", "spec": spec}
        (folder / "properties.json").write_text(json.dumps(made), encoding="utf-8")


def rules(count: int) -> Flood:
    """One policy of many rules, every one with labels of its own."""
    made = [
        {
            "from": [
                {
                    "namespaceSelector": {"matchLabels": {f"n{n}": "x"}},
                    "podSelector": {"matchLabels": {f"k{n}": f"v{n}"}},
                }
            ],
            "ports": [{"port": n % 60000 + 1, "endPort": n % 60000 + 5}],
        }
        for n in range(count)
    ]
    return Flood([policy("shop", "rules", ingress(made))])


def same_rule(count: int) -> Flood:
    """Two policies of many rules that all match."""
    return Flood([policy("shop", "in", ingress([{}] * count)), policy("shop", "out", egress([{}] * count))])


def holes(count: int) -> Flood:
    """One ipBlock with many excepts."""
    cut = [f"10.{n // 256}.{n % 256}.0/25" for n in range(count)]
    return Flood(
        [policy("shop", "holes", egress([{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": cut}}]}]))]
    )


def peers(count: int, *, version: int = 4, a_policy: int = 100) -> Flood:
    """Many single addresses over many policies, and pods that have some of them."""

    def address(n: int) -> str:
        return (
            f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" if version == 4 else f"fd00::{n >> 16:x}:{n & 65535:x}"
        )

    length = 32 if version == 4 else 128
    made = [
        policy(
            "shop",
            f"peers-{first}",
            egress(
                [{"to": [{"ipBlock": {"cidr": f"{address(first + n)}/{length}"}} for n in range(a_policy)]}]
            ),
        )
        for first in range(0, count, a_policy)
    ]
    pods = [pod("shop", f"p{n}", {"app": "x"}, address=address(n * 20)) for n in range(count // 20)]
    return Flood([*made, *pods])


def named_ports(names: int, pods: int) -> Flood:
    """A policy that names many ports, and pods that each declare another."""
    made = policy("shop", "named", ingress([{"ports": [{"port": f"p{n}"}]} for n in range(names)], "x"))
    declared = [pod("shop", f"x{n}", {"app": "x"}, port=(f"p{n % names}", n + 1)) for n in range(pods)]
    return Flood([made, *declared])


def values(count: int) -> Flood:
    """Selectors with many values."""
    inside, outside = [f"v{n}" for n in range(count)], [f"w{n}" for n in range(count)]
    peer = {
        "podSelector": {
            "matchExpressions": [
                {"key": "a", "operator": "In", "values": inside},
                {"key": "b", "operator": "NotIn", "values": outside},
            ]
        },
        "namespaceSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": inside}]},
    }
    return Flood([policy("shop", "values", ingress([{"from": [peer]}]))])


def keys(count: int) -> Flood:
    """Many label keys, each on a pod of its own."""
    made = policy("shop", "keys", ingress([{"from": [labelled({f"k{n}": "v"})]} for n in range(count)]))
    return Flood([made, *(pod("shop", f"q{n}", {f"k{n}": "v"}) for n in range(count))])


def namespaces(count: int) -> Flood:
    """Many namespaces with labels of their own, each let in by the next alone."""
    made: list[Plain] = []
    for n in range(count):
        peer = {"namespaceSelector": {"matchLabels": {f"l{(n + 1) % count}": "x"}}}
        spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{"from": [peer]}]}
        made += [
            namespace(f"n{n}", team=f"t{n}", **{f"l{n}": "x"}),
            pod(f"n{n}", "p", {"app": "p"}),
            policy(f"n{n}", "next", spec),
        ]
    return Flood(made)


def pigeons(holes_: int) -> Flood:
    """A pod that no policy selects would seat one pigeon more than there are holes: hard to refute."""
    sat = [f"h{n}" for n in range(holes_)]
    birds = [f"p{n}" for n in range(holes_ + 1)]
    specs: list[Plain] = [
        {"matchExpressions": [{"key": bird, "operator": "NotIn", "values": sat}]} for bird in birds
    ]
    specs += [
        {"matchLabels": {one: hole, other: hole}} for one, other in combinations(birds, 2) for hole in sat
    ]
    made = [
        policy("shop", f"c{n}", {"podSelector": spec, "policyTypes": ["Ingress", "Egress"]})
        for n, spec in enumerate(specs)
    ]
    shop = {"namespace": "shop"}
    return Flood(
        made,
        [
            {"name": "cover", "world": "any-pod", "cover": {"pods": shop}},
            {"name": "forbid", "world": "any-pod", "forbid": {"from": "any", "to": shop}},
        ],
    )
