"""The map against the two other readings: every pair and every port of random clusters.

`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

from tests.analyses.map.pairs import Told
from tests.differential.people import Cast, addresses_of
from tests.differential.rounds import SEED, rounds
from tests.differential.test_verdicts import random_triple
from tests.strategies import RICH, chance, choices, policies, population
from tests.tier_strategies import tiers
from verifier import query
from verifier.cluster import Cluster
from verifier.flow import Address, Endpoint, External, Flow, Pod
from verifier.population import Workload, World
from verifier.readings import DEFAULT_PROFILE, FREE, READINGS, Readings, profile_choices
from verifier.semantics import decide, membership_faults


def random_cluster(dice: Random) -> Cluster:
    people = population(dice, RICH)
    around = tiers(dice, RICH, 4) if chance(dice, 2) else ()
    return Cluster(people, policies(dice, RICH, 5), around)


def random_choices(dice: Random) -> dict[str, bool | str]:
    return {**profile_choices(DEFAULT_PROFILE), **choices(dice, free=dice.choice((0, 0, 1, 2)))}


# --- against the reference reading ------------------------------------------------------------------


def completions(dice: Random, chosen: dict[str, bool | str]) -> Readings:
    picked = {
        row.name: dice.choice(row.values) if chosen[row.name] == FREE else chosen[row.name]
        for row in READINGS
    }
    return Readings(**picked)  # type: ignore[arg-type]


def ends_of(cast: Cast, told: Told, dice: Random) -> list[tuple[Endpoint, int]]:
    owners = {(w.namespace, w.owner): w for w in cast.population.workloads}
    found: list[tuple[Endpoint, int]] = [
        (pod, told.of_workload(owners[pod.namespace.name, pod.owner or ""])) for pod in cast.shown
    ]
    for address in dice.sample(list(cast.places.all), 6):
        place = told.of_address(address)
        if place is not None:
            found.append((External(address), place))
    return found


def met(source: Endpoint, destination: Endpoint) -> Iterator[tuple[Address, Address]]:
    for one in addresses_of(source):
        for other in addresses_of(destination):
            if one.version == other.version:
                yield one, other


def compare(dice: Random, seen: Counter[str]) -> None:
    cluster, chosen = random_cluster(dice), random_choices(dice)
    told = Told(cluster, chosen)
    for _ in range(3):
        cast = Cast(dice, RICH, cluster.population)
        readings, around = completions(dice, chosen), cast.surroundings(cluster.tiers)
        ends = ends_of(cast, told, dice)
        for source, one in ends:
            for destination, other in ends:
                if source is destination or not (isinstance(source, Pod) or isinstance(destination, Pod)):
                    continue
                said = told.between(one, other)
                for at, to in met(source, destination):
                    first = Flow(source, destination, at, to, told.context.ports.cells[0].protocol, 1)
                    if membership_faults(first, cluster.population, World.SNAPSHOT):
                        continue
                    for span, ports in told.cells():
                        flow = Flow(source, destination, at, to, span.protocol, span.first)
                        allowed = decide(flow, cluster.policies, readings, cluster.tiers, around).allowed
                        answer = said.of(ports)
                        seen[f"{answer} {allowed}"] += 1
                        assert answer in (None, allowed), f"{flow}\n{readings}\n{around}\n{cluster}"


def test_no_row_is_wrong_for_any_flow() -> None:
    seen: Counter[str] = Counter()
    clusters = 0
    for _, dice in rounds(15):
        compare(dice, seen)
        clusters += 1
    print(f"{clusters} clusters from seed {SEED}: {dict(seen)}")
    assert min(seen["True True"], seen["False False"]) > sum(seen.values()) / 20


# --- against `verify query` -------------------------------------------------------------------------


def name_of(workload: Workload) -> str:
    return f"{workload.namespace}/{workload.kind}/{workload.name}"


def asked(
    dice: Random, told: Told, cluster: Cluster, most: int
) -> list[tuple[tuple[str, str, str, int], bool | None]]:
    ends: list[tuple[str, int]] = [
        (name_of(workload), told.of_workload(workload)) for workload in cluster.population.workloads
    ]
    for place, cell in enumerate(told.context.ends.cells, start=len(told.context.ends.shapes)):
        number = told.context.ends.known.first_free(cell.ranges)
        assert number is not None
        kind = type(cell.ranges[0])
        assert kind
        ends.append((f"ip:{_address(cell.version, number)}", place))
    found = []
    for source, one in ends:
        for destination, other in ends:
            if source == destination and not _has_two(cluster, source):
                continue
            if source.startswith("ip:") and destination.startswith("ip:"):
                continue
            said = told.between(one, other)
            for span, ports in told.cells():
                found.append(((source, destination, str(span.protocol), span.first), said.of(ports)))
    dice.shuffle(found)
    uncertain = [each for each in found if each[1] is None][: most // 2]
    return uncertain + [each for each in found if each[1] is not None][: most - len(uncertain)]


def _address(version: int, number: int) -> str:
    from ipaddress import IPv4Address, IPv6Address

    return str(IPv4Address(number) if version == 4 else IPv6Address(number))


def _has_two(cluster: Cluster, name: str) -> bool:
    return any(name_of(w) == name and not w.single for w in cluster.population.workloads)


def compare_with_query(dice: Random, most: int, seen: Counter[str]) -> None:
    """On clusters with much to say, and on those in which everybody is in everybody's way."""
    cluster = random_cluster(dice) if chance(dice, 2) else random_triple(dice).cluster
    chosen = random_choices(dice)
    told = Told(cluster, chosen)
    questions: Sequence[tuple[tuple[str, str, str, int], bool | None]] = asked(dice, told, cluster, most)
    answers = query(cluster, [question for question, _ in questions], chosen)
    for (question, said), answer in zip(questions, answers, strict=True):
        if answer.reason is not None and "no such flow" in answer.reason:
            seen[f"no such flow, {said}"] += 1
            continue
        seen[str(said)] += 1
        assert said == answer.allowed, (
            f"{question}\n{said} {answer.allowed} {answer.reason}\n{chosen}\n{cluster}"
        )


def test_the_map_says_what_query_says() -> None:
    seen: Counter[str] = Counter()
    clusters = 0
    for _, dice in rounds(8):
        compare_with_query(dice, 24, seen)
        clusters += 1
    print(f"{clusters} clusters from seed {SEED}: {dict(seen)}")
    assert min(seen["True"], seen["False"], seen["None"]) > 0
