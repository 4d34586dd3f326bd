"""What the comparison of the two readings, and of verdicts with brute force, has brought to light."""

from ipaddress import ip_address

from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Node, Pod, PodNamespace
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.population import Namespace, Population, Workload
from verifier.properties.registry import questions
from verifier.properties.spec.scope import Forbid, Only, Property, Require, Selection, Statement, World
from verifier.semantics import membership_faults
from verifier.solver.search import Deadline, Search
from verifier.verdict import Word

SHOP = {"shop": Namespace("shop", {"team": "sales"})}
PODS, NODES, OUTSIDE = Selection(pods=True), Selection(nodes=True), Selection(externals=True)
DENY_EGRESS = NetworkPolicy.model_validate(
    {"name": "deny", "namespace": "shop", "spec": {"policyTypes": ["Egress"]}}
)


def decided(
    people: Population, statement: Statement, *policies: NetworkPolicy, **readings: bool | str
) -> dict[World, Word]:
    engine = Engine(Cluster(people, policies), [statement])
    verdicts = engine.decide(Property(0, "p", statement, World.SNAPSHOT, readings=readings), 30)
    return {world: verdict.word for world, verdict in verdicts.items()}


def test_ipv6_blocks_beside_an_ipv4_pod() -> None:
    """A prefix length of IPv6 was applied to the IPv4 address of a pod, which ended the run."""
    web = Workload("Pod", "shop", "web", addresses=(ip_address("10.1.0.1"),), single=True)
    blocks = Selection(externals=True, ip_block=IPBlock(cidr="fd00:1::/64"))

    words = decided(Population(SHOP, (web,)), Forbid((PODS,), (blocks,)))

    assert words == {World.SNAPSHOT: Word.VACUOUS, World.ANY_POD: Word.DEPENDS}


def test_a_node_that_only_a_pod_names_can_be_reached() -> None:
    """Without Node objects a pod's own node was no endpoint: what only it can do was proved not to happen."""
    web = Workload("Pod", "shop", "web", node="n1", single=True)
    people = Population(SHOP, (web,))

    words = decided(people, Forbid((PODS,), (NODES,)), DENY_EGRESS, own_node_egress="allowed")

    assert words[World.SNAPSHOT] is Word.REFUTED


def test_a_named_node_beside_declared_ones_can_send() -> None:
    """With other Node objects shown, too."""
    workloads = (
        Workload("Pod", "shop", "web", node="n1", single=True),
        Workload("Pod", "shop", "far", node="n9", single=True),
    )
    people = Population(SHOP, workloads, (Node("n1", (ip_address("10.9.0.1"),)),))
    spec = {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.9.0.1/32"]}}]}]}
    but_n1 = NetworkPolicy.model_validate({"name": "but-n1", "namespace": "shop", "spec": spec})

    assert decided(people, Forbid((NODES,), (PODS,)), but_n1)[World.SNAPSHOT] is not Word.PROVED
    assert not membership_faults([Node("n9", (ip_address("10.9.0.9"),))], people, World.SNAPSHOT, True)


def test_a_host_network_pod_of_unknown_placement_has_its_nodes_address() -> None:
    """It was put on a declared node with any address of the cluster, a counterexample that cannot exist."""
    workloads = (
        Workload("DaemonSet", "shop", "agent", host_network=True),
        Workload("Pod", "shop", "web", single=True, node="n2", addresses=(ip_address("10.1.0.1"),)),
    )
    people = Population(SHOP, workloads, (Node("n1", (ip_address("10.9.0.1"),)),))
    agent = Selection(pods=True, workload=("DaemonSet", "agent"))
    statement = Require((agent,), (PODS,))
    narrow = {"ingress": [{"from": [{"ipBlock": {"cidr": "10.9.0.1/32"}}]}]}
    policy = NetworkPolicy.model_validate({"name": "n1-only", "namespace": "shop", "spec": narrow})

    engine = Engine(Cluster(people, (policy,)), [statement])
    verdict = engine.decide(Property(0, "p", statement, World.SNAPSHOT), 30)[World.SNAPSHOT]

    assert verdict.word is Word.DEPENDS


def test_completions_of_the_two_worlds_do_not_mix() -> None:
    """What the opponent chose in the snapshot still bound it in the wider world: a refutation was lost."""
    statement = Forbid((PODS,), (PODS,))
    engine = Engine(Cluster(Population(SHOP)), [statement])
    search = Search(engine.context, questions(statement, engine.symbols)[0], {}, Deadline(10))

    literals = {search.new_literal("completion").sexpr() for _ in range(3)}

    assert len(literals) == 3


def test_a_hypothetical_pod_has_ipv6_only_in_a_dual_stack_cluster() -> None:
    """Whether there is IPv6 at all is a fact of the cluster; a violation over IPv6 rests on it."""
    web = Workload("Pod", "shop", "web", addresses=(ip_address("10.1.0.1"),), single=True)
    block = Selection(pods=True, ip_block=IPBlock(cidr="fd00:1::/64"))

    words = decided(Population(SHOP, (web,)), Only((PODS,), (block,)))

    assert words == {World.SNAPSHOT: Word.VACUOUS, World.ANY_POD: Word.DEPENDS}


def test_no_pod_shares_the_address_of_a_host_network_pod() -> None:
    """That is its node's; the reference reading let an ordinary pod have it as well."""
    agent = Workload("Pod", "shop", "agent", host_network=True, single=True)
    web = Workload("Pod", "shop", "web", single=True)
    people = Population(SHOP, (agent, web))
    shop, address = PodNamespace("shop", {"team": "sales"}), (ip_address("10.1.0.1"),)
    ends = [
        Pod(shop, "agent", addresses=address, host_network=True, owner="Pod/agent"),
        Pod(shop, "web", addresses=address, owner="Pod/web"),
    ]

    assert any("share the address" in fault for fault in membership_faults(ends, people, World.SNAPSHOT))
