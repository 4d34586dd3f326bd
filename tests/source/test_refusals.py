"""Every fault of a text is one diagnostic, with its code and its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier.diagnostics import Severity
from verifier.source import decode

SOPS = b"a: ENC[x]\nsops:\n  mac: ENC[y]\n"


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        pytest.param("a: é".encode("utf-16"), "not-utf-8", 1, 1, id="UTF-16"),
        pytest.param("a: é".encode("latin-1"), "not-utf-8", 1, 4, id="Latin-1"),
        pytest.param(b"a: 1\nb: \xed\xa0\x80\n", "not-utf-8", 2, 4, id="surrogates"),
        pytest.param(b"a: 1\nb: x\0y\n", "binary-file", 2, 5, id="NUL"),
        pytest.param(b"a: 1\nb: x\x07\n", "control-character", 2, 5, id="bell"),
        pytest.param(b"a: 1\n---\nb: \x7f\n", "control-character", 3, 4, id="delete, second document"),
        pytest.param(b"a: 1\n\tb: 2\n", "tab-indentation", 2, 1, id="tab below a scalar"),
        pytest.param(b"a:\n\tb: 2\n", "tab-indentation", 2, 1, id="tab as indentation"),
        pytest.param(b"a:\n  b:\n  \tc: 2\n", "tab-indentation", 3, 3, id="tab after spaces"),
        pytest.param(b"a: [1, 2\nb: 3\n", "unclosed", 1, 4, id="list"),
        pytest.param(b"a: 1\nb: {c: [1}\n", "unclosed", 2, 8, id="list in a mapping"),
        pytest.param(b"a: {b: 1\n", "unclosed", 1, 4, id="mapping"),
        pytest.param(b"a: 1\nb: [", "unclosed", 2, 4, id="at the end"),
        pytest.param(b"a: {b: [}\n", "unclosed", 1, 8, id="another closes first"),
        pytest.param(b"a: [,]\n", "yaml-syntax", 1, 5, id="comma"),
        pytest.param(b"a: 1\n\xef\xbb\xbfb: 2\n", "control-character", 2, 1, id="byte order mark within"),
        pytest.param(b'a: 1\nb: "x\n', "unclosed", 2, 4, id="double quote"),
        pytest.param(b"a: 'x\n---\nb: 1\n", "unclosed", 1, 4, id="quote up to a separator"),
        pytest.param(b"a: b: c\n", "yaml-syntax", 1, 5, id="colon in a plain scalar"),
        pytest.param(b"a:\n  b: 1\n c: 2\n", "yaml-syntax", 3, 2, id="indentation"),
        pytest.param(b"a: *b\n", "unknown-anchor", 1, 4, id="undefined alias"),
        pytest.param(b"a: &b 1\n---\nc: *b\n", "unknown-anchor", 3, 4, id="an anchor of another document"),
        pytest.param(b"a: &a\n- *a\n", "recursive-alias", 2, 3, id="a list in itself"),
        pytest.param(b"a: &a\n  <<: *a\n", "recursive-alias", 2, 7, id="a mapping merged into itself"),
        pytest.param(b"# c\n%YAML 1.1\n---\na: 1\n", "yaml-directive", 2, 1, id="version directive"),
        pytest.param(b"a: 1\n---\n%FOO\n---\nb: 1\n", "yaml-directive", 3, 1, id="unknown directive"),
        pytest.param(b"a: 1\n---  b: 2\n", "bad-separator", 2, 1, id="text after a separator"),
        pytest.param(b"a: 1\n----\nb: 2\n", "bad-separator", 2, 1, id="four dashes"),
        pytest.param(b"a: 1\n...\nb: 2\n", "ignored-document", 3, 1, id="text after the end"),
        pytest.param(
            b"a: 1\nb:\n  c: d\r\r'\r\rss\n",
            "unclosed",
            5,
            1,
            id="a quote opened after lone carriage returns",
        ),
        pytest.param(
            b"a: 1\r---\rb: 2\r", "ignored-document", 2, 1, id="a separator that kubectl does not see"
        ),
        pytest.param(b"a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1, id="duplicate key"),
        pytest.param(
            b"a: {x: &k on, true: 1, *k : 2}\n", "duplicate-key", 1, 24, id="duplicate through an alias"
        ),
        pytest.param(b"a:\n  ~: 1\n", "bad-key", 2, 3, id="null key"),
        pytest.param(b"? [a]\n: b\n", "bad-key", 1, 3, id="list as a key"),
        pytest.param(b"a: {18446744073709551615: 1}\n", "bad-key", 1, 5, id="integer key beyond 64 bits"),
        pytest.param(b"a: &l [1]\n*l : 1\n", "bad-key", 2, 1, id="alias of a list as a key"),
        pytest.param(b"a: &l ~\n*l : 1\n", "bad-key", 2, 1, id="alias of null as a key"),
        pytest.param(b"<<: 1\n", "bad-merge", 1, 5, id="merge of a scalar"),
        pytest.param(b"a: &l [{}]\nb: {<<: *l}\n", "bad-merge", 2, 9, id="merge of an alias of a list"),
        pytest.param(b"a: .nan\n", "not-a-json-number", 1, 4, id="not a number"),
        pytest.param(b"a: [-.inf]\n", "not-a-json-number", 1, 5, id="infinite"),
        pytest.param(b"a: !!int x\n", "tag-mismatch", 1, 4, id="tag"),
        pytest.param(b"a: !!binary /w==\n", "tag-mismatch", 1, 4, id="binary that is no text"),
        pytest.param(b"a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n", "helm-template", 2, 1, id="control line"),
        pytest.param(b"{{- if .x }}\nb: 2\n{{- end }}\n", "helm-template", 1, 1, id="first line"),
        pytest.param(b'a: 1\n---\n{{ include "x" . }}\n', "helm-template", 3, 1, id="include"),
        pytest.param(b"a: 1\nb: {{ .Values.b }}\n", "helm-template", 2, 4, id="value"),
        pytest.param(b"a: 1\nb: {{ .Values.b }}-c\nd: 1\n", "helm-template", 2, 4, id="value with more"),
        pytest.param(b"a: 1\nb:\n  {{- toYaml . | nindent 2 }}\n", "helm-template", 3, 3, id="block"),
        pytest.param(SOPS, "sops-encrypted", 2, 1, id="SOPS"),
        pytest.param(b'{"a": 1,\n "b" 2}', "json-syntax", 2, 6, id="JSON"),
        pytest.param(b'{"a": 1}\n x', "json-syntax", 2, 2, id="text after JSON"),
        pytest.param(
            b'{"a": 1,\n "b": {"a": 1, "a": 2}}', "duplicate-key", 2, 16, id="duplicate key in JSON"
        ),
        pytest.param(b'{"a": "NaN",\n "b": NaN}', "not-a-json-number", 2, 7, id="NaN in JSON"),
        pytest.param(b'{"a": [1, -Infinity]}', "not-a-json-number", 1, 11, id="infinity in JSON"),
        pytest.param(b'{"a": 1e999}', "not-a-json-number", 1, 7, id="too large for JSON"),
        pytest.param(b'{"a": "\\ud800"}', "bad-escape", 1, 7, id="half a character"),
        pytest.param(b'{"a": "x\ny"}', "json-syntax", 1, 9, id="line break in a string"),
        pytest.param(b"a: " + b"[" * 257 + b"]" * 257, "too-deep", 1, 259, id="deep YAML"),
        pytest.param(b'{"a": ' + b"[" * 256 + b"]" * 256 + b"}", "too-deep", 1, 262, id="deep JSON"),
        pytest.param(b"- " * 300 + b"a", "too-deep", 1, 513, id="deep list"),
    ],
)
def test_one_diagnostic(content: bytes, code: str, line: int, column: int) -> None:
    documents, diagnostics = decode(content, "f.yaml")

    assert [(fault.code, fault.span.line, fault.span.column) for fault in diagnostics] == [
        (code, line, column)
    ]
    assert diagnostics[0].severity is Severity.ERROR
    assert diagnostics[0].help
    message = diagnostics[0].message
    assert message[0].islower()
    assert not message.endswith(".")
    assert message.isprintable()
    assert all(document.span().line < line for document in documents)


def test_every_duplicate_key_of_a_file_is_reported() -> None:
    content = b"a: 1\na: 2\nb: {c: 1, c: 2, c: 3}\n---\nd: 1\n---\non: 1\ny: 2\n"
    documents, diagnostics = decode(content, "f.yaml")

    assert [str(fault.span) for fault in diagnostics] == [
        "f.yaml:2:1",
        "f.yaml:3:11",
        "f.yaml:3:17",
        "f.yaml:8:1",
    ]
    assert "line 3, column 5" in diagnostics[2].message
    assert [document.data for document in documents] == [{"d": 1}]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xef\xbb\xbf\n", id="byte order mark"),
        pytest.param(b"# c\n---\n# d\n", id="comments"),
        pytest.param(b"---\n~\n---\nnull\n", id="null"),
        pytest.param(b" \n\n---\n---", id="separators"),
    ],
)
def test_empty_content_is_no_fault(content: bytes) -> None:
    assert decode(content, "f.yaml") == ([], [])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a: '{{ .x }}'\nb: \"{{ .y }}\" # {{ z }}\n", id="quoted"),
        pytest.param(b"a: |\n  {{ if }}\n", id="block scalar"),
        pytest.param(b"sops: {version: 3}\n", id="a key named sops"),
        pytest.param(b"a: " + b"[" * 255 + b"]" * 255, id="256 levels"),
        pytest.param(b'{"a": ' + b"[" * 255 + b"]" * 255 + b"}", id="256 levels of JSON"),
        pytest.param(b"a: &a {b: 1}\nc: {<<: *a, b: 2}\n", id="a key after a merge"),
    ],
)
def test_no_false_alarm(content: bytes) -> None:
    documents, diagnostics = decode(content, "f.yaml")

    assert len(documents) == 1
    assert not diagnostics


def test_a_template_elsewhere_does_not_hide_a_mistake() -> None:
    _, diagnostics = decode(b"a: |\n  {{ x }}\nb: 1\nc:\n  d: 1\n e: 2\n", "f.yaml")

    assert [fault.code for fault in diagnostics] == ["yaml-syntax"]


def test_a_merge_that_overwrites_is_followed_and_told() -> None:
    documents, diagnostics = decode(b"a: 2\n<<: {a: 1}\n", "f.yaml")

    assert documents[0].data == {"a": 1}
    assert [(fault.code, fault.severity, str(fault.span)) for fault in diagnostics] == [
        ("merge-overwrites", Severity.WARNING, "f.yaml:2:1")
    ]


def test_documents_before_a_fault_are_returned() -> None:
    documents, diagnostics = decode(b"a: 1\n---\nb: [\n---\nc: 1\n", "f.yaml")

    assert [document.data for document in documents] == [{"a": 1}]
    assert len(diagnostics) == 1


@settings(max_examples=150)
@given(st.binary(max_size=40) | st.text("ab1:-[]{},&*!|>'\"%@`#? \n\t\r{}<", max_size=30).map(str.encode))
def test_decode_never_raises(content: bytes) -> None:
    documents, diagnostics = decode(content, "f")

    assert all(fault.span.line >= 1 and fault.span.column >= 1 for fault in diagnostics)
    assert all(document.span(("a", 0)).line >= 1 for document in documents)
