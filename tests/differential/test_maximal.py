"""Blocks are as wide as they can be, with more there is a flow that did not change; and none lies in others.

All flows of small clusters are looked at, and judged by the reference reading.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice, product
from random import Random

from tests.differential.atoms import OTHER, label_values, said_by
from tests.differential.blocks import UnreadableError, edited, lies_in, stands_at
from tests.differential.everyone import Everyone, Global, TooManyError, addresses_of
from tests.differential.freed import ENDS, Freed, freed, requirements
from tests.differential.rounds import rounds
from tests.differential.test_diff import PROFILE, change_of, versions
from tests.differential.test_flows import exists_between_two
from tests.differential.test_verdicts import tiny
from tests.strategies import policies, population, seeded
from verifier.cluster import Cluster
from verifier.difference import Block, End, Extent, Version
from verifier.flow import Address, ContainerPort, Endpoint, Flow, Pod, Protocol
from verifier.manifest.labels import LabelSelector, LabelSelectorRequirement, Operator
from verifier.manifest.network_policy import IPBlock
from verifier.population import World
from verifier.properties.spec.scope import Only, Selection

Standing = tuple[Endpoint, Address]
MOST_GLOBALS, MOST_ENDS = 8, 120
EVERYBODY = (Selection(pods=True, externals=True, nodes=True),)


def said_of(end: End, values: Mapping[str, Sequence[str]]) -> Iterator[Selection]:
    """What a block says of an end, in parts, and each value of its labels: brute force tells them apart."""
    for each in end.addresses or ():
        yield Selection(ip_block=IPBlock.model_validate({"cidr": each.cidr, "except": each.without}))
    for key in {requirement.key: None for requirement in requirements(end.pods)}:
        yield Selection(pods=True, pod_selector=asking(key, Operator.EXISTS))
        for value in values.get(key, ()):
            yield Selection(pods=True, pod_selector=asking(key, Operator.IN, (value,)))
    if end.rooms is not None and end.rooms.new_labels is not None:
        for one in requirements(end.rooms.new_labels):
            selector = asking(one.key, one.operator, one.values)
            yield Selection(pods=True, namespace_selector=selector)


def asking(key: str, operator: Operator, values: tuple[str, ...] | None = None) -> LabelSelector:
    one = LabelSelectorRequirement.model_construct(key=key, operator=operator, values=values)
    return LabelSelector.model_construct(match_labels={}, match_expressions=(one,))


class Flows:
    """All flows of two versions with the same pods, but for those that no policy and no block tells apart."""

    def __init__(self, old: Cluster, new: Cluster, blocks: Iterable[Block], dice: Random) -> None:
        self.old, self.new = old, new
        both = replace(new, policies=(*old.policies, *new.policies))
        ends = [end for block in blocks for end in (block.source, block.destination)]
        anybody = Only(EVERYBODY, EVERYBODY)
        values = {
            key: each[: -len(OTHER)]
            for key, each in label_values(said_by(both.policies, (), anybody).pod_selectors).items()
        }
        told = [selection for end in ends for selection in said_of(end, values)]
        statement = Only((*EVERYBODY, *told), EVERYBODY)
        self.everyone = Everyone(both, statement, PROFILE, World.ANY_POD, dice, new_namespaces_both=True)
        self.said = self.everyone.said

        self.completions = [(each, (self._ends(each, 0), self._ends(each, 1))) for each in self._globals()]

    def _globals(self) -> list[Global]:
        found = list(islice(self.everyone.globals(), MOST_GLOBALS + 1))
        if len(found) > MOST_GLOBALS:
            raise TooManyError
        return found

    def _ends(self, each: Global, end: int) -> list[Standing]:
        everyone = self.everyone
        shown = [
            option for place in range(len(everyone.shown)) for option in everyone.pod_options(each, place)
        ]
        nodes = [o for index in range(len(everyone.node_names)) for o in everyone.node_options(each, index)]
        every = [option.endpoint for option in (*everyone.passers_by(each, end), *shown, *nodes)]
        if len(every) > MOST_ENDS:
            raise TooManyError
        return [(endpoint, address) for endpoint in every for address in addresses_of(endpoint)]

    def meant(self, ends: Iterable[list[Standing]], by: tuple[End, End]) -> list[list[Standing]]:
        """Those of whom the two ends of a block speak."""
        both = zip(ends, by, strict=True)
        return [[one for one in every if stands_at(end, *one, self.new.population)] for every, end in both]

    def between(
        self, source: Standing, destination: Standing, protocol: Protocol, port: int
    ) -> Iterator[Flow]:
        """Flows that exist."""
        for end in self._declaring(destination[0], protocol, port):
            flow = Flow(source[0], end, source[1], destination[1], protocol, port)
            if exists_between_two(flow, self.new, new_namespaces_both=True):
                yield flow

    def _declaring(self, end: Endpoint, protocol: Protocol, port: int) -> Iterator[Endpoint]:
        yield end
        if isinstance(end, Pod) and end.owner is None:
            for name, of in self.said.port_names():
                if of is protocol:
                    yield replace(end, ports=(ContainerPort(port, protocol, name),))


def unfinished(block: Block, wider: Freed, flows: Flows) -> set[object]:
    """The values with which the block could be wider: all flows with one of them changed likewise."""
    met: set[object] = set()
    kept: set[object] = set()
    people = flows.new.population
    for each, everybody in flows.completions:
        ends = flows.meant(everybody, (wider.block.source, wider.block.destination))
        if wider.which is not None:
            own: End = getattr(block, wider.which)
            side = ends[ENDS.index(wider.which)]
            side[:] = [one for one in side if not stands_at(own, *one, people)]
        for source, destination in product(*ends):
            if source[1].version != destination[1].version:
                continue
            for port in flows.everyone.ports:
                asked = port if wider.which is None else (source, destination)[ENDS.index(wider.which)]
                value = wider.value(*asked)
                if value is None or value in kept:
                    continue
                for flow in flows.between(source, destination, *port):
                    if lies_in(wider.block, flow, each.readings, people) and not lies_in(
                        block, flow, each.readings, people
                    ):
                        met.add(value)
                        if change_of(flow, each.readings, flows.old, flows.new) is not block.change:
                            kept.add(value)
                            break
    return met - kept


def lies_elsewhere(block: Block, others: Sequence[Block], flows: Flows) -> bool:
    """Whether every flow of the block lies in one of the others."""
    people = flows.new.population
    for each, everybody in flows.completions:
        for source, destination in product(*flows.meant(everybody, (block.source, block.destination))):
            if source[1].version != destination[1].version:
                continue
            for port in flows.everyone.ports:
                for flow in flows.between(source, destination, *port):
                    if lies_in(block, flow, each.readings, people) and not any(
                        lies_in(other, flow, each.readings, people) for other in others
                    ):
                        return False
    return True


# A box that was widened to a namespace whose policies mention single ports went without all of them.
# Addresses that no pod can have kept flows from outside out of a box of pods.
FOUND = (60001000221, 83001000099)


def test_no_block_could_be_wider_or_left_out() -> None:
    """Blocks between pods shown are not left out for those of pods that nobody shows."""
    met: Counter[str] = Counter()
    for seed, dice in chain(((seed, seeded(seed)) for seed in FOUND), rounds(8)):
        words = tiny(dice)
        people = population(dice, words, most=2)
        old = Cluster(people, policies(dice, words, 3))
        new = replace(old, policies=edited(dice, words, old.policies))
        found = versions(old, new).of_policies(Version.NEW)
        met["pairs"] += 1
        blocks = [block for each in found.values() for block in each.blocks]
        try:
            flows = Flows(old, new, blocks, dice)
        except TooManyError:
            met["too many"] += 1
            continue
        for block in blocks:
            if block.extent is Extent.ANY_READING:
                continue
            met["blocks"] += 1
            told = f"{block}\n{old}\n{new.policies}\n{found}"
            others = [other for other in found[block.change].blocks if stands_beside(other, block)]
            with suppress(UnreadableError):
                met["beside others"] += bool(others)
                assert not lies_elsewhere(block, others, flows), f"{seed}\n{told}"
            for wider in freed(block, flows.said, people):
                with suppress(UnreadableError):
                    left = unfinished(block, wider, flows)
                    met["limits"] += 1
                    assert not left, f"{seed} {wider.limit} {left}\n{told}"
    print(dict(met))
    assert met["blocks"] > met["pairs"] / 2
    assert met["limits"] > met["blocks"]
    assert met["beside others"] > 0


def stands_beside(other: Block, block: Block) -> bool:
    """Whether `block` would be left out for it, and others, if it lay in them."""
    as_sure = other.every_reading or not block.every_reading
    wider = block.extent is Extent.SHOWN and other.extent is not Extent.SHOWN
    return other is not block and as_sure and not wider
