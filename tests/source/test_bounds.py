"""No text costs more than its size deserves."""

from __future__ import annotations

import gc
import subprocess
import sys
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.source import decode

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (300 * 2**20, 300 * 2**20))
from verifier.source import decode
documents, diagnostics = decode(eval(sys.argv[1]), "f")
print(len(documents), *(fault.code for fault in diagnostics))
"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("b'[' * 20000", "0 too-deep", id="JSON brackets"),
        pytest.param("b'a: ' + b'[' * 20000", "0 too-deep", id="brackets"),
        pytest.param("b'a: ' + b'{a: ' * 20000", "0 too-deep", id="braces"),
        pytest.param("b'- ' * 20000", "0 too-deep", id="dashes"),
        pytest.param("b'? ' * 20000", "0 bad-key", id="question marks"),
        pytest.param("b''.join(b' ' * n + b'a:\\n' for n in range(3000))", "0 too-deep", id="indentation"),
        pytest.param(f"{BOMB!r}.encode()", "0 too-many-aliases", id="aliases"),
        pytest.param(
            "b'a: &a {b: 1}\\n' + b'c: {<<: *a}\\n' * 3", "0 duplicate-key duplicate-key", id="merges"
        ),
        pytest.param("b'a: ' + b'x' * 10_000_000", "1", id="a huge scalar"),
        pytest.param("b'a: ' + b'9' * 1_000_000", "1", id="a huge number"),
        pytest.param("b'{\"a\": ' + b'9' * 1_000_000 + b'}'", "0 not-a-json-number", id="a huge JSON number"),
        pytest.param("b'a: 0x' + b'0' * 100_000", "1", id="a long hexadecimal number"),
        pytest.param("b'---\\n' * 200_000", "0", id="separators"),
    ],
)
def test_bounded(content: str, expected: str) -> None:
    command = [sys.executable, "-c", LIMITED, content]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)

    assert done.stdout.strip() == expected, done.stderr[-300:]


@pytest.mark.parametrize(
    "content", [b"a: " + b"[" * 20_000, b"[" * 20_000, BOMB.encode()], ids=["YAML", "JSON", "aliases"]
)
def test_answers_at_once(content: bytes) -> None:
    begun = time.process_time()
    decode(content, "f")

    assert time.process_time() - begun < 2


def test_aliases_share_what_they_stand_for() -> None:
    documents, _ = decode(b"a: &a {b: 1}\nc: [*a, *a]\n", "f")
    data = documents[0].data

    assert isinstance(data, dict)
    assert isinstance(data["c"], list)
    assert data["c"][0] is data["c"][1] is data["a"]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    was = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        decode(b"a: [", "f")
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if was else gc.disable()


# What YAML 1.1 writers leave unquoted and kubectl does not read as text.
SAFE = st.text("abcxz é漢/.:-_#'\"\\\n\t ", max_size=12).filter(lambda text: text not in ("=", "."))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | SAFE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SAFE, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.dictionaries(SAFE, VALUES, min_size=1, max_size=4), st.booleans())
def test_what_is_dumped_is_decoded(data: dict[str, object], flow: bool) -> None:
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True)
    documents, diagnostics = decode(b"---\n" + text.encode(), "f")

    assert not diagnostics
    assert documents[0].data == data
