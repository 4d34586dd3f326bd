"""What a diff says of random clusters, against flows judged one by one by the reference reading.

Each cluster is edited at random; then flows are drawn where two readings could part. Whatever lies in a block
is gained (or lost), whatever is gained lies in one, and what only looks different is the same.
`NETQED_RANDOM_SECONDS` makes it run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from tests.differential.blocks import UnreadableError, edited, lies_in, said_otherwise
from tests.differential.people import Cast
from tests.differential.rounds import rounds
from tests.differential.test_flows import exists_between_two, random_readings
from tests.strategies import RICH, policies, population
from tests.tier_strategies import tiers
from verifier.ask import query
from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.difference import Block, Change, Extent, Found, Version
from verifier.flow import Endpoint, External, Flow, Pod
from verifier.readings import DEFAULT_PROFILE, READINGS, Readings, profile_choices
from verifier.semantics import decide
from verifier.solver.differences import Limits
from verifier.solver.watch import Memory
from verifier.versions import Versions

FLOWS = 400
PROFILE = profile_choices(DEFAULT_PROFILE)
EXTENSIVE = Limits(shown=40, others=40)


def versions(old: Cluster, new: Cluster) -> Versions:
    return Versions(old, new, PROFILE, Deadline(30), Memory(2048), EXTENSIVE)


def like_the_profile(readings: Readings) -> bool:
    return all(PROFILE[row.name] in ("free", getattr(readings, row.name)) for row in READINGS)


def drawn_flows(dice: Random, cluster: Cluster, number: int) -> Iterator[tuple[Flow, Readings]]:
    """Flows that exist, mostly under the readings of the profile; each cast is another completion."""
    for _ in range(4):
        cast = Cast(dice, RICH, cluster.population)
        for flow in cast.flows(number // 4):
            if exists_between_two(flow, cluster, new_namespaces_both=False):
                readings = Readings() if dice.randrange(3) else random_readings(dice)
                yield flow, readings


def change_of(flow: Flow, readings: Readings, old: Cluster, new: Cluster) -> Change | None:
    before = decide(flow, old.policies, readings).allowed
    after = decide(flow, new.policies, readings).allowed
    if before is after:
        return None
    return Change.GAINED if after else Change.LOST


def meant(block: Block, flow: Flow, readings: Readings, cluster: Cluster) -> bool:
    if not block.every_reading and not like_the_profile(readings):
        return False
    return lies_in(block, flow, readings, cluster.population)


def check_flow(
    flow: Flow,
    readings: Readings,
    old: Cluster,
    new: Cluster,
    found: Mapping[Change, Found],
) -> Change | None:
    """Every block about the flow says what happens to it, and one does where something happens."""
    really = change_of(flow, readings, old, new)
    told = f"{flow}\n{readings}\n{really}\n{old}\n{new.policies}\n{found}"
    for change, each in found.items():
        try:
            about = [block for block in each.blocks if meant(block, flow, readings, new)]
        except UnreadableError:
            continue
        assert not about or really is change, told
        # Where something is found under the profile's readings, others are not asked for more.
        asked = like_the_profile(readings) or all(b.extent is Extent.ANY_READING for b in each.blocks)
        if really is change and asked and each.undecided is None and not each.more:
            assert about, told
    return really


def test_blocks_say_what_becomes_of_flows() -> None:
    met: Counter[str] = Counter()
    for _, dice in rounds(25):
        people = population(dice, RICH)
        old = Cluster(people, policies(dice, RICH, 5))
        new = replace(old, policies=edited(dice, RICH, old.policies))
        found = versions(old, new).of_policies(Version.NEW)
        met["pairs"] += 1
        met["equivalent"] += all(each.nothing for each in found.values())
        met["undecided"] += any(each.undecided is not None for each in found.values())
        met["blocks"] += sum(len(each.blocks) for each in found.values())
        for flow, readings in drawn_flows(dice, new, FLOWS):
            really = check_flow(flow, readings, old, new, found)
            met["flows" if really is None else str(really)] += 1
        for each in found.values():
            for block in each.blocks:
                check_witness(block, old, new)
    print(dict(met))
    assert min(met["gained"], met["lost"], met["blocks"]) > met["pairs"] / 2
    assert met["undecided"] <= met["pairs"] / 20


def check_witness(block: Block, old: Cluster, new: Cluster) -> None:
    """The reference reading says so, the block is about it, and so does `query` of shown pods."""
    witness = block.witness
    assert change_of(witness.flow, witness.readings, old, new) is block.change
    assert meant_if_readable(block, witness.flow, witness.readings, new)
    assert witness.causes
    ends = [named(end) for end in (witness.flow.source, witness.flow.destination)]
    if block.extent is Extent.SHOWN and None not in ends and block.every_reading:
        asked = (str(ends[0]), str(ends[1]), str(witness.flow.protocol), witness.flow.port)
        before, after = (query(each, [asked])[0].allowed for each in (old, new))
        refused, allowed = (before, after) if block.change is Change.GAINED else (after, before)
        assert refused is not True
        assert allowed is not False


def meant_if_readable(block: Block, flow: Flow, readings: Readings, cluster: Cluster) -> bool:
    try:
        return meant(block, flow, readings, cluster)
    except UnreadableError:
        return True


def named(end: Endpoint) -> str | None:
    if isinstance(end, Pod) and end.owner is not None:
        return f"{end.namespace.name}/{end.owner}"
    return f"ip:{end.address}" if isinstance(end, External) else None


def test_what_is_said_otherwise_is_the_same() -> None:
    """In closed form, and by the solver where it does not know that."""
    for _, dice in rounds(25):
        people = population(dice, RICH)
        old = Cluster(people, policies(dice, RICH, 5), tiers(dice, RICH, 2) if dice.randrange(3) == 0 else ())
        new = replace(old, policies=said_otherwise(dice, old.policies))
        asked = versions(old, new)
        assert asked.same_policies, f"{old.policies}\n{new.policies}"
        everywhere = frozenset(people.namespaces)
        asked.changed = dict.fromkeys(asked.changed or {}, everywhere)
        found = asked.of_policies(Version.NEW)
        assert all(each.nothing for each in found.values()), f"{old.policies}\n{new.policies}\n{found}"
