"""Names as the API server checks them: DNS-1123 names, IANA service names, label keys and values.

Each function returns what is wrong with a text, in words that follow the text; nothing is wrong if it returns
`()`.
"""

from __future__ import annotations

import re
from functools import lru_cache

LABEL_MAX_LENGTH = 63
SUBDOMAIN_MAX_LENGTH = 253
PORT_NAME_MAX_LENGTH = 15
_CACHED_TEXTS = 16384

_DNS_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL_PATTERN = re.compile(_DNS_LABEL)
_SUBDOMAIN_PATTERN = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_QUALIFIED_PATTERN = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PORT_NAME_PATTERN = re.compile(r"[-a-z0-9]+")

_QUALIFIED = (
    "must consist of letters, digits, `-`, `_` or `.`, and must start and end with a letter or digit"
    " (such as `MyName` or `my.name`)"
)


@lru_cache(maxsize=_CACHED_TEXTS)
def dns_label_faults(text: str) -> tuple[str, ...]:
    """Return what keeps `text` from being a DNS-1123 label: the name of a namespace."""
    found = _length_faults(text, LABEL_MAX_LENGTH)
    if _DNS_LABEL_PATTERN.fullmatch(text):
        return found
    if _SUBDOMAIN_PATTERN.fullmatch(text):
        return (*found, "must not contain dots")
    return (
        *found,
        "must consist of lower case letters, digits or `-`, and must start and end with a letter or digit",
    )


@lru_cache(maxsize=_CACHED_TEXTS)
def dns_subdomain_faults(text: str) -> tuple[str, ...]:
    """Return what keeps `text` from being a DNS-1123 subdomain: the name of most objects (V-13)."""
    found = _length_faults(text, SUBDOMAIN_MAX_LENGTH)
    if _SUBDOMAIN_PATTERN.fullmatch(text):
        return found
    return (
        *found,
        "must consist of lower case letters, digits, `-` or `.`, and must start and end with a letter or"
        " digit",
    )


@lru_cache(maxsize=_CACHED_TEXTS)
def port_name_faults(text: str) -> tuple[str, ...]:
    """Return what keeps `text` from being an IANA service name in lower case: the name of a port (V-5)."""
    found = _length_faults(text, PORT_NAME_MAX_LENGTH)
    if not _PORT_NAME_PATTERN.fullmatch(text):
        found = (*found, "must contain only lower case letters, digits and hyphens")
    if not any("a" <= letter <= "z" for letter in text):
        found = (*found, "must contain at least one letter (a-z)")
    if "--" in text:
        found = (*found, "must not contain consecutive hyphens")
    if text.startswith("-") or text.endswith("-"):
        found = (*found, "must not begin or end with a hyphen")
    return found


@lru_cache(maxsize=_CACHED_TEXTS)
def label_key_faults(text: str) -> tuple[str, ...]:
    """Return what keeps `text` from being a label key: a name, perhaps after a DNS subdomain and `/`."""
    *prefixes, name = text.split("/")
    if len(prefixes) > 1:
        return ("must be a name with at most one prefix (such as `example.com/name`)",)
    found: tuple[str, ...] = ()
    for prefix in prefixes:
        problems = dns_subdomain_faults(prefix) if prefix else ("must be non-empty",)
        found = (*found, *(f"prefix part {problem}" for problem in problems))
    if not name:
        return (*found, "name part must be non-empty")
    problems = _length_faults(name, LABEL_MAX_LENGTH)
    if not _QUALIFIED_PATTERN.fullmatch(name):
        problems = (*problems, _QUALIFIED)
    return (*found, *(f"name part {problem}" for problem in problems))


@lru_cache(maxsize=_CACHED_TEXTS)
def label_value_faults(text: str) -> tuple[str, ...]:
    """Return what keeps `text` from being a label value; the empty text is one (V-11)."""
    found = _length_faults(text, LABEL_MAX_LENGTH)
    if text and not _QUALIFIED_PATTERN.fullmatch(text):
        found = (*found, _QUALIFIED)
    return found


def _length_faults(text: str, limit: int) -> tuple[str, ...]:
    return (f"must be no more than {limit} bytes",) if len(text.encode("utf-8", "replace")) > limit else ()
