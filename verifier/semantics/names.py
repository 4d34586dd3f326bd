"""Which texts the API server accepts as label keys and values, namespace names, port names (V-5, V-11)."""

from __future__ import annotations

import re

LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
PORT_NAME_LENGTH = 15

_QUALIFIED_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_PORT_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def is_label_key(text: str) -> bool:
    """Return whether `text` may be the key of a label: a name, perhaps after a DNS subdomain and a slash."""
    prefix, slash, name = text.rpartition("/")
    if slash and not _is_dns_subdomain(prefix):
        return False
    return len(name) <= LABEL_LENGTH and _QUALIFIED_NAME.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Return whether `text` may be the value of a label; the empty text may."""
    return text == "" or (len(text) <= LABEL_LENGTH and _QUALIFIED_NAME.fullmatch(text) is not None)


def is_dns_label(text: str) -> bool:
    """Return whether `text` may be the name of a namespace (RFC 1123)."""
    return len(text) <= LABEL_LENGTH and _DNS_LABEL.fullmatch(text) is not None


def is_port_name(text: str) -> bool:
    """Return whether `text` may be the name of a port (an IANA service name)."""
    has_letter = any(character.isalpha() for character in text)
    return has_letter and len(text) <= PORT_NAME_LENGTH and _PORT_NAME.fullmatch(text) is not None


def _is_dns_subdomain(text: str) -> bool:
    # Only the whole is limited in length, not its parts.
    return len(text) <= SUBDOMAIN_LENGTH and all(
        _DNS_LABEL.fullmatch(part) is not None for part in text.split(".")
    )
