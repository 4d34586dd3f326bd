"""What a YAML scalar means: YAML 1.1 as kubectl reads it, then squeezed into what JSON can hold."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from datetime import date
from decimal import Decimal
from typing import Final

Scalar = str | int | float | bool | None

MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**63 - 1
MAX_UNSIGNED: Final = 2**64 - 1

_MOST_TEXTS: Final = 100_000  # kept in mind; then the memory begins anew

_JSON_EXPONENT: Final = 1e21  # from here on JSON is written with an exponent, and read back as a float

TAG_PREFIX: Final = "tag:yaml.org,2002:"


class ScalarError(ValueError):
    """A scalar that no JSON value or key can stand for; `code` is the diagnostic's."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.code = code
        self.hint = hint
        super().__init__(message)


class MergeKey:
    """Stands for the key `<<`, which is an order and no name."""


MERGE: Final = MergeKey()

_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}

_NUMBER_STARTS: Final = frozenset("+-0123456789")
_LEADING_DOT: Final = re.compile(r"\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[oO](?P<octal>[0-7]+)|0[bB](?P<binary>[01]+)"
    r"|0(?P<old_octal>[0-7]*)|(?P<decimal>[1-9][0-9]{0,19}))"
)
_BASES: Final = {"hex": 16, "octal": 8, "binary": 2, "old_octal": 8, "decimal": 10}
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?)?"
)


def resolve(text: str) -> Scalar:
    """Return the value of an unquoted, untagged scalar: an integer below 2^64, float, boolean, null or text.

    A number too large for either kind stays text.
    """
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in _NUMBER_STARTS:
        return _number(text)
    if first == "." and _LEADING_DOT.fullmatch(text):
        return _finite(text.replace("_", ""), text)
    return text


def resolve_tagged(tag: str, text: str) -> Scalar:
    """Return the value of a scalar with the explicit tag `tag` (in full: `tag:yaml.org,2002:int`).

    Tags that YAML does not define leave the text as it is.

    Raises:
        ScalarError: the text is no value of that tag.
    """
    name = tag.removeprefix(TAG_PREFIX) if tag.startswith(TAG_PREFIX) else ""
    if name == "binary":
        return _binary(text)
    if name not in ("bool", "int", "float", "null", "timestamp"):
        return text
    if name == "timestamp":
        value: Scalar = text
        fits = _is_timestamp(text)
    else:
        value = resolve(text)
        if name == "float" and type(value) is int and MIN_INT <= value <= MAX_INT:
            value = float(value)
        fits = type(value).__name__ == {"null": "NoneType"}.get(name, name)
    if not fits:
        raise ScalarError(
            "tag-mismatch",
            f"found text that is no `!!{name}`",
            "drop the tag, or write a value that it allows",
        )
    return value


def as_value(value: Scalar) -> Scalar:
    """Return `value` as it stands after a way through JSON: integral numbers within 64 bits are integers.

    Raises:
        ScalarError: not a number, or infinite.
    """
    if type(value) is float and not math.isfinite(value):
        raise ScalarError(
            "not-a-json-number",
            "found a number that is infinite or none at all, which no Kubernetes object can hold",
            "quote it if it is meant as text",
        )
    return as_number(value) if type(value) is float or type(value) is int else value


def as_number(value: float) -> int | float:
    """Return a finite `value` as kubectl keeps it: an integer where it is one of 64 bits, or else a float.

    A float goes by its shortest decimal digits, as JSON writes them, which is not always its exact value.
    """
    if isinstance(value, float):
        whole = int(Decimal(repr(value))) if value.is_integer() and abs(value) < _JSON_EXPONENT else None
        return value if whole is None or not MIN_INT <= whole <= MAX_INT else whole
    return value if MIN_INT <= value <= MAX_INT else float(value)


def as_key(value: Scalar) -> str:
    """Return the key that `value` becomes in JSON: `true` for `on`, `8` for `010`, `1e+06` for `1e6`.

    Raises:
        ScalarError: null, or an integer beyond 64 bits.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _single_precision(value)
    if value is None or not MIN_INT <= value <= MAX_INT:
        what = "an empty or null key" if value is None else "a key that is an integer beyond 64 bits"
        raise ScalarError("bad-key", f"found {what}, expected text", "write the key in quotes")
    return str(value)


class PlainValues(dict[str, Scalar]):
    """What each unquoted text means as a value, worked out once as long as there are not too many."""

    def __missing__(self, text: str) -> Scalar:
        if len(self) == _MOST_TEXTS:
            self.clear()
        value = self[text] = as_value(resolve(text))
        return value


class PlainKeys(dict[str, str | MergeKey]):
    """What each unquoted text means as a key, worked out once likewise; equal keys share one string."""

    def __missing__(self, text: str) -> str | MergeKey:
        if len(self) == _MOST_TEXTS:
            self.clear()
        key = self[text] = MERGE if text == "<<" else as_key(resolve(text))
        return key


def _number(text: str) -> Scalar:
    digits = text.replace("_", "")
    found = _INTEGER.fullmatch(digits)
    if found is not None:
        group = found.lastgroup or "decimal"
        magnitude = int(found[group] or "0", _BASES[group])
        value = -magnitude if found["sign"] == "-" else magnitude
        if MIN_INT <= value <= (MAX_INT if found["sign"] else MAX_UNSIGNED):
            return value
    return _finite(digits, text) if _FLOAT.fullmatch(digits) else text


def _finite(digits: str, text: str) -> Scalar:
    value = float(digits)
    return value if math.isfinite(value) else text


def _binary(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
        return data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise ScalarError(
            "tag-mismatch",
            "found a `!!binary` that is no base64 of UTF-8 text",
            "drop the tag, and write the text itself",
        ) from None


def _is_timestamp(text: str) -> bool:
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def _single_precision(value: float) -> str:
    # A float key is printed with the fewest digits that give the same 32-bit float back.
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf"
    try:
        target = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return "-.inf" if value < 0 else ".inf"
    for precision in range(9):
        shortest = f"{target:.{precision}e}"
        if struct.unpack("<f", struct.pack("<f", float(shortest)))[0] == target:
            break
    mantissa, _, exponent = shortest.partition("e")
    power = int(exponent)
    if not -4 <= power < 6:
        return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return f"{float(shortest):.{max(0, len(mantissa.lstrip('-').replace('.', '')) - 1 - power)}f}"
