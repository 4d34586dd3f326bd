"""Which texts may be labels, namespaces and port names."""

import pytest

from verifier.semantics.names import is_dns_label, is_label_key, is_label_value, is_port_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app", True),
        ("A.b_c-9", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("a\n", False),
        ("é", False),
        ("kubernetes.io/metadata.name", True),
        ("a/b/c", False),
        ("/b", False),
        ("a/", False),
        ("A/b", False),
        ("a..b/c", False),
        (f"{'a' * 253}/b", True),
        (f"{'a' * 254}/b", False),
    ],
)
def test_label_keys(text: str, expected: bool) -> None:
    assert is_label_key(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("a", True),
        ("a" * 63, True),
        ("a" * 64, False),
        ("a b", False),
        ("a/b", False),
        ("_a", False),
    ],
)
def test_label_values(text: str, expected: bool) -> None:
    assert is_label_value(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", True),
        ("a" * 63, True),
        ("9", True),
        ("a-b", True),
        ("", False),
        ("A", False),
        ("a.b", False),
        ("a" * 64, False),
    ],
)
def test_dns_labels(text: str, expected: bool) -> None:
    assert is_dns_label(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http", True),
        ("a", True),
        ("8a", True),
        ("80", False),
        ("a--b", False),
        ("-a", False),
        ("a-", False),
        ("a" * 15, True),
        ("a" * 16, False),
        ("HTTP", False),
        ("", False),
    ],
)
def test_port_names(text: str, expected: bool) -> None:
    assert is_port_name(text) is expected
