"""Broken inputs, one fault each: the files, and the one line that must be said of it."""

from __future__ import annotations

from dataclasses import dataclass

GOOD_MANIFEST = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web, image: web}]}
"""
GOOD_PROPERTIES = """\
apiVersion: netqed.dev/v1
kind: PropertySet
spec:
  manifests: [k8s]
  properties:
    - name: quiet
      forbid: {from: any, to: {namespace: shop}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
"""
ADMIN_POLICY = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: web}
spec:
  subject: {namespaces: {}}
"""
CLUSTER_POLICY = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: web}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """One input at fault.

    `manifest` stands beside a good manifest as `k8s/bad.yaml` (None: left out), `properties` are the property
    file's bytes. `said` are the beginnings of the lines on stderr that are no help lines, in order.
    """

    name: str
    said: tuple[str, ...]
    manifest: bytes | None = None
    properties: bytes = GOOD_PROPERTIES.encode()
    arguments: tuple[str, ...] = ("properties.yaml",)
    stdin: bytes = b""
    helped: bool = True


def policy(name: str, text: str, *said: str, helped: bool = False) -> Broken:
    """A policy whose spec goes on with `text`."""
    return Broken(name, said, manifest=f"{POLICY}{text}".encode(), helped=helped)


def tiered(name: str, head: str, text: str, *said: str, helped: bool = False) -> Broken:
    """A policy of a tier whose spec begins with `head` and goes on with `text`."""
    return Broken(name, said, manifest=f"{head}{text}".encode(), helped=helped)


def properties(name: str, text: str, *said: str, helped: bool = True) -> Broken:
    """A property file whose only property is `text`."""
    head, _, _ = GOOD_PROPERTIES.partition("    - name")
    return Broken(name, said, properties=f"{head}{text}".encode(), helped=helped)


def _from(peer: str) -> str:
    return f"  ingress:\n    - from:\n        - {peer}\n"


ALIAS_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

TEXTS = (
    Broken(
        "a tab",
        ("k8s/bad.yaml:4:1: error[tab-indentation]: found a tab where YAML allows spaces only",),
        b"apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n",
    ),
    Broken(
        "a duplicate key",
        ("k8s/bad.yaml:6:3: error[duplicate-key]: found the key `podSelector` twice",),
        f"{POLICY}  podSelector: {{}}\n".encode(),
    ),
    Broken("an alias bomb", ("k8s/bad.yaml:4:20: error[too-many-aliases]: ",), ALIAS_BOMB.encode()),
    Broken("20,000 brackets", ("k8s/bad.yaml:1:257: error[too-deep]: ",), b"[" * 20_000),
    Broken(
        "20,000 brackets, closed", ("k8s/bad.yaml:1:257: error[too-deep]: ",), b"[" * 20_000 + b"]" * 20_000
    ),
    Broken("binary", ("k8s/bad.yaml:1:1: error[binary-file]: found a NUL byte",), bytes(range(256)) * 64),
    Broken(
        "not UTF-8",
        ("k8s/bad.yaml:3:21: error[not-utf-8]: found the byte 0xe9",),
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: caf\xe9}\n",
    ),
    Broken(
        "a Helm template",
        ("k8s/bad.yaml:3:18: error[helm-template]: found `{{`",),
        b"apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n",
    ),
    Broken("no object", ("k8s/bad.yaml:1:1: error[not-an-object]: ",), b"hello\n", helped=False),
    Broken("no kind", ("k8s/bad.yaml:1:1: error[required]: kind: ",), b"apiVersion: v1\n", helped=False),
)

FILES = (
    Broken("a missing property file", ("nosuch.yaml: error[no-such-file]: ",), arguments=("nosuch.yaml",)),
    Broken("an empty property file", ("properties.yaml: error[empty-file]: ",), properties=b""),
    Broken("empty standard input", ("<stdin>: error[empty-file]: ",), arguments=("-",)),
    Broken(
        "a folder without manifests",
        ("empty: error[no-manifests]: found no manifest in this folder",),
        properties=GOOD_PROPERTIES.replace("[k8s]", "[empty]").encode(),
    ),
    Broken(
        "missing manifests",
        ("nosuch: error[no-such-file]: ",),
        properties=GOOD_PROPERTIES.replace("[k8s]", "[nosuch]").encode(),
    ),
    Broken(
        "a pattern that matches nothing",
        ("k8s/*.json: error[no-match]: ",),
        properties=GOOD_PROPERTIES.replace("[k8s]", "['k8s/*.json']").encode(),
    ),
    Broken(
        "no manifests named",
        ("properties.yaml:4:3: error[no-manifests]: spec: ",),
        properties=GOOD_PROPERTIES.replace("  manifests: [k8s]\n", "").encode(),
    ),
)

OBJECTS = (
    policy(
        "a CIDR that is none",
        _from("ipBlock: {cidr: 10.0.0.0/33}"),
        "k8s/bad.yaml:8:27: error[invalid-cidr]: spec.ingress[0].from[0].ipBlock.cidr: invalid value",
    ),
    policy(
        "an except outside its cidr",
        _from("ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}"),
        "k8s/bad.yaml:8:48: error[except-outside-cidr]: spec.ingress[0].from[0].ipBlock.except[0]: ",
    ),
    policy(
        "an unknown field",
        "  podselector: {}\n",
        "k8s/bad.yaml:6:3: error[unknown-field]: spec.podselector: unknown field `podselector`",
        helped=True,
    ),
    policy(
        "port 0",
        "  ingress: [{ports: [{port: 0}]}]\n",
        "k8s/bad.yaml:6:29: error[port-out-of-range]: spec.ingress[0].ports[0].port: ",
    ),
    policy(
        "an invalid label",
        "  ingress: [{from: [{podSelector: {matchLabels: {app: -x}}}]}]\n",
        "k8s/bad.yaml:6:55: error[invalid-label-value]: "
        "spec.ingress[0].from[0].podSelector.matchLabels.app: invalid label value `-x`",
    ),
    policy(
        "a label that YAML makes a boolean",
        "  ingress: [{from: [{podSelector: {matchLabels: {app: on}}}]}]\n",
        "k8s/bad.yaml:6:55: error[wrong-type]: spec.ingress[0].from[0].podSelector.matchLabels.app: ",
        helped=True,
    ),
    policy(
        "a peer that says nobody",
        "  ingress: [{from: [{}]}]\n",
        "k8s/bad.yaml:6:21: error[empty-peer]: spec.ingress[0].from[0]: ",
        helped=True,
    ),
    policy(
        "an ipBlock beside a selector",
        "  ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]\n",
        "k8s/bad.yaml:6:21: error[mixed-peer]: spec.ingress[0].from[0]: ",
        helped=True,
    ),
    policy(
        "a range of ports that ends before it begins",
        "  ingress: [{ports: [{port: 9, endPort: 8}]}]\n",
        "k8s/bad.yaml:6:41: error[end-port-below-port]: spec.ingress[0].ports[0].endPort: ",
    ),
    policy(
        "a policy type in lower case",
        "  policyTypes: [ingress]\n",
        "k8s/bad.yaml:6:17: error[unsupported-value]: spec.policyTypes[0]: unsupported value `ingress`",
    ),
    policy(
        "two faults in one object",
        "  ingress: [{ports: [{port: 0}], from: [{ipBlock: {cidr: x}}]}]\n",
        "k8s/bad.yaml:6:29: error[port-out-of-range]: spec.ingress[0].ports[0].port: ",
        "k8s/bad.yaml:6:58: error[invalid-cidr]: spec.ingress[0].from[0].ipBlock.cidr: ",
    ),
    Broken(
        "an object twice",
        ("k8s/bad.yaml:9:18: error[duplicate-object]: metadata.name: duplicate object: ",),
        f"{POLICY}---\n{POLICY}".encode(),
    ),
    Broken(
        "an API version of long ago",
        ("k8s/bad.yaml:1:13: error[wrong-api-version]: apiVersion: ",),
        POLICY.replace("networking.k8s.io/v1", "extensions/v1beta1").encode(),
    ),
)

TIERS = (
    tiered(
        "an admin's policy without a priority",
        ADMIN_POLICY,
        "",
        "k8s/bad.yaml:5:3: error[required]: spec.priority: ",
    ),
    tiered(
        "a priority of 1001",
        ADMIN_POLICY,
        "  priority: 1001\n",
        "k8s/bad.yaml:6:13: error[priority-out-of-range]: spec.priority: invalid value `1001`",
    ),
    tiered(
        "a peer of two fields",
        ADMIN_POLICY,
        "  priority: 1\n  egress:\n    - action: Deny\n      to:\n"
        "        - namespaces: {}\n        - {namespaces: {}, nodes: {}}\n",
        "k8s/bad.yaml:11:11: error[exactly-one-field]: spec.egress[0].to[1]: ",
        helped=True,
    ),
    tiered(
        "networks of ingress",
        ADMIN_POLICY,
        "  priority: 1\n  ingress: [{action: Deny, from: [{networks: [10.0.0.0/8]}]}]\n",
        "k8s/bad.yaml:7:36: error[unknown-field]: spec.ingress[0].from[0].networks: unknown field `networks`",
        helped=True,
    ),
    tiered(
        "an empty list of ports",
        ADMIN_POLICY,
        "  priority: 1\n  ingress: [{action: Deny, from: [{namespaces: {}}], ports: []}]\n",
        "k8s/bad.yaml:7:61: error[too-few-items]: spec.ingress[0].ports: ",
        helped=True,
    ),
    tiered(
        "a word of the other version",
        CLUSTER_POLICY,
        "  ingress: [{action: Allow, from: [{namespaces: {}}]}]\n",
        "k8s/bad.yaml:8:22: error[unsupported-value]: spec.ingress[0].action: unsupported value `Allow`",
    ),
    tiered(
        "a protocol alone",
        CLUSTER_POLICY,
        "  ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {}}]}]\n",
        "k8s/bad.yaml:8:72: error[exactly-one-field]: spec.ingress[0].protocols[0].tcp: ",
        helped=True,
    ),
    tiered(
        "both versions in one cluster",
        f"{ADMIN_POLICY}  priority: 1\n---\n",
        CLUSTER_POLICY,
        "k8s/bad.yaml:8:13: error[two-policy-versions]: apiVersion: ClusterNetworkPolicy `web` beside",
        helped=True,
    ),
    tiered(
        "a baseline of another name",
        ADMIN_POLICY.replace("kind: Admin", "kind: BaselineAdmin"),
        "",
        "k8s/bad.yaml:3:18: error[invalid-name]: metadata.name: invalid name `web`",
        helped=True,
    ),
)

NOBODY = "to: {namespace: shop}"
PROPERTIES = (
    Broken(
        "a policy where a property file should be",
        ("properties.yaml:2:7: error[not-a-property-file]: kind: ",),
        properties=POLICY.encode(),
    ),
    Broken("a list", ("properties.yaml:1:1: error[wrong-type]: ",), properties=b"[]\n", helped=False),
    properties(
        "a namespace that nobody declared",
        "    - {name: x, forbid: {from: any, to: {namespace: shpo}}}\n",
        "properties.yaml:6:53: error[unknown-namespace]: spec.properties[0].forbid.to.namespace: ",
    ),
    properties(
        "an unknown kind of property",
        f"    - {{name: x, forbids: {{from: any, {NOBODY}}}}}\n",
        "properties.yaml:6:17: error[unknown-field]: spec.properties[0].forbids: unknown field `forbids`",
    ),
    properties(
        "a misspelt field",
        f"    - {{name: x, forbid: {{form: any, {NOBODY}}}}}\n",
        "properties.yaml:6:26: error[unknown-field]: spec.properties[0].forbid.form: unknown field `form`",
    ),
    properties(
        "a property that says nothing",
        "    - name: x\n",
        "properties.yaml:6:7: error[no-statement]: spec.properties[0]: ",
        helped=False,
    ),
    properties(
        "an endpoint without a field",
        f"    - {{name: x, forbid: {{from: {{}}, {NOBODY}}}}}\n",
        "properties.yaml:6:32: error[empty-endpoint]: spec.properties[0].forbid.from: ",
    ),
    properties(
        "an endpoint of no name",
        f"    - {{name: x, forbid: {{from: anny, {NOBODY}}}}}\n",
        "properties.yaml:6:32: error[unknown-endpoint]: spec.properties[0].forbid.from: ",
    ),
    properties(
        "a workload that does not exist",
        "    - {name: x, forbid: {from: any, to: {namespace: shop, workload: wbe}}}\n",
        "properties.yaml:6:69: error[unknown-workload]: spec.properties[0].forbid.to.workload: ",
    ),
    properties(
        "port 0 of a property",
        f"    - {{name: x, forbid: {{from: any, {NOBODY}, ports: [0]}}}}\n",
        "properties.yaml:6:68: error[invalid-port]: spec.properties[0].forbid.ports[0]: ",
        helped=False,
    ),
)
BROKEN = (*TEXTS, *FILES, *OBJECTS, *TIERS, *PROPERTIES)
