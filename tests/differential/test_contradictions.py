"""S-17: which properties contradict each other, against all flows of all completions.

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random

from tests.differential.brute import BruteForce, ImpossibleError, Met
from tests.differential.everyone import Everyone, Global, TooManyError, addresses_of
from tests.differential.rounds import SEED, rounds
from tests.differential.test_verdicts import NETWORKS, tiny
from tests.strategies import chance, choices, policies, population, seeded, statement
from verifier.cluster import Cluster
from verifier.engine import Engine
from verifier.flow import Address, Endpoint, Flow
from verifier.manifest.labels import LabelSelector
from verifier.population import METADATA_NAME
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Forbid,
    Isolate,
    Only,
    Property,
    Require,
    Selection,
    Statement,
    World,
)
from verifier.semantics import FlowStatement, in_existing_namespaces, in_scope, membership_faults, selects
from verifier.verdict import Word

EVERYBODY = Selection(pods=True, externals=True, nodes=True)
KINDS = ("forbid", "only", "isolate")


def ends_of(one: FlowStatement) -> tuple[Endpoints, Endpoints]:
    """Everybody whom a statement tells apart at either end."""
    if isinstance(one, Isolate):
        exists = {"matchExpressions": [{"key": one.by, "operator": "Exists"}]}
        named = Selection(pods=True, namespace_selector=one.namespaces)
        labelled = Selection(pods=True, namespace_selector=LabelSelector.model_validate(exists))
        return (named, labelled), (named, labelled)
    return ((*one.source, EVERYBODY) if isinstance(one, Only) else one.source), one.destination


def together(pair: tuple[FlowStatement, FlowStatement]) -> Forbid:
    """A statement that mentions all that both mention."""
    ends = [ends_of(one) for one in pair]
    ports = tuple(port for one in pair for port in one.ports)
    return Forbid((*ends[0][0], *ends[1][0]), (*ends[0][1], *ends[1][1]), ports)


class EveryoneToBoth(Everyone):
    """Tells apart whom either statement tells apart."""

    pair: tuple[FlowStatement, FlowStatement]

    def signature(self, endpoint: Endpoint) -> object:
        every = [end for one in self.pair for ends in ends_of(one) for end in ends]
        seen = tuple(selects(end, endpoint, a) for a in addresses_of(endpoint) for end in every)
        return super().signature(endpoint), seen


class InBothScopes(BruteForce):
    """A flow counts if both statements speak of it."""

    def __init__(
        self,
        cluster: Cluster,
        pair: tuple[FlowStatement, FlowStatement],
        readings: Mapping[str, bool | str],
        world: World,
        *,
        both: bool,
    ) -> None:
        bare = Cluster(cluster.population, ())
        super().__init__(bare, together(pair), readings, world, seeded(0), new_namespaces_both=both)
        self.pair = EveryoneToBoth.pair = pair
        self.everyone = EveryoneToBoth(
            bare, together(pair), readings, world, seeded(0), new_namespaces_both=both
        )

    def _in_scope_on_some_port(
        self, each: Global, source: Endpoint, destination: Endpoint, a: Address, b: Address
    ) -> bool:
        return True

    def _judge(self, met: Met, each: Global, flow: Flow, small: frozenset[Address]) -> None:
        self.spend()
        if not all(speaks_of(one, flow, self, each) for one in self.pair):
            return
        met.in_scope = True
        met.violated = met.violated or not small
        met.needing |= {small} if small else set()


def speaks_of(one: FlowStatement, flow: Flow, force: BruteForce, each: Global) -> bool:
    if isinstance(one, Isolate) and not in_existing_namespaces(flow, force.population):
        return False
    return in_scope(one, flow, each.readings)


def random_pair(dice: Random) -> tuple[Cluster, tuple[FlowStatement, FlowStatement]]:
    words = tiny(dice)
    people = replace(population(dice, words, most=3), network=dice.choice(NETWORKS))
    required, refused = (statement(dice, words, people, kind) for kind in ("require", dice.choice(KINDS)))
    assert isinstance(required, Require)
    assert not isinstance(refused, Cover)
    if isinstance(refused, Isolate):
        if chance(dice, 2):
            refused = Isolate(LabelSelector(), METADATA_NAME)
        required = replace(required, source=common(dice, required.source))
        required = replace(required, destination=common(dice, required.destination))
    else:
        ends = dice.choice((("source",), ("destination",), ("source", "destination"), ()))
        swapped = isinstance(refused, Only) and "source" in ends
        for end in ends:
            refused = replace(refused, **{end: getattr(required, end)})
        if swapped and chance(dice, 2):
            refused = replace(refused, source=(Selection(nodes=True),))
    if chance(dice, 2):
        refused = replace(refused, ports=())
    return Cluster(people, policies(dice, words, 1)), (required, refused)


def common(dice: Random, own: Endpoints) -> Endpoints:
    return dice.choice((own, (Selection(pods=True),)))


def told(
    cluster: Cluster,
    statements: tuple[Statement, ...],
    readings: Mapping[str, bool | str],
    world: World,
    both: bool,
) -> Flow | None:
    """The flow of the contradiction that the engine finds."""
    engine = Engine(cluster, statements, new_namespaces_both=both)
    expected = {world: "proved"}
    properties = [
        Property(index, f"p{index}", one, world, readings=readings, expected=expected)
        for index, one in enumerate(statements)
    ]
    found = engine.contradictions(properties)
    assert found.exhaustive
    return found.found[0].flow if found.found else None


def test_contradictions_agree_with_brute_force() -> None:
    met: Counter[str] = Counter()
    for seed, dice in rounds(40):
        cluster, pair = random_pair(dice)
        readings, both = choices(dice, free=1), chance(dice, 3)
        for world in World:
            case = f"seed {seed}, {world}\n{pair}\n{readings}\n{cluster}"
            flow = told(cluster, pair, readings, world, both)
            wide = World.ANY_POD if world is World.ANY_POLICY else world
            force = InBothScopes(cluster, pair, readings, wide, both=both)
            try:
                word = force.verdict()
            except (TooManyError, ImpossibleError) as reason:
                met[type(reason).__name__] += 1
                continue
            if force.everyone.crowded:
                met["crowded"] += 1
                assert flow is None or word in (Word.REFUTED, Word.DEPENDS), case
                continue
            assert (flow is not None) is (word is Word.REFUTED), f"{word}, {flow}: {case}"
            met[f"{word}"] += 1
            met[type(pair[1]).__name__] += flow is not None
            if flow is not None:
                assert not membership_faults(flow, cluster.population, wide, both), case
    print(f"from seed {SEED}: {dict(met)}")
    assert min(met["Forbid"], met["Only"], met["Isolate"]) >= 1
    assert min(met[Word.REFUTED], met[Word.VACUOUS]) >= 8
