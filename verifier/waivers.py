"""The waiver file, `kind: WaiverSet`: findings that somebody has looked at and accepted, until a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PlainValidator, ValidationError
from pydantic_core import PydanticCustomError

from verifier.diagnostics import Diagnostic, InputError, Span, one_line
from verifier.manifest.base import Fault, KubernetesObject, Many
from verifier.manifest.faults import faults_of
from verifier.manifest.spelling import did_you_mean
from verifier.source import Document, read

KIND = "WaiverSet"


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        message = f"expected a date such as `2027-06-30`, found `{one_line(str(value))}`"
        raise PydanticCustomError("invalid-date", message) from None


def _said(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("required", "required value: say why this is accepted")
    return text


class WaiverFields(KubernetesObject):
    """One waiver: which rule, about which object, why, and until when."""

    id: str
    object: str
    part: str | None = None
    reason: Annotated[str, AfterValidator(_said)]
    expires: Annotated[date, PlainValidator(_date)]


class WaiverSpec(KubernetesObject):
    """`spec` of a waiver set."""

    waivers: Many[WaiverFields]


class WaiverMetadata(KubernetesObject):
    """Who the set is."""

    name: str | None = None


class WaiverSetFile(KubernetesObject):
    """A whole waiver file."""

    api_version: Literal["netqed.dev/v1"]
    kind: Literal["WaiverSet"]
    metadata: Annotated[WaiverMetadata, Field()] = WaiverMetadata()
    spec: WaiverSpec


@dataclass(frozen=True, slots=True)
class Waiver:
    """One waiver, with its place in the file."""

    id: str
    object: str
    part: str | None
    reason: str
    expires: date
    span: Span

    def meets(self, finding_id: str, owner: str, part: str) -> bool:
        """Return whether a finding is meant; `object` and `part` may be glob patterns."""
        return (
            self.id == finding_id
            and fnmatchcase(owner, self.object)
            and (self.part is None or self.part == part or fnmatchcase(part, self.part))
        )


def load_waivers(files: Sequence[str], known: Sequence[str]) -> list[Waiver]:
    """Return the waivers of all files.

    Args:
        known: the ids of all rules; any other is an error.

    Raises:
        InputError: with every fault of every file.
    """
    found = read(files, Path())
    faults = list(found.diagnostics)
    waivers: list[Waiver] = []
    for document in found.documents:
        try:
            waivers += _of(document, known, faults)
        except ValidationError as error:
            faults += [_diagnostic(document, fault) for fault in faults_of(error)]
    if faults:
        raise InputError(faults)
    return waivers


def _of(document: Document, known: Sequence[str], faults: list[Diagnostic]) -> list[Waiver]:
    data = document.data
    if isinstance(data, Mapping) and data.get("kind") != KIND:
        message = f"this is no waiver file: its kind is not `{KIND}`"
        advice = f"a waiver file begins with `apiVersion: netqed.dev/v1` and `kind: {KIND}`"
        faults.append(_diagnostic(document, Fault("not-a-waiver-file", message, ("kind",), advice)))
        return []
    file = WaiverSetFile.model_validate(data)
    waivers = []
    for index, fields in enumerate(file.spec.waivers):
        route = ("spec", "waivers", index)
        if fields.id not in known:
            guess = did_you_mean(fields.id, known)
            advice = f"did you mean `{guess}`?" if guess else "`verify rule` lists the rules"
            fault = Fault(
                "unknown-rule", f"no rule is called `{one_line(fields.id)}`", (*route, "id"), advice
            )
            faults.append(_diagnostic(document, fault))
        waivers.append(
            Waiver(
                fields.id,
                fields.object,
                fields.part,
                fields.reason,
                fields.expires,
                document.span(route),
            )
        )
    return waivers


def _diagnostic(document: Document, fault: Fault) -> Diagnostic:
    return fault.at(document.span(fault.route, key=fault.at_key))
