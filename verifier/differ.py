"""`verify diff`: what a change of manifests gains and loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from verifier.analyses.workload_changes import WorkloadChanges, workload_changes
from verifier.cache import Store
from verifier.cluster import Cluster, UnmodelledPolicy
from verifier.deadline import DEFAULT_MEGABYTES, Deadline
from verifier.diagnostics import Diagnostic, InputError, Span
from verifier.difference import Block, Change, Found, Version
from verifier.exit_code import ExitCode
from verifier.flow import Pod
from verifier.loading import Settings, load_cluster
from verifier.manifest.names import dns_label_faults
from verifier.readings import DEFAULT_PROFILE, Profile, profile_choices
from verifier.solver.differences import Limits
from verifier.solver.watch import Memory
from verifier.source import YamlReader, gather_version
from verifier.versions import Versions, left_unmodelled

__all__ = ["DiffReport", "FailOn", "Limits", "Section", "Side", "Topic", "diff", "load_side"]

DEFAULT_TIMEOUT_SECONDS = 60.0


class FailOn(StrEnum):
    """Which change fails a run."""

    GAINED = "gained"
    LOST = "lost"
    ANY = "any"
    NONE = "none"

    def counts(self, change: Change) -> bool:
        """Return whether it does."""
        return self is FailOn.ANY or self.value == change.value


class Topic(StrEnum):
    """What is compared: policies over the pods of one version, workloads, or all of it together."""

    POLICIES_OVER_NEW = "policies over new"
    POLICIES_OVER_OLD = "policies over old"
    WORKLOADS = "workloads"
    AS_DEPLOYED = "as deployed"


@dataclass(frozen=True, slots=True)
class Side:
    """One version: as it was named, and what was read there; no files where it was read already."""

    source: str
    cluster: Cluster
    files: int


@dataclass(frozen=True, slots=True)
class Section:
    """What was found on one topic; `repeated` counts blocks that an earlier section tells already."""

    topic: Topic
    found: Mapping[Change, Found]
    repeated: Mapping[Change, int]


@dataclass(frozen=True, slots=True)
class DiffReport:
    """A whole run.

    `equal`: both sets of policies have one normal form, so that nobody need be asked. `unsettled` says in
    words what keeps "nothing gained" from being proved: policies of kinds that are not modelled, changes of
    workloads that are not followed.
    """

    sides: Mapping[Version, Side]
    profile: Profile
    fail_on: FailOn
    equal: bool
    sections: tuple[Section, ...]
    workloads: WorkloadChanges
    unsettled: tuple[str, ...]
    warnings: tuple[Diagnostic, ...]

    def blocks(self, change: Change) -> list[Block]:
        """Return all blocks of one change that count: what comes of all changes together repeats others."""
        counting = [section for section in self.sections if section.topic is not Topic.AS_DEPLOYED]
        return [block for section in counting for block in section.found[change].blocks]

    def nothing(self, change: Change) -> bool:
        """Return whether it is proved that no flow is gained, or lost: for any pod, under every reading."""
        counting = [section for section in self.sections if section.topic is not Topic.AS_DEPLOYED]
        return not self.unsettled and all(section.found[change].nothing for section in counting)

    def surely(self, block: Block) -> bool:
        """Return whether what is not modelled cannot undo a block."""
        touched = {policy.namespace for policy in self.unmodelled}
        ends = (block.witness.flow.source, block.witness.flow.destination)
        names = {end.namespace.name for end in ends if isinstance(end, Pod)}
        return None not in touched and names.isdisjoint(touched)

    @property
    def unmodelled(self) -> tuple[UnmodelledPolicy, ...]:
        """The policies of both versions that are not modelled."""
        return tuple(policy for side in self.sides.values() for policy in side.cluster.unmodelled)

    @property
    def exit_code(self) -> ExitCode:
        """1 where there is what the run is to fail on, 3 where nobody knows."""
        asked = [change for change in Change if self.fail_on.counts(change)]
        if any(self.surely(block) for change in asked for block in self.blocks(change)):
            return ExitCode.FAILED
        proved = all(self.nothing(change) for change in asked)
        return ExitCode.HELD if proved else ExitCode.INCONCLUSIVE


def diff(
    old: str | Cluster,
    new: str | Cluster,
    *,
    namespace: str = "default",
    profile: Profile = DEFAULT_PROFILE,
    fail_on: FailOn = FailOn.GAINED,
    limits: Limits | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    memory_megabytes: float = DEFAULT_MEGABYTES,
    stdin: BinaryIO | None = None,
    cache: Store | None = None,
) -> DiffReport:
    """Return what `new` gains and loses against `old`.

    Args:
        old: a file, folder or glob, `git:REV:PATH`, `-`, or what was read before; `new` likewise.
        namespace: where objects are that state none.
        profile: whose readings of the specification count first.
        fail_on: what fails the run.
        limits: how many blocks of flows are looked for.
        timeout_seconds: for all questions to the solver together.
        memory_megabytes: what deciding may use, besides what the input takes.
        cache: where what was read is kept, and taken from; None: nowhere.

    Raises:
        InputError: with every fault of both versions.
        InternalError: the two readings disagree.
    """
    for fault in dns_label_faults(namespace):
        message = f"invalid name `{namespace}`: {fault}"
        raise InputError([Diagnostic("invalid-name", Span("--namespace"), message)])
    before, after = _sides(old, new, namespace, stdin, cache)
    versions = Versions(
        before.cluster,
        after.cluster,
        profile_choices(profile),
        Deadline(timeout_seconds),
        Memory(memory_megabytes),
        limits or Limits(),
    )
    changes = workload_changes(before.cluster.population, after.cluster.population)
    return DiffReport(
        sides={Version.OLD: before, Version.NEW: after},
        profile=profile,
        fail_on=fail_on,
        equal=versions.same_policies,
        sections=tuple(_sections(versions, changes)),
        workloads=changes,
        unsettled=tuple(_unsettled(versions, changes)),
        warnings=tuple(dict.fromkeys((*before.cluster.warnings, *after.cluster.warnings))),
    )


def _sides(
    old: str | Cluster, new: str | Cluster, namespace: str, stdin: BinaryIO | None, cache: Store | None
) -> tuple[Side, Side]:
    faults: list[Diagnostic] = []
    sides: list[Side] = []
    reader = YamlReader()  # two versions have most lines in common
    for version, source in ((Version.OLD, old), (Version.NEW, new)):
        if isinstance(source, Cluster):
            sides.append(Side(version, source, 0))
            continue
        try:
            sides.append(load_side(source, Path(), namespace, stdin, cache, reader))
        except InputError as error:
            faults += [fault for fault in error.diagnostics if fault not in faults]
    if faults:
        raise InputError(faults)
    return sides[0], sides[1]


def load_side(
    source: str,
    base: Path,
    namespace: str,
    stdin: BinaryIO | None = None,
    cache: Store | None = None,
    reader: YamlReader | None = None,
) -> Side:
    """Return the cluster of one version; `source` starts from `base`, `reader` has read the other.

    Raises:
        InputError: with every fault.
    """
    contents = gather_version(source, base, stdin)
    return Side(source, load_cluster(contents, Settings(namespace), cache, reader), len(contents.files))


def _sections(versions: Versions, changes: WorkloadChanges) -> list[Section]:
    over_new = Section(Topic.POLICIES_OVER_NEW, versions.of_policies(Version.NEW), _none())
    found = [over_new]
    old, new = versions.old.population, versions.new.population
    if (old.namespaces, old.workloads, old.nodes) != (new.namespaces, new.workloads, new.nodes):
        found.append(_besides(over_new, versions.of_policies(Version.OLD)))
    if changes.changed or changes.namespaces:
        found.append(Section(Topic.WORKLOADS, versions.of_workloads(), _none()))
        if not versions.same_policies:
            found.insert(0, Section(Topic.AS_DEPLOYED, versions.as_deployed(), _none()))
    return found


def _none() -> dict[Change, int]:
    return dict.fromkeys(Change, 0)


def _besides(told: Section, found: Mapping[Change, Found]) -> Section:
    """Return what is found over the pods of OLD, without what is told over those of NEW."""
    kept, repeated = {}, {}
    for change, each in found.items():
        known = [_said(block) for block in told.found[change].blocks]
        new = tuple(block for block in each.blocks if _said(block) not in known)
        repeated[change] = len(each.blocks) - len(new)
        undecided = each.undecided
        kept[change] = Found(new, undecided, each.more)
    return Section(Topic.POLICIES_OVER_OLD, kept, repeated)


def _said(block: Block) -> tuple[object, ...]:
    """Return what a block says, whoever is shown there."""
    ends = [(end.sorts, end.rooms, end.pods, end.addresses) for end in (block.source, block.destination)]
    return (*ends, block.ports, block.named, block.conditions, block.every_reading)


def _unsettled(versions: Versions, changes: WorkloadChanges) -> list[str]:
    found = [f"{change.workload.title} {change.text}" for change in changes.not_compared]
    found = [f"{text}: what comes of that is not followed" for text in (*found, *changes.not_followed)]
    found += [
        f"namespace {name} bears other labels: what pods that are not shown gain or lose is not followed"
        for name in versions.relabelled()
    ]
    same = versions.same_policies and not changes.matter
    return found + left_unmodelled(versions.old, versions.new, same_policies=same)
