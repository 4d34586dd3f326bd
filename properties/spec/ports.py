"""How a property writes ports: `5000`, `5000/TCP`, `8000-8999/TCP`, `metrics`, `any`, `any/UDP`."""

from __future__ import annotations

import re
from typing import Any

from pydantic_core import PydanticCustomError

from verifier.diagnostics import one_line
from verifier.flow import MAX_PORT, MIN_PORT, Protocol
from verifier.manifest.names import port_name_faults
from verifier.properties.spec.scope import NamedPort, PortRange

ANY = "any"
_RANGE = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", re.ASCII)


def parse_port(value: Any) -> PortRange | NamedPort:
    """Return the port that `value`, a number or a string, stands for; TCP where it names no protocol.

    Raises:
        PydanticCustomError: it is no port.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _invalid("expected a port such as `443`, `53/UDP`, `8000-8999`, `metrics` or `any`")
    port, slash, protocol_name = str(value).partition("/")
    if slash and protocol_name not in Protocol.__members__:
        raise _invalid(f"unsupported protocol `{one_line(protocol_name)}`: expected `TCP`, `UDP` or `SCTP`")
    protocol = Protocol(protocol_name) if slash else None
    if port == ANY:
        return PortRange(protocol)
    digits = _RANGE.fullmatch(port)
    if digits is None:
        return _named(port, protocol)
    low = int(digits[1])
    high = int(digits[2]) if digits[2] else low
    if not MIN_PORT <= low <= high <= MAX_PORT:
        raise _invalid(f"`{one_line(port)}` is no port or range of ports from {MIN_PORT} to {MAX_PORT}")
    return PortRange(protocol or Protocol.TCP, low, high)


def _named(name: str, protocol: Protocol | None) -> NamedPort:
    for fault in port_name_faults(name):
        raise _invalid(f"`{one_line(name)}` is neither a number nor the name of a port: it {fault}")
    return NamedPort(name, protocol or Protocol.TCP)


def _invalid(message: str) -> PydanticCustomError:
    return PydanticCustomError("invalid-port", message)
