"""The pieces of the map by themselves: ports, addresses, diagrams, conditions that cannot be."""

from collections.abc import Iterator
from ipaddress import ip_network
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import drawn
from verifier.analyses.map.address_cells import swept, whole
from verifier.analyses.map.address_words import Block, blocks_of
from verifier.analyses.map.bits import bits_of, members, refined
from verifier.analyses.map.diagram import NEVER, Atom, Diagrams, Kind, Node, Value
from verifier.analyses.map.facts import implied
from verifier.analyses.map.mentions import Range, cidr_range
from verifier.analyses.map.port_cells import PortCells, PortSpan
from verifier.flow import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


# --- ports ------------------------------------------------------------------------------------------


def test_cells_join_to_the_spans_they_were_cut_from() -> None:
    cells = PortCells([PortSpan(TCP, 80, 80), PortSpan(TCP, 1, 1023), PortSpan(UDP, 53, 53)])

    assert [str(span) for span in cells.spans(cells.full)] == ["TCP", "UDP", "SCTP"]
    assert [str(span) for span in cells.spans(cells.bits(TCP, 1, 1023))] == ["1-1023/TCP"]
    without = cells.full & ~cells.bits(TCP, 80, 80)
    assert [str(span) for span in cells.spans(without)] == ["1-79/TCP", "81-65535/TCP", "UDP", "SCTP"]


def test_a_range_that_is_the_wrong_way_round_is_empty() -> None:
    cells = PortCells([PortSpan(TCP, 90, 80)])

    assert cells.bits(TCP, 90, 80) == 0


@given(st.lists(st.tuples(st.integers(1, 65535), st.integers(1, 65535)), max_size=6), st.integers(1, 65535))
def test_a_port_is_in_the_bits_of_just_the_spans_that_hold_it(
    spans: list[tuple[int, int]], port: int
) -> None:
    cells = PortCells(PortSpan(TCP, low, high) for low, high in spans)
    (own,) = [1 << i for i, c in enumerate(cells.cells) if c.protocol is TCP and c.first <= port <= c.last]

    for low, high in spans:
        assert bool(cells.bits(TCP, low, high) & own) is (low <= port <= high)


# --- addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        pytest.param(["0.0.0.0/0"], [], ["0.0.0.0/0"], id="everything"),
        pytest.param(["10.0.0.0/8"], ["11.0.0.0/8"], ["10.0.0.0/8"], id="a block"),
        pytest.param(["10.0.0.0/9"], ["10.128.0.0/9"], ["10.0.0.0/9"], id="half a block"),
        pytest.param(["10.0.0.0/8"], [], ["0.0.0.0/0"], id="nobody is elsewhere"),
        pytest.param(["fd00::/8"], ["fc00::/8"], ["fd00::/8"], id="IPv6"),
    ],
)
def test_blocks_are_as_large_as_they_can_be(
    inside: list[str], outside: list[str], expected: list[str]
) -> None:
    found = blocks_of(map(cidr_range, inside), map(cidr_range, outside))

    assert found == tuple(Block(ip_network(text)) for text in expected)


def test_an_exception_is_told_as_one() -> None:
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    inside: list[Range] = []
    outside: list[Range] = []
    for part, holding in swept([cidr_range(text) for text in private], 4):
        (outside if holding else inside).append(part)

    assert blocks_of(inside, outside) == (
        Block(ip_network("0.0.0.0/0"), tuple(ip_network(text) for text in private)),
    )


def random_ranges(dice: Random) -> tuple[list[Range], list[Range]]:
    """Ranges of 16 neighbouring addresses and of all others: inside, outside or nobody's."""
    base = 0x0A000000
    inside, outside = [], [Range(4, 0, base - 1)]
    for number in range(base, base + 16):
        match dice.randrange(3):
            case 0:
                inside.append(Range(4, number, number))
            case 1:
                outside.append(Range(4, number, number))
    return inside, outside


@given(drawn(random_ranges))
def test_blocks_hold_all_that_is_inside_and_nothing_else(ranges: tuple[list[Range], list[Range]]) -> None:
    inside, outside = ranges

    blocks = blocks_of(inside, outside)

    def held(part: Range) -> bool:
        lows = [
            int(b.cidr.network_address) <= part.low <= int(b.cidr.broadcast_address)
            and not any(int(h.network_address) <= part.low <= int(h.broadcast_address) for h in b.without)
            for b in blocks
        ]
        return any(lows)

    assert all(held(part) for part in inside)
    assert not any(held(part) for part in outside)


def test_what_is_swept_is_every_address_once() -> None:
    pieces = swept([cidr_range("10.0.0.0/8"), cidr_range("10.1.0.0/16"), cidr_range("255.0.0.0/8")], 4)

    assert sum(part.size for part, _ in pieces) == whole(4).size
    assert [len(holding) for _, holding in pieces] == [0, 1, 2, 1, 0, 1]


# --- sets and diagrams ------------------------------------------------------------------------------


@given(st.sets(st.integers(0, 500)))
def test_members_are_those_put_in(indices: set[int]) -> None:
    assert list(members(bits_of(indices, 501))) == sorted(indices)


def test_pieces_with_equal_keys_are_one() -> None:
    assert refined({1: 0b1111}, {2: 0b0011, 4: 0b1000}, lambda a, b: (a + b) % 2, 0) == {1: 0b1111}


ATOMS = [Atom(Kind.READING, name) for name in "abc"]


def random_value(dice: Random, diagrams: Diagrams, depth: int) -> Value:
    if depth == 0:
        return dice.randrange(diagrams.full + 1)
    one, other = (random_value(dice, diagrams, depth - 1) for _ in range(2))
    match dice.randrange(5):
        case 0:
            return diagrams.either(one, other)
        case 1:
            return diagrams.both(one, other)
        case 2:
            return diagrams.complement(one)
        case _:
            return diagrams.choice(diagrams.asks(dice.choice(ATOMS)), one, other)


def under(value: Value, answers: dict[Atom, bool]) -> int:
    while isinstance(value, Node):
        value = value.high if answers[value.atom] else value.low
    return value


@given(drawn(lambda dice: dice))
def test_diagrams_say_what_sets_of_ports_would(dice: Random) -> None:
    diagrams = Diagrams(0b111)
    one, other = (random_value(dice, diagrams, 3) for _ in range(2))
    condition = diagrams.asks(dice.choice(ATOMS))

    for number in range(8):
        answers = {atom: bool(number >> place & 1) for place, atom in enumerate(ATOMS)}
        a, b = under(one, answers), under(other, answers)
        assert under(diagrams.both(one, other), answers) == a & b
        assert under(diagrams.either(one, other), answers) == a | b
        assert under(diagrams.without(one, other), answers) == a & ~b
        chosen = a if under(condition, answers) else b
        assert under(diagrams.choice(condition, one, other), answers) == chosen


def test_equal_values_are_one_object() -> None:
    diagrams = Diagrams(0b11)
    a, b = (diagrams.asks(atom) for atom in ATOMS[:2])

    assert diagrams.both(a, b) is diagrams.both(b, a)
    assert diagrams.either(a, diagrams.complement(a)) == diagrams.full
    assert diagrams.both(a, diagrams.complement(a)) == NEVER


def test_an_answer_about_an_address_settles_others() -> None:
    def asked(*cidrs: str) -> Atom:
        ranges = map(cidr_range, cidrs)
        return Atom(Kind.ADDRESS, "TO", "4", ",".join(f"{part.low}-{part.high}" for part in ranges))

    small, large, elsewhere = asked("10.1.0.0/16"), asked("10.0.0.0/8"), asked("11.0.0.0/8", "12.0.0.0/8")

    assert implied(small, True, large) is True
    assert implied(small, True, elsewhere) is False
    assert implied(large, False, small) is False
    assert implied(large, True, small) is None
    assert implied(small, False, large) is None
    assert implied(small, True, Atom(Kind.ADDRESS, "FROM", "4", large.value)) is None


@given(drawn(lambda dice: dice))
def test_beyond_all_measure_nothing_is_called_surer_than_it_is(dice: Random) -> None:
    exact = Diagrams(0b111)
    state = dice.getstate()
    whole_value = random_value(dice, exact, 4)
    dice.setstate(state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verifier.analyses.map.diagram.MOST_DEPTH", 1)
        coarse = random_value(dice, Diagrams(0b111), 4)

    for number in range(8):
        answers = {atom: bool(number >> place & 1) for place, atom in enumerate(ATOMS)}
        truth = under(whole_value, answers)
        possible = list(every_way(coarse, answers))
        for bit in (1, 2, 4):
            assert truth & bit in {way & bit for way in possible}


def every_way(value: Value, answers: dict[Atom, bool]) -> Iterator[int]:
    """What a value may come to where only these answers are known."""
    if isinstance(value, int):
        yield value
    elif value.atom in answers:
        yield from every_way(value.high if answers[value.atom] else value.low, answers)
    else:
        yield from every_way(value.high, answers)
        yield from every_way(value.low, answers)
