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
from tests.strategies import RICH, Vocabulary, container_ports, labels, policies, population
from tests.tier_strategies import tiers
from verifier.ask import query
from verifier.cluster import Cluster
from verifier.deadline import Deadline
from verifier.difference import Block, Change, Extent, Found, Version
from verifier.flow import Endpoint, External, Flow, Pod, Surroundings
from verifier.population import Population, World
from verifier.properties.spec.scope import Equivalent, Property, Refines
from verifier.readings import DEFAULT_PROFILE, READINGS, Readings, profile_choices
from verifier.refinement import decide_relation
from verifier.semantics import decide, membership_faults
from verifier.solver.differences import Limits
from verifier.solver.watch import Memory
from verifier.verdict import Proved, Refuted, Vacuous, Word
from verifier.versions import Versions

FLOWS = 400
PROFILE = profile_choices(DEFAULT_PROFILE)
EXTENSIVE = Limits(shown=40, others=40)


CLOSE = replace(RICH, namespaces=("a",), pod_labels={"app": ("x", "y")}, blocks=RICH.blocks[:2])
NOTHING_AROUND = Surroundings()


def versions(old: Cluster, new: Cluster) -> Versions:
    return Versions(old, new, PROFILE, Deadline(30), Memory(2048), EXTENSIVE)


def like_the_profile(readings: Readings) -> bool:
    return all(PROFILE[row.name] in ("free", getattr(readings, row.name)) for row in READINGS)


def drawn_flows(
    dice: Random, cluster: Cluster, number: int, words: Vocabulary = RICH
) -> Iterator[tuple[Flow, Readings]]:
    """Flows that exist, mostly under the readings of the profile; each cast is another completion."""
    for _ in range(4):
        cast = Cast(dice, words, cluster.population)
        for flow in cast.flows(number // 4):
            if exists_between_two(flow, cluster, new_namespaces_both=True):
                readings = Readings() if dice.randrange(3) else random_readings(dice)
                yield flow, readings


def change_of(
    flow: Flow, readings: Readings, old: Cluster, new: Cluster, around: Surroundings = NOTHING_AROUND
) -> Change | None:
    before = decide(flow, old.policies, readings, old.tiers, around).allowed
    after = decide(flow, new.policies, readings, new.tiers, around).allowed
    return compared(before, after)


def compared(before: bool, after: bool) -> Change | None:
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
    around: Surroundings = NOTHING_AROUND,
) -> Change | None:
    """Every block about the flow says what happens to it, and one does where something happens."""
    really = change_of(flow, readings, old, new, around)
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


def test_blocks_where_there_are_tiers() -> None:
    """Of blocks that hang on facts of tiers nothing is checked here but their witnesses, replayed anyway."""
    met: Counter[str] = Counter()
    for _, dice in rounds(12):
        people = population(dice, RICH)
        old = Cluster(people, policies(dice, RICH, 3), tiers(dice, RICH, 3))
        kept = tuple(policy for policy in old.tiers if dice.randrange(3))
        new = replace(old, policies=edited(dice, RICH, old.policies), tiers=kept)
        found = versions(old, new).of_policies(Version.NEW)
        met["pairs"] += 1
        met["blocks"] += sum(len(each.blocks) for each in found.values())
        for _ in range(4):
            cast = Cast(dice, RICH, people)
            around = cast.surroundings(old.tiers)
            for flow in cast.flows(60):
                if exists_between_two(flow, new, new_namespaces_both=True):
                    readings = Readings(baseline_handover=dice.choice(("direction", "pod")))
                    really = check_flow(flow, readings, old, new, found, around)
                    met["flows" if really is None else str(really)] += 1
    print(dict(met))
    assert met["gained"] + met["lost"] > met["pairs"]


def relabelled(dice: Random, people: Population) -> Population:
    """Some workloads with other labels or ports, as a person would change them."""
    workloads = tuple(
        replace(
            each,
            labels=labels(dice, CLOSE.pod_labels) if dice.randrange(2) else each.labels,
            ports=container_ports(dice, CLOSE) if dice.randrange(3) == 0 else each.ports,
        )
        for each in people.workloads
    )
    return replace(people, workloads=workloads)


def as_before(end: Endpoint, people: Population) -> Endpoint:
    """The same pod as it was: with what a controller sets as it is now."""
    if not isinstance(end, Pod):
        return end
    was = next(w for w in people.workloads if (w.namespace, w.owner) == (end.namespace.name, end.owner))
    added = {key: end.labels[key] for key in was.controller_labels}
    return replace(end, labels={**was.labels, **added}, ports=was.ports)


def of_workloads(block: Block, flow: Flow, readings: Readings) -> bool | None:
    """Whether a block that names workloads is about a flow between shown pods; None: on labels it depends."""
    if not block.every_reading and not like_the_profile(readings):
        return False
    for end, stands in ((block.source, flow.source), (block.destination, flow.destination)):
        if isinstance(stands, Pod) and f"{stands.namespace.name}/{stands.owner}" not in end.workloads:
            return False
    try:
        return lies_in(block, flow, readings, Population({}))
    except UnreadableError:
        return None


def test_blocks_of_workloads() -> None:
    """Both versions of each pod under the same policies; what a controller sets is the same in both."""
    met: Counter[str] = Counter()
    for _, dice in rounds(30):
        people = population(dice, CLOSE)
        written = tuple(each for each in policies(dice, CLOSE, 6) if each.name != "deny")
        old = Cluster(people, written)
        new = replace(old, population=relabelled(dice, people))
        found = versions(old, new).of_workloads()
        met["pairs"] += 1
        met["blocks"] += sum(len(each.blocks) for each in found.values())
        for flow, readings in drawn_flows(dice, new, 2 * FLOWS, CLOSE):
            ends = flow.source, flow.destination
            if any(isinstance(end, Pod) and end.owner is None for end in ends):
                continue
            was = replace(flow, source=as_before(ends[0], people), destination=as_before(ends[1], people))
            really = compared(
                decide(was, new.policies, readings).allowed, decide(flow, new.policies, readings).allowed
            )
            met["flows" if really is None else str(really)] += 1
            told = f"{flow}\n{was}\n{readings}\n{really}\n{new.policies}\n{found}"
            for change, each in found.items():
                about = {of_workloads(block, flow, readings) for block in each.blocks}
                if really is change and each.undecided is None and not each.more:
                    asked = like_the_profile(readings) or not each.blocks
                    assert not asked or about - {False}, told
                assert really is change or True not in about, told
    print(dict(met))
    assert min(met["gained"] + met["lost"], met["blocks"]) > 0


def test_verdicts_on_relations() -> None:
    """What refines another set has no flow more; what does not, has, and the flow shown is one."""
    met: Counter[str] = Counter()
    for _, dice in rounds(40):
        people = population(dice, RICH)
        old = Cluster(people, policies(dice, RICH, 4), tiers(dice, RICH, 2) if dice.randrange(4) == 0 else ())
        new = replace(old, policies=edited(dice, RICH, old.policies))
        statement = dice.choice((Refines("old"), Equivalent("old")))
        prop = Property(0, "p", statement, World.ANY_POD, readings=PROFILE)
        verdicts = decide_relation(prop, new, old, 30, 2048)
        met[verdicts[World.ANY_POD].word] += 1
        against = {Change.GAINED} if isinstance(statement, Refines) else set(Change)
        for world, verdict in verdicts.items():
            shown = getattr(verdict, "counterexample", None)
            if shown is not None:
                change = change_of(shown.flow, shown.readings, old, new, shown.surroundings)
                assert change in against
                assert shown.contrasts
            if isinstance(verdict, Proved | Vacuous):
                no_violation(dice, old, new, against, world)
            if isinstance(verdict, Refuted):
                every_completion_has_one(dice, old, new, against, world)
    print(dict(met))
    assert min(met[Word.PROVED], met[Word.REFUTED]) > 0


def no_violation(dice: Random, old: Cluster, new: Cluster, against: set[Change], world: World) -> None:
    cast = Cast(dice, RICH, new.population)
    around = cast.surroundings(old.tiers)
    for flow in cast.flows(FLOWS):
        if not membership_faults(flow, new.population, world) and exists_between_two(
            flow, new, new_namespaces_both=False
        ):
            assert change_of(flow, Readings(), old, new, around) not in against, f"{flow}\n{old}\n{new}"


def every_completion_has_one(
    dice: Random, old: Cluster, new: Cluster, against: set[Change], world: World
) -> None:
    """That cannot be sampled; that the verdict agrees with the blocks can."""
    found = versions(old, new).of_policies(Version.NEW)
    extents = (Extent.SHOWN,) if world is World.SNAPSHOT else (Extent.SHOWN, Extent.ANY_POD)
    assert any(block.extent in extents for change in against for block in found[change].blocks)
