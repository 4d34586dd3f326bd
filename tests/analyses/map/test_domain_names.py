"""Rules about domain names in a map: it says what `query` says, of every pair and every port."""

from __future__ import annotations

import pytest

from tests.analyses.map.pairs import Told
from tests.analyses.map.test_differential import asked
from tests.strategies import seeded
from verifier import loads, query
from verifier.readings import DEFAULT_PROFILE, profile_choices

PODS = """\
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: a, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: a, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
"""
CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: a}
spec: {podSelector: {}, policyTypes: [Egress]}
---
"""
CLUSTER_WIDE = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: names}
spec:
  tier: Admin
  priority: 10
  subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}
  egress:
"""
NAMES = "- {name: named, action: Accept, to: [{domainNames: ['*.example.com', b.example.org]}]}"
OTHERS = "- {name: others, action: Accept, to: [{domainNames: [c.example.net]}], protocols: [%s]}"
HTTPS = "{tcp: {destinationPort: {number: 443}}}"
DENY = "- {name: denied, action: Deny, to: [{networks: [198.51.100.0/24]}]}"


@pytest.mark.parametrize(
    ("rules", "closed", "opened"),
    [
        pytest.param([NAMES], {None}, {True}, id="names"),
        pytest.param([NAMES, DENY], {None}, {None, True}, id="names before addresses"),
        pytest.param([DENY, NAMES], {False, None}, {False, True}, id="addresses before names"),
        pytest.param([OTHERS % HTTPS, DENY], {None, False}, {None, False, True}, id="on one port"),
        pytest.param([OTHERS % HTTPS, NAMES, DENY], {None}, {None, True}, id="two rules"),
    ],
)
def test_the_map_says_what_query_says(
    rules: list[str], closed: set[bool | None], opened: set[bool | None]
) -> None:
    """`closed` and `opened`: what is said of flows to addresses outside, with a NetworkPolicy and without."""
    written = "".join(f"    {rule}\n" for rule in rules)
    for policy, expected in ((CLOSED, closed), ("", opened)):
        cluster = loads(PODS + policy + CLUSTER_WIDE + written)
        chosen = profile_choices(DEFAULT_PROFILE)
        questions = asked(seeded(1), Told(cluster, chosen), cluster, 1000)

        answers = query(cluster, [question for question, _ in questions], chosen)

        for (question, said), answer in zip(questions, answers, strict=True):
            assert said == answer.allowed, question
        outside = [(q, said) for q, said in questions if "web" in q[0] and q[1].startswith("ip:")]
        assert {said for _, said in outside} == expected
