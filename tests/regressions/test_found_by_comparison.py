"""What the comparison of the two readings, and of verdicts with brute force, has brought to light."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.engine import Engine
from verifier.flow import Direction, Node, Pod, PodNamespace
from verifier.manifest.labels import LabelSelector
from verifier.manifest.network_policy import IPBlock, NetworkPolicy
from verifier.population import Namespace, Network, Population, Workload
from verifier.properties.registry import questions
from verifier.properties.spec.scope import Cover, Forbid, Only, Property, Require, Selection, Statement, World
from verifier.semantics import membership_faults
from verifier.solver.answers import Sat
from verifier.solver.decode import decode_endpoint
from verifier.solver.search import Search
from verifier.verdict import Depends, Word

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


def assigned(people: Population, statement: Statement, *policies: NetworkPolicy) -> list[tuple[str, object]]:
    """Return what the snapshot's verdict depends on."""
    engine = Engine(Cluster(people, policies), [statement])
    verdict = engine.decide(Property(0, "p", statement, World.SNAPSHOT), 30)[World.SNAPSHOT]
    assert isinstance(verdict, Depends)
    return [(choice.about, choice.value) for choice in verdict.assignment]


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


def test_pods_on_two_nodes_have_addresses_of_their_own() -> None:
    """One unknown address stood for both pods: refuted, though it depends on where either is."""
    pods = [
        Workload("Pod", "shop", name, node=node, single=True) for name, node in (("w", "n1"), ("v", "n2"))
    ]
    nodes = (Node("n1", (ip_address("10.9.0.1"),)), Node("n2", (ip_address("10.9.0.2"),)))
    block = IPBlock(cidr="10.1.0.0/16")
    inside = Selection(pods=True, ip_block=block)
    outside = Selection(pods=True, excluded=(inside,))
    first = Selection(nodes=True, node="n1")

    words = decided(
        Population(SHOP, tuple(pods), nodes),
        Forbid((first, inside), (first, outside)),
        DENY_EGRESS,
        own_node_egress="allowed",
    )

    assert words[World.SNAPSHOT] is Word.DEPENDS


def test_nobody_has_a_known_address_of_others() -> None:
    """A host-network pod of unknown placement had that of a pod; and so had pods in completions."""
    workloads = (
        Workload("Pod", "shop", "web", addresses=(ip_address("10.1.0.1"),), single=True),
        Workload("DaemonSet", "shop", "agent", host_network=True),
    )
    people = Population(SHOP, workloads, (Node("n2"),))
    web = Selection(pods=True, workload=("Pod", "web"))
    there = Selection(pods=True, ip_block=IPBlock(cidr="10.1.0.1/32"), excluded=(web,))

    assert decided(people, Forbid((there,), (PODS,)))[World.SNAPSHOT] is Word.VACUOUS


def test_what_an_assignment_says_of_an_address_leaves_out_a_known_one() -> None:
    """It said, besides, that the pod is not where a node is."""
    workloads = (
        Workload("Pod", "shop", "web", addresses=(ip_address("10.1.0.1"),), single=True),
        Workload("Pod", "shop", "db", single=True),
    )
    people = Population(SHOP, workloads, (Node("n1", (ip_address("10.9.0.1"),)),))
    near = Selection(
        pods=True, ip_block=IPBlock.model_validate({"cidr": "10.9.0.0/24", "except": ["10.9.0.1/32"]})
    )

    assert assigned(people, Forbid((PODS,), (near,))) == [("the IPv4 address of `shop/db`", "10.9.0.0/24")]


def test_a_pod_that_has_an_ipv6_address_somewhere_has_one() -> None:
    """Whether there is IPv6 at all was a choice besides the one that says where the pod's address lies."""
    workloads = (
        Workload("Pod", "shop", "web", single=True),
        Workload("Pod", "shop", "db", single=True),
    )
    block = Selection(pods=True, workload=("Pod", "db"), ip_block=IPBlock(cidr="fd00:1::/64"))

    assert assigned(Population(SHOP, workloads), Forbid((PODS,), (block,))) == [
        ("the IPv6 address of `shop/db`", "fd00:1::/64")
    ]


def test_the_second_of_two_pods_is_told_apart() -> None:
    """Choices on either of a template's pods were said of the same."""
    people = Population(SHOP, (Workload("Deployment", "shop", "web"),))
    blocks = [Selection(pods=True, ip_block=IPBlock(cidr=cidr)) for cidr in ("10.1.0.0/16", "10.2.0.0/16")]

    assert assigned(people, Forbid((blocks[0],), (blocks[1],))) == [
        ("the IPv4 address of `shop/web`", "10.1.0.0/16"),
        ("the IPv4 address of another pod of `shop/web`", "10.2.0.0/16"),
    ]


def test_cover_looks_at_one_pod_whose_address_few_others_can_have() -> None:
    """Nobody stands at the other end; who might was left open, and no number of flows settled it."""
    people = Population({"shop": Namespace("shop", None)}, (Workload("Pod", "shop", "web", single=True),))
    there = Selection(pods=True, namespace="shop", ip_block=IPBlock(cidr="10.1.0.1/32"))

    assert decided(people, Cover((there,)))[World.ANY_POD] is Word.REFUTED


def test_whether_a_host_network_pod_has_an_address_hangs_on_its_node() -> None:
    """Nobody was told what decides: UNKNOWN where the node, and what addresses nodes have, settle it."""
    web = Workload("Pod", "shop", "web", host_network=True, single=True)
    nodes = (Node("n1", (ip_address("10.9.0.1"),)), Node("n2", ()))
    all_ipv4 = Selection(pods=True, externals=True, nodes=True, ip_block=IPBlock(cidr="0.0.0.0/0"))
    without_ipv4 = Selection(pods=True, excluded=(all_ipv4,))
    people = Population(SHOP, (web,), nodes)

    found = dict(assigned(people, Cover((without_ipv4,), (Direction.EGRESS,)), DENY_EGRESS))

    assert found["IPv6"] is True
    assert found["the node of `shop/web`"] != "n1"


def test_who_stands_aside_can_have_the_one_address_in_question() -> None:
    """REFUTED by an address outside the cluster, which a pod at neither end may have that lets nobody in."""
    workloads = (
        Workload("Pod", "shop", "client", single=True, addresses=(ip_address("10.0.0.5"),)),
        Workload("Pod", "shop", "server", labels={"app": "server"}, single=True),
    )
    deny = NetworkPolicy.model_validate(
        {"name": "deny", "namespace": "shop", "spec": {"podSelector": {"matchLabels": {"app": "server"}}}}
    )
    client = Selection(pods=True, workload=("Pod", "client"))
    resolver = Selection(pods=True, externals=True, ip_block=IPBlock(cidr="10.96.0.10/32"))
    statement = Forbid((client,), (resolver,))

    assert assigned(Population(SHOP, workloads), statement, deny) == [("the address 10.96.0.10", "nobody's")]
    stated = (workloads[0], replace(workloads[1], addresses=(ip_address("10.96.0.10"),)))
    assert decided(Population(SHOP, stated), statement, deny)[World.SNAPSHOT] is Word.PROVED
    assert decided(Population(SHOP, workloads[:1]), statement)[World.SNAPSHOT] is Word.REFUTED


def test_a_pod_alone_declares_no_port_of_a_call_that_nobody_makes() -> None:
    # `cover` leaves the call open, its protocol too: a model may give it a code that stands for none.
    named = NetworkPolicy.model_validate(
        {
            "name": "web",
            "namespace": "shop",
            "spec": {
                "podSelector": {"matchLabels": {"app": "web"}},
                "ingress": [{"ports": [{"port": "http"}]}],
            },
        }
    )
    statement = Cover((PODS,), (Direction.INGRESS,))
    engine = Engine(Cluster(Population(SHOP), (named,)), [statement])
    question = questions(statement, engine.symbols)[0]
    search = Search(engine.context, question, {}, Deadline(60))
    terms, flow = engine.symbols.terms, engine.symbols.flow

    model = search.run([search.violating, terms.equals(flow.protocol, 3)])

    assert isinstance(model, Sat)
    pod = decode_endpoint(model.model, engine.symbols, flow.destination, alone=True)
    assert isinstance(pod, Pod)
    assert pod.ports == ()


def test_more_pods_than_two_may_use_up_a_small_range() -> None:
    """Pods that nothing tells apart were counted as two: an address of four was thought to be left."""
    shown = (
        Workload("StatefulSet", "shop", "db", node="n2"),
        Workload("Pod", "shop", "web", node="n2", single=True),
    )
    machines = (Node("n1", (ip_address("10.9.0.1"),)),)
    people = Population({**SHOP, "free": Namespace("free", {})}, shown, machines)
    small = replace(people, network=Network(pod_cidrs=(ip_network("10.1.0.0/30"),)))
    deny = NetworkPolicy.model_validate(
        {"name": "deny", "namespace": "shop", "spec": {"policyTypes": ["Ingress", "Egress"]}}
    )

    words = decided(small, Forbid((PODS,), (OUTSIDE,)), deny)

    assert words == {World.SNAPSHOT: Word.PROVED, World.ANY_POD: Word.DEPENDS}
    assert decided(people, Forbid((PODS,), (OUTSIDE,)), deny)[World.ANY_POD] is Word.REFUTED


def test_all_stated_addresses_are_in_use_not_those_of_one_pod_of_a_kind() -> None:
    """Of pods that nothing tells apart the addresses of one were counted: a full range had room to spare."""
    stated = tuple(
        Workload(
            "Pod",
            "shop",
            f"web-{host}",
            {"app": "web"},
            addresses=(ip_address(f"10.1.0.{host}"),),
            single=True,
        )
        for host in range(250)
    )
    people = Population(SHOP, (*stated, Workload("Deployment", "shop", "db", {"app": "db"})))
    nearly_full = replace(people, network=Network(pod_cidrs=(ip_network("10.1.0.0/24"),)))
    stranger = Selection(
        pods=True, pod_selector=LabelSelector.model_validate({"matchLabels": {"app": "stranger"}})
    )

    assert decided(people, Forbid((stranger,), (PODS,)))[World.ANY_POD] is Word.REFUTED
    assert decided(nearly_full, Forbid((stranger,), (PODS,)))[World.ANY_POD] is Word.DEPENDS
