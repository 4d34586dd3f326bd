"""What is decided in closed form is what the solver decides."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from itertools import product

from tests.analyses.lint.test_redundancy import cluster, every_part
from tests.differential.people import Cast
from tests.strategies import RICH, Vocabulary, policies, population, seeded, selector
from verifier.analyses.lint import forgeable, ineffective, openings
from verifier.analyses.lint.finding import Finding
from verifier.analyses.lint.label_sets import UNSAID, label_set
from verifier.analyses.lint.redundant import redundancy_of
from verifier.analyses.lint.scene import Scene
from verifier.cluster import Cluster
from verifier.encodings.selector import encode_selector
from verifier.encodings.terms import Terms
from verifier.encodings.vocabulary import label_domain
from verifier.flow import (
    Address,
    ContainerPort,
    Direction,
    External,
    Flow,
    Pod,
    PodNamespace,
    Protocol,
    RuleRef,
)
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import NetworkPolicyPeer
from verifier.population import World
from verifier.readings import Readings
from verifier.semantics import decide
from verifier.semantics.network_policy import same_pod
from verifier.solver.search import LOGIC

TWO = Vocabulary(
    namespaces=("a", "b"),
    pod_labels={"app": ("x", "y")},
    namespace_labels={"team": ("p",), "kubernetes.io/metadata.name": ("a", "b")},
    port_names=("web",),
    ports=(53, 80),
    blocks=(("10.0.0.0/8", ()),),
    addresses=("10.1.0.1",),
    nodes=(),
)


class Labels:
    """The labels of one pod as terms: do some match, or not match, several selectors?"""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.terms = Terms()
        self.domains = {key: label_domain(key, values) for key, values in vocabulary.pod_labels.items()}
        self.labels = {key: self.terms.bits(key, domain.width) for key, domain in self.domains.items()}
        self.solver = self.terms.solver(LOGIC)
        self.solver.add(
            *(self.terms.between(self.labels[k], 0, domain.size - 1) for k, domain in self.domains.items())
        )

    def some(self, *asked: tuple[LabelSelector, bool]) -> bool:
        self.solver.push()
        for each, wanted in asked:
            matches = encode_selector(self.terms, self.domains, self.labels, each)
            self.solver.add(matches if wanted else self.terms.negation(matches))
        answer = str(self.solver.check())
        self.solver.pop()
        return answer == "sat"


def test_selectors_are_sets() -> None:
    dice, labels = seeded(5), Labels(RICH)
    met: Counter[str] = Counter()
    for _ in range(1200):
        one, other = (LabelSelector.model_validate(selector(dice, RICH.pod_labels)) for _ in range(2))
        mine, theirs = label_set(one), label_set(other)
        assert mine.empty is not labels.some((one, True))
        assert mine.within(theirs) is not labels.some((one, True), (other, False))
        assert mine.apart(theirs) is not labels.some((one, True), (other, True))
        met["empty"] += mine.empty
        met["within"] += mine.within(theirs)
        met["apart"] += mine.apart(theirs)
    assert min(met["empty"], met["within"], met["apart"]) > 10


def test_quick_answers_about_redundancy_are_the_solvers() -> None:
    dice = seeded(6)
    met: Counter[str] = Counter()
    for _ in range(60):
        redundancy = redundancy_of(Scene(cluster(dice), 60), "a")
        for part in every_part(redundancy):
            piece = part.rule is not None
            quick = (redundancy._piece if piece else redundancy._policy)(part, frozenset())
            met[str(quick)] += 1
            if quick is not None:
                assert redundancy.same_without(frozenset((part,))) is quick, part
    assert min(met["True"], met["False"]) > 100


# --- rules that the other end refuses -----------------------------------------------------------------------


def two_namespaces(seed: int) -> Cluster:
    dice = seeded(seed)
    people = population(dice, TWO)
    written = policies(dice, TWO, 6)
    return Cluster(people, written)


def admits(finding: Finding, flow: Flow, drawn: Cluster) -> bool:
    """Whether the rule of the finding admits the flow."""
    section, _, index = finding.part.partition("[")
    direction = Direction.INGRESS if section == "ingress" else Direction.EGRESS
    decision = decide(flow, drawn.policies, Readings())
    side = decision.ingress if direction is Direction.INGRESS else decision.egress
    return RuleRef(finding.object, direction, int(index.split("]")[0])) in side.rules


def test_nothing_passes_through_an_ineffective_rule() -> None:
    met: Counter[str] = Counter()
    for seed in range(400):
        drawn = two_namespaces(seed)
        found = list(ineffective.check_ineffective(Scene(drawn, 60)))
        cast = Cast(seeded(seed), TWO, drawn.population)
        for flow in cast.flows(150) if found else ():
            if same_pod(flow.source, flow.destination):
                continue
            for finding in found:
                if not admits(finding, flow, drawn):
                    continue
                shown = all(isinstance(e, Pod) and e.owner for e in (flow.source, flow.destination))
                if finding.claimed_for is World.ANY_POD or shown:
                    met["tried"] += 1
                    assert not decide(flow, drawn.policies, Readings()).allowed, f"{finding}\n{flow}"
        met["found"] += len(found)
    assert met["found"] > 50
    assert met["tried"] > 100


def test_what_is_plainly_refused_the_solver_refuses() -> None:
    met: Counter[bool] = Counter()
    for seed in range(120):
        scene = Scene(two_namespaces(seed), 60)
        for side in scene.every_side():
            for rule in side.rules:
                peers = ineffective._pods_only(rule)
                if peers is None or any(ineffective._open_ended(scene, p.namespaces) for p in peers):
                    continue
                names = sorted({name for peer in peers for name in scene.names(peer.namespaces)})
                far = [scene.table.index(name) for name in names]
                plain = ineffective._refused_for_any_pod(scene, side, rule, peers)
                far_end = scene.far_end(side.policy.namespace, side.direction)
                proved = far_end.always_refused(side.policy, rule.index, far)
                met[plain] += 1
                assert proved or not plain
    assert min(met[True], met[False]) > 10


# --- rules that open far ------------------------------------------------------------------------------------


def stranger(labels: dict[str, str]) -> Pod:
    return Pod(
        PodNamespace("brand-new"), "stranger", {key: v.replace(UNSAID, "unsaid") for key, v in labels.items()}
    )


def let_in(drawn: Cluster, finding: Finding, source: Pod | External, address: Address) -> bool:
    """Whether the policy lets that source in to some pod that it selects, on some port."""
    policy = next(p for p in drawn.policies if p.title == finding.object)
    wanted = label_set(policy.spec.pod_selector)
    if wanted.empty:
        return True
    labels = stranger(wanted.sample()).labels
    for protocol, number, name in product(Protocol, (1, 53, 80, 8080, 65535), (None, *RICH.port_names)):
        ports = (ContainerPort(number, protocol, name),)
        pod = Pod(PodNamespace(policy.namespace), "selected", labels, ports)
        to = ip_address("10.1.0.99" if address.version == 4 else "fd00:1::99")
        flow = Flow(source, pod, address, to, protocol, number)
        if admits(finding, flow, drawn):
            return True
    return False


def test_a_stranger_obtains_what_is_forgeable() -> None:
    tried = 0
    for seed in range(250):
        dice = seeded(seed)
        drawn = Cluster(population(dice, RICH), policies(dice, RICH, 8))
        for finding in forgeable.check_forgeable(Scene(drawn, 60)):
            if finding.rule is forgeable.FORGEABLE_SOURCE:
                peer = peer_of(drawn, finding)
                source = stranger(label_set(peer.pod_selector).sample())
                assert let_in(drawn, finding, source, ip_address("172.16.0.9")), finding
                tried += 1
    assert tried > 10


def peer_of(drawn: Cluster, finding: Finding) -> NetworkPolicyPeer:
    policy = next(p for p in drawn.policies if p.title == finding.object)
    _, _, rule, _, index = finding.place.route
    assert isinstance(rule, int)
    assert isinstance(index, int)
    return ((policy.spec.ingress or ())[rule].from_ or ())[index]


def test_what_is_open_to_all_namespaces_or_to_the_internet_lets_them_in() -> None:
    met: Counter[str] = Counter()
    for seed in range(80):
        dice = seeded(seed)
        drawn = Cluster(population(dice, RICH), policies(dice, RICH, 8))
        for finding in openings.check_openings(Scene(drawn, 60)):
            met[finding.id] += 1
            if finding.rule is openings.OPEN_TO_NAMESPACES:
                assert let_in(drawn, finding, stranger({}), ip_address("172.16.0.9")), finding
            elif finding.rule is openings.OPEN_TO_INTERNET:
                outside = [ip_address(a) for a in ("203.0.113.1", "203.0.113.200", "8.8.8.8", "200.0.0.1")]
                outside += [ip_address(a) for a in ("2001:db8::9", "2600::1")]
                assert any(let_in(drawn, finding, External(a), a) for a in outside), finding
    assert min(met[openings.OPEN_TO_NAMESPACES.id], met[openings.OPEN_TO_INTERNET.id]) > 5
