"""Decoding agrees with what kubectl was recorded to read (record_kubectl.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.diagnostics import Severity
from verifier.source import decode

RECORD = Path(__file__).with_name("kubectl_decoding.json")
HEAD = "apiVersion: v1\nkind: Probe\nmetadata: {name: probe}\n"
JSON_HEAD = '{"apiVersion": "v1", "kind": "Probe", "metadata": {"name": "probe"}'

# What kubectl reads and we refuse, with the reason.
REFUSED = {
    f"{HEAD}a: {{a: 1, a: 2}}\n": "duplicate keys are refused by `kubectl --validate=strict`",
    f"{HEAD}a: {{1: a, '1': b}}\n": "both keys are `1` in JSON, and kubectl picks one at random",
    f"{HEAD}a: {{&a 1e3: v, *a : w}}\n": "duplicate keys",
    f"{HEAD}true: 1\ny: 2\n": "duplicate keys: both are `true`",
    f"{HEAD}1: 1\n'1': 2\n": "duplicate keys: both are `1`, and kubectl picks one at random",
    f"{HEAD}a: 1\na: 2\n": "duplicate keys",
    f'{JSON_HEAD}, "a": 1, "a": 2}}': "duplicate keys",
    f"{HEAD}a: b\n...\nc: d\n": "kubectl leaves out what follows `...` without a word",
    f"{HEAD}a: b\n...\n[\n": "kubectl leaves out what follows `...` without a word",
    f"{HEAD}...\n{HEAD}": "kubectl leaves out what follows `...` without a word",
    f'{JSON_HEAD}, "a": "\\ud800"}}': "half a character; kubectl puts U+FFFD in its place",
    f"{HEAD}\ufeffa: 1\n": "a byte order mark within the text: kubectl makes it a part of the key",
    f"{HEAD}a: 1\n\ufeffb: 2\n": "a byte order mark within the text: kubectl makes it a part of the key",
}

# What we read and kubectl refuses, with the reason.
ACCEPTED = {f'{HEAD}a: "\\/"\n': "an escape of YAML 1.2, which has one meaning only"}


def _recorded() -> list[dict[str, Any]]:
    def number(digits: str) -> int | float:
        return int(digits) if -(2**63) <= int(digits) < 2**63 else float(digits)

    records: list[dict[str, Any]] = json.loads(RECORD.read_text("ascii"), parse_int=number)
    return records


RECORDED = _recorded()


@pytest.mark.parametrize(
    "record", RECORDED, ids=lambda record: ascii(record["text"].removeprefix(HEAD)[-60:])
)
def test_decode_agrees_with_kubectl(record: dict[str, Any]) -> None:
    text = record["text"]
    documents, diagnostics = decode(text.encode(), "f.yaml")
    errors = [fault for fault in diagnostics if fault.severity is Severity.ERROR]

    if text in REFUSED or ("error" in record and text not in ACCEPTED):
        assert errors
    elif text in ACCEPTED:
        assert "error" in record
        assert not errors
    else:
        assert not errors
        # As text: 1, 1.0 and true are equal in Python, and not the same.
        ours = json.dumps([document.data for document in documents], sort_keys=True)
        assert ours == json.dumps(record["documents"], sort_keys=True)


def test_the_record_is_large_and_the_exceptions_are_in_it() -> None:
    texts = {record["text"] for record in RECORDED}

    assert len(texts) >= 150
    assert REFUSED.keys() | ACCEPTED.keys() <= texts
