"""The fast way through plain YAML agrees with the real parser on every text that it reads.

`NETQED_RANDOM_SECONDS` makes the comparison run that long, `NETQED_RANDOM_SEED` begin elsewhere.
"""

import json
from random import Random

import pytest
import yaml

from tests.differential.rounds import SEED, rounds
from tests.source.test_decoding_record import ACCEPTED, HEAD, RECORDED, REFUSED
from verifier.source.block_style import Lines, NotPlainError, read_block_style
from verifier.source.events import build, open_parser
from verifier.source.refusals import RefusalError
from verifier.source.scalars import PlainKeys, PlainValues
from verifier.source.tables import Tables

BLOCK_HEAD = "apiVersion: v1\nkind: Probe\nmetadata:\n  name: probe\n"

KEYS = (
    "a",
    "b",
    "app",
    "on",
    "y",
    "null",
    "a.b/c",
    "_x",
    "n1",
    "1",
    "~",
    "'q'",
    '"q"',
    "a b",
    "f:m",
    "<<",
    "é",
)
SCALARS = (
    "x",
    "1",
    "-1",
    "0x1F",
    "010",
    "1:20",
    "1e3",
    ".5",
    ".",
    "-",
    "--",
    "--flag",
    "---",
    "-.inf",
    "+1",
    "~",
    "null",
    "on",
    "y",
    "''",
    "'it''s'",
    "'a: b'",
    '"a # b"',
    '"a\\tb"',
    '""',
    "{}",
    "[]",
    "[a]",
    "{a: b}",
    "{} x",
    "|",
    ">-",
    "&a x",
    "*a",
    "!t x",
    "a: b",
    "a:b",
    ":",
    ":a",
    "::/0",
    ":#a",
    ":a: b",
    ":?",
    "a:",
    "a :b",
    "a #b",
    "a#b",
    "#b",
    "a, b]",
    "(x)",
    "$(VAR)",
    "@x",
    "%x",
    "`x`",
    "=",
    "<<",
    "? x",
    "2001-01-01",
    "1_000",
    "é",
    "a\tb",
    "a  b",
    "x ",
    "...",
    "99999999999999999999",
)
BREAKS = (
    "\n",
    "\n",
    "\n",
    "\n",
    "\n",
    "\n\n",
    "\n# said\n",
    "\n  # said\n",
    " # said\n",
    " \n",
    "\r\n",
    "\t\n",
    "\n...\n",
)


def read_slowly(text: str) -> object:
    """Return what the real parser says, `None` for nothing, the exception's type for what it refuses."""
    try:
        built = build(open_parser(text.encode()), Tables(PlainValues(), PlainKeys()))
    except (RefusalError, yaml.YAMLError) as error:
        return type(error)
    assert built is None or not built.suspect, "a key given twice was not seen"
    return None if built is None else built.data


def agrees(text: str) -> bool:
    """Compare the two on `text`; return whether the fast way reads it."""
    try:
        found = read_block_style(text, Lines(PlainValues(), PlainKeys()))
    except NotPlainError:
        return False
    expected = read_slowly(text)
    assert json.dumps(found) == json.dumps(expected if expected is not None else {}), text
    return True


def random_lines(dice: Random) -> str:
    """Lines that could be block style, about half of the texts without anything odd."""
    odd = dice.random() < 0.5
    text, indent = "", 0
    for number in range(dice.randint(1, 8)):
        indent = max(0, dice.choice((indent, indent, indent + 2, indent - 2, 0))) if number else 0
        dash = dice.choice(("", "", "", "- ", "-   ")) if number else ""
        key = dice.choice((f"{dice.choice(KEYS)}:", "")) if odd else f"{'abcdefgh'[number]}:"
        value = dice.choice((*("",) * 3, dice.choice(SCALARS if odd else SCALARS[:16])))
        gap = " " if key and value else ""
        text += f"{' ' * indent}{dash}{key}{gap}{value}{dice.choice(BREAKS if odd else BREAKS[:8])}"
        indent += len(dash)
    return text


def random_data(dice: Random, depth: int) -> object:
    if depth == 0 or dice.random() < 0.3:
        return dice.choice(("x", "a b", "", "1", 1, -7, 1.5, True, None, "yes", "a: b", "- a", "#x", {}, []))
    if dice.random() < 0.4:
        return [random_data(dice, depth - 1) for _ in range(dice.randint(1, 3))]
    return {dice.choice(KEYS[:9]): random_data(dice, depth - 1) for _ in range(dice.randint(1, 4))}


def mutated(text: str, dice: Random) -> str:
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(text) + 1)
        text = text[:at] + dice.choice(" \n:-#'\"{}[]&*!|>%@`,?x0\t~") + text[at + dice.randint(0, 2) :]
    return text


def test_random_texts_mean_the_same_both_ways() -> None:
    count = read = 0
    for _, dice in rounds(3000):
        count += 1
        data = {"a": random_data(dice, 4), "b": random_data(dice, 3)}
        written = yaml.dump(
            data, default_flow_style=False, indent=dice.choice((2, 3, 4)), width=dice.choice((20, 200))
        )
        read += agrees(written)
        agrees(mutated(written, dice))
        read += agrees(random_lines(dice))
    print(f"{3 * count} texts from seed {SEED}, {read} of {2 * count} read fast")
    assert read > count / 4


def test_what_kubectl_was_recorded_to_read_means_the_same() -> None:
    """The head of the records is in flow style: so written, all would be left to the real parser."""
    plain = 0
    for record in RECORDED:
        if record["text"].startswith(HEAD) and record["text"] not in REFUSED.keys() | ACCEPTED.keys():
            text = record["text"].replace(HEAD, BLOCK_HEAD)
            if agrees(text):
                plain += 1
                ours = json.dumps([read_block_style(text, Lines(PlainValues(), PlainKeys()))], sort_keys=True)
                assert ours == json.dumps(record["documents"], sort_keys=True), text
    assert plain >= 150


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("a:\n- b\n- c: 1\n  d: {}\ne:\n", True),
        ("a:\n  - b:\n      - 'x: y'\n  -   c: \"z\"\n", True),
        ("# nothing\n\n", True),
        ("a: 010\nb: on\nc: 1:20\nd: --flag=x:y\n", True),
        ("a: |\n  x\n", False),
        ("a: b\n  c\n", False),
        ("a: 1\na: 2\n", False),
        ("on: 1\ntrue: 2\n", False),
        ("a: [x]\n", False),
        ("a: &x y\n", False),
        ("a:\tb\n", False),
        ("a: b\r\n", False),
        ("<<: {}\n", False),
        ("a: .nan\n", False),
        (" a: b\n", False),
        ("- a\n", False),
        ("a: b # said\n", False),
    ],
)
def test_which_texts_are_plain(text: str, read: bool) -> None:
    assert agrees(text) is read


def test_a_line_beyond_all_measure_is_left_to_the_real_parser() -> None:
    assert not agrees(f"a: {'x' * 5000}\n")
