"""`verify lint`: what is wrong with policies, told from manifests alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

from verifier.analyses.lint.finding import Finding, Level, Place
from verifier.analyses.lint.registry import RULES, findings
from verifier.analyses.lint.scene import Scene
from verifier.analyses.lint.waived import EXPIRED_WAIVER, UNUSED_WAIVER
from verifier.cache import Store
from verifier.cluster import Cluster
from verifier.diagnostics import Diagnostic, InputError, Span
from verifier.exit_code import ExitCode
from verifier.loading import Settings, load_cluster
from verifier.manifest.names import dns_label_faults
from verifier.manifest.spelling import did_you_mean
from verifier.source import gather
from verifier.waivers import Waiver, load_waivers

DEFAULT_TIMEOUT_SECONDS = 30.0
_IDS = tuple(rule.id for rule in RULES)
_ABOUT_WAIVERS = (EXPIRED_WAIVER.id, UNUSED_WAIVER.id)
_SAID_BY_FINDINGS = frozenset({"non-canonical-cidr"})  # diagnostics that a rule of the lint says better


@dataclass(frozen=True, slots=True)
class Choice:
    """What to look for, and how much of it to tell.

    Args:
        select: ids of the rules to look for; empty means all but those on request.
        ignore: ids to leave out.
        level: findings less severe than that are counted only.
        fail_on: the least severe level at which a finding fails the run; None: no finding does.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: Level = Level.WARNING
    fail_on: Level | None = Level.ERROR

    @property
    def wanted(self) -> frozenset[str]:
        """The ids of the rules to look for."""
        chosen = self.select or [rule.id for rule in RULES if not rule.on_request]
        return frozenset(chosen) - frozenset(self.ignore)

    def shows(self, finding: Finding) -> bool:
        """Return whether a finding is told: what was selected by name always is."""
        return finding.rule.level.rank <= self.level.rank or finding.id in self.select


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place in the text, and that of each evidence (None: nowhere in particular)."""

    finding: Finding
    span: Span
    evidence: tuple[Span | None, ...] = ()
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class LintReport:
    """A whole run.

    `findings` are those told, in reading order; `counts` all that were found and not waived, by level;
    `undecided` what the solver could not settle, in words.
    """

    cluster: Cluster
    files: int
    findings: tuple[Located, ...]
    waived: tuple[Located, ...]
    counts: Mapping[Level, int]
    undecided: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]
    choice: Choice

    @property
    def exit_code(self) -> ExitCode:
        """1 for a finding at or above `fail_on`, or a waiver at fault; then 3 for what is undecided."""
        threshold = self.choice.fail_on
        if threshold is not None and any(
            self.counts[level] for level in Level if level.rank <= threshold.rank
        ):
            return ExitCode.FAILED
        if any(located.finding.id in _ABOUT_WAIVERS for located in self.findings):
            return ExitCode.FAILED
        return ExitCode.INCONCLUSIVE if self.undecided else ExitCode.HELD


def lint(
    *sources: str,
    choice: Choice | None = None,
    namespace: str = "default",
    waivers: Sequence[str] = (),
    today: date | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    stdin: BinaryIO | None = None,
    cache: Store | None = None,
) -> LintReport:
    """Return what is wrong with the policies that files, folders, globs or `-` hold.

    Args:
        sources: manifests; the working directory if there are none.
        choice: what to look for.
        namespace: where objects are that state none.
        waivers: waiver files.
        today: the day on which a waiver has expired or not; by default today, in UTC.
        timeout_seconds: for all questions to the solver together.
        cache: where what was read is kept, and taken from; None: nowhere.

    Raises:
        InputError: with every fault of every file.
    """
    choice = choice or Choice()
    _check_ids((*choice.select, *choice.ignore))
    accepted = load_waivers(waivers, _IDS) if waivers else []
    cluster, files = _load(sources or (".",), namespace, stdin, cache)
    scene = Scene(cluster, timeout_seconds)
    found = findings(scene, choice.wanted)
    now = today or datetime.now(UTC).date()
    kept, waived, about = _waive(found, accepted, choice.wanted, now)
    located = [_located(finding, cluster) for finding in kept if choice.shows(finding)]
    return LintReport(
        cluster=cluster,
        files=files,
        findings=tuple(sorted([*located, *about], key=_order)),
        waived=tuple(sorted((replace(_located(f, cluster), waiver=w) for f, w in waived), key=_order)),
        counts=_counts([*kept, *(each.finding for each in about)]),
        undecided=tuple(scene.undecided),
        warnings=tuple(w for w in cluster.warnings if w.code not in _SAID_BY_FINDINGS),
        choice=choice,
    )


def _load(
    sources: Sequence[str], namespace: str, stdin: BinaryIO | None, cache: Store | None
) -> tuple[Cluster, int]:
    for fault in dns_label_faults(namespace):
        message = f"invalid name `{namespace}`: {fault}"
        raise InputError([Diagnostic("invalid-name", Span("--namespace"), message)])
    contents = gather(sources, Path(), stdin)
    return load_cluster(contents, Settings(namespace), cache), len(contents.files)


def _check_ids(ids: Iterable[str]) -> None:
    faults = []
    for each in ids:
        if each not in _IDS:
            guess = did_you_mean(each, _IDS)
            advice = f"did you mean `{guess}`?" if guess else "`verify rule` lists the rules"
            faults.append(Diagnostic("unknown-rule", Span("--select"), f"no rule is called `{each}`", advice))
    if faults:
        raise InputError(faults)


def _waive(
    found: Iterable[Finding], waivers: Sequence[Waiver], wanted: Collection[str], today: date
) -> tuple[list[Finding], list[tuple[Finding, Waiver]], list[Located]]:
    """Return what counts, what is waived, and the findings about the waivers themselves."""
    kept, waived = [], []
    needed: set[int] = set()
    for finding in found:
        meant = [w for w in waivers if w.meets(finding.id, finding.object, finding.part)]
        needed.update(id(waiver) for waiver in meant)
        good = next((waiver for waiver in meant if waiver.expires >= today), None)
        if good is None:
            kept.append(finding)
        else:
            waived.append((finding, good))
    about = []
    for waiver in waivers:
        if id(waiver) not in needed:
            rule, message = UNUSED_WAIVER, f"no finding `{waiver.id}` about `{waiver.object}`"
        elif waiver.expires < today:
            rule, message = EXPIRED_WAIVER, f"expired on {waiver.expires}: {waiver.reason}"
        else:
            continue
        if waiver.id in wanted:
            finding = Finding(rule, waiver.object, Place(waiver.object), message, waiver.id, (), rule.fix)
            about.append(Located(finding, waiver.span))
    return kept, waived, about


def _located(finding: Finding, cluster: Cluster) -> Located:
    places = (each.place for each in finding.evidence)
    evidence = tuple(None if place is None else _span(place, cluster) for place in places)
    return Located(finding, _span(finding.place, cluster), evidence)


def _span(place: Place, cluster: Cluster) -> Span:
    origins = cluster.origins if isinstance(place.owner, str) else cluster.workload_origins
    return origins[place.owner].span(*place.route, key=place.at_key)  # type: ignore[index]


def _counts(found: Iterable[Finding]) -> dict[Level, int]:
    counts = Counter(finding.rule.level for finding in found)
    return {level: counts[level] for level in Level}


def _order(located: Located) -> tuple[object, ...]:
    return (located.span.file, located.span.line, located.span.column, located.finding.id)
