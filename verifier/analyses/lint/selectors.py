"""Rules of the lint: selectors that select nobody, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from verifier.analyses.lint.finding import Evidence, Finding, Level, Place, Rule
from verifier.analyses.lint.near import slip_of
from verifier.analyses.lint.rule_sets import PodPeer
from verifier.analyses.lint.scene import Group, Scene
from verifier.analyses.lint.sites import Site, namespace_sites, node_sites, pod_sites
from verifier.analyses.selectors import all_of
from verifier.manifest.labels import LabelSelector, Operator
from verifier.manifest.spelling import listed
from verifier.population import METADATA_NAME, World

CONTRADICTORY_SELECTOR = Rule(
    "contradictory-selector",
    Level.ERROR,
    World.ANY_POD,
    "a selector whose requirements contradict each other",
    "The API server takes it, and it selects nobody, now and forever (SEL-6).",
    'Remove one of the requirements; for "one of these" list the values behind one `In`.',
)
DEAD_POLICY = Rule(
    "dead-policy",
    Level.WARNING,
    World.SNAPSHOT,
    "a policy whose podSelector, or subject, selects none of the pods shown",
    "It speaks of nobody. Pods that it was meant for may be wide open.",
    "Correct the labels, or remove the policy if its pods have gone.",
)
DEAD_PEER = Rule(
    "dead-peer",
    Level.WARNING,
    World.SNAPSHOT,
    "an item of `from` or `to` that selects none of the pods shown in its namespaces",
    "It means nobody today, and whoever bears the labels tomorrow.",
    "Correct the labels, or remove the item if its pods have gone.",
)
DEAD_VALUE = Rule(
    "dead-value",
    Level.WARNING,
    World.SNAPSHOT,
    "a value behind `In` that none of the pods shown bears, beside one that some do",
    "The pods of that value are missed, or have gone; whoever bears it tomorrow is meant.",
    "Correct the value, or remove it if its pods have gone.",
)
MISSPELT_LABEL = Rule(
    "misspelt-label",
    Level.ERROR,
    World.SNAPSHOT,
    "a selector that selects nobody, one letter away from a label that exists",
    "A policy that misses its pods leaves them open; a peer that misses its pods shuts them out, or lets"
    " them in where the rule denies.",
    "Correct the label.",
)
MISSPELT_NAMESPACE = Rule(
    "misspelt-namespace",
    Level.ERROR,
    World.SNAPSHOT,
    "the name of a namespace that nobody shows, one letter away from one that exists",
    "The policy, or the peer, speaks of a namespace that does not exist.",
    "Correct the name.",
)
NAMESPACE_NAME_LABEL = Rule(
    "namespace-name-label",
    Level.ERROR,
    World.SNAPSHOT,
    "a selector of namespaces on a label `name` that the namespace of that name does not have",
    "Namespaces bear their name in the label `kubernetes.io/metadata.name` (NP-16). Nobody sets"
    " a label `name`"
    " unless the manifest does, so that the selector matches nothing.",
    "Write `kubernetes.io/metadata.name` instead of `name`.",
)
UNMATCHED_NAMESPACE = Rule(
    "unmatched-namespace",
    Level.INFO,
    World.SNAPSHOT,
    "a selector of namespaces that none of those shown matches",
    "The namespace may be kept elsewhere. If it is not, the item, or the policy, means nobody.",
    "Compare with the labels of the namespace that is meant; `kubernetes.io/metadata.name` is always there.",
)
RULES = (
    *(CONTRADICTORY_SELECTOR, DEAD_POLICY, DEAD_PEER, DEAD_VALUE, MISSPELT_LABEL, MISSPELT_NAMESPACE),
    *(NAMESPACE_NAME_LABEL, UNMATCHED_NAMESPACE),
)

_NAME_KEYS = ("name", "namespace")
_FROM_THE_START = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def check_contradictions(scene: Scene) -> Iterator[Finding]:
    """Yield the selectors that contradict themselves."""
    pods = (each.site for each in pod_sites(scene))
    for site in chain(pods, namespace_sites(scene), node_sites(scene)):
        matched = scene.labels(site.selector)
        if matched.empty:
            key = next(key for key, values in matched.keys.items() if values.empty)
            message = f"no label `{key}` can be all of {all_of(site.selector)}"
            yield site.made(CONTRADICTORY_SELECTOR, message)


# --- pods ---------------------------------------------------------------------------------------------------


def check_dead_selectors(scene: Scene) -> Iterator[Finding]:
    """Yield the subjects and peers that select none of the pods shown."""
    for each in pod_sites(scene):
        if each.meant.empty or scene.shown_at(each.meant):
            continue
        site, names = each.site, scene.names(each.meant.namespaces)
        shown = [name for name in names if scene.all_shown(name)]
        groups = [group for name in shown for group in scene.groups(name)]
        slip = _slip(site, groups)
        if slip is not None:
            yield slip
        elif names and shown == names and not _open_ended(scene, each.meant):
            where = f"in namespace {listed(names)}" if len(names) == 1 else f"in {listed(names)}"
            message = f"no pod shown {where} has {all_of(site.selector)}"
            rule = DEAD_POLICY if each.subject else DEAD_PEER
            yield site.made(rule, message, _there_is(site.selector, groups))


def check_dead_values(scene: Scene) -> Iterator[Finding]:
    """Yield values that no pod shown bears, in selectors that select somebody."""
    for each in pod_sites(scene):
        names = scene.names(each.meant.namespaces)
        if names and all(scene.all_shown(name) for name in names) and not _open_ended(scene, each.meant):
            yield from _dead_values(each.site, [group for name in names for group in scene.groups(name)])


def _dead_values(site: Site, groups: Sequence[Group]) -> Iterator[Finding]:
    for number, requirement in enumerate(site.selector.match_expressions or ()):
        key, values = requirement.key, requirement.values or ()
        if requirement.operator is not Operator.IN or any(key in group.unknown for group in groups):
            continue
        there = {group.labels[key] for group in groups if key in group.labels}
        if not there & set(values):
            continue
        for index, value in enumerate(values):
            if value not in there:
                meant = slip_of(value, there)
                route = (*site.route, "matchExpressions", number, "values", index)
                message = f"no pod shown there has `{key}: {value}`"
                fix = f"Write `{meant}`." if meant is not None else DEAD_VALUE.fix
                evidence = (Evidence(f"as `{key}` there {_are(there)}"),)
                yield Finding(
                    DEAD_VALUE, site.object, Place(site.object, route), message, site.part, evidence, fix
                )


def _are(values: Collection[str]) -> str:
    return f"{'is' if len(values) == 1 else 'are'} {listed(values)}"


def _open_ended(scene: Scene, peer: PodPeer) -> bool:
    """Return whether a namespace that nobody shows could be meant too."""
    beyond = range(scene.table.existing, scene.table.size)
    return any(index in peer.namespaces.sure or index in peer.namespaces.possible for index in beyond)


def _slip(site: Site, groups: Sequence[Group]) -> Finding | None:
    """Return the finding that a label of the selector is misspelt; None if it is not one letter."""
    for key, value in _wanted(site.selector):
        values = {group.labels[key]: group for group in groups if key in group.labels}
        if value in values:
            continue
        meant = slip_of(value, values)
        if meant is not None and _may_mend(site.selector, key, value, meant, groups):
            return _misspelt(site, key, value, meant, values[meant])
    return None


def _may_mend(selector: LabelSelector, key: str, value: str, meant: str, groups: Sequence[Group]) -> bool:
    """Return whether the selector selects somebody once the label is corrected."""
    for group in groups:
        mended = {**group.labels}
        if mended.get(key) == meant:
            mended[key] = value
            if all(mended.get(other) == its for other, its in (selector.match_labels or {}).items()):
                return True
    return False


def _misspelt(site: Site, key: str, value: str, meant: str, group: Group) -> Finding:
    workload = group.workloads[0]
    place = Place((workload.kind, workload.namespace, workload.name))
    evidence = Evidence(f"{workload.title} ({workload.kind}) has `{key}: {meant}`", place)
    message = f"no pod has `{key}: {value}`; `{key}: {meant}` was probably meant"
    return site.made(MISSPELT_LABEL, message, [evidence], f"Write `{key}: {meant}`.")


def _wanted(selector: LabelSelector) -> Iterator[tuple[str, str]]:
    yield from (selector.match_labels or {}).items()
    for requirement in selector.match_expressions or ():
        if requirement.operator is Operator.IN:
            yield from ((requirement.key, value) for value in requirement.values or ())


def _there_is(selector: LabelSelector, groups: Sequence[Group]) -> Iterator[Evidence]:
    for key, value in _wanted(selector):
        values = {group.labels[key] for group in groups if key in group.labels}
        if value not in values:
            there = f"as `{key}` there {_are(values)}" if values else f"no pod there has a label `{key}`"
            yield Evidence(there)


# --- namespaces ---------------------------------------------------------------------------------------------


def check_namespace_selectors(scene: Scene) -> Iterator[Finding]:
    """Yield the selectors of namespaces that match none shown, with the cause where it is plain."""
    for site in namespace_sites(scene):
        if scene.labels(site.selector).empty:
            continue
        spaces = scene.compiler.namespaces(site.selector)
        existing = [index for index in spaces.sure if index < scene.table.existing]
        if existing:
            continue
        cause = _cause(scene, site)
        if cause is not None:
            yield cause
        elif not scene.names(spaces) and scene.declared and not _always_there(site.selector):
            message = f"none of the namespaces {listed(scene.declared)} has {all_of(site.selector)}"
            yield site.made(UNMATCHED_NAMESPACE, message)


def _always_there(selector: LabelSelector) -> bool:
    """Return whether it means, by name, namespaces that every cluster has from the start."""
    wanted = list(_wanted(selector))
    return bool(wanted) and all(key == METADATA_NAME and value in _FROM_THE_START for key, value in wanted)


def _cause(scene: Scene, site: Site) -> Finding | None:
    for key, value in _wanted(site.selector):
        if key in _NAME_KEYS and value in scene.declared:
            message = f"namespace `{value}` has no label `{key}: {value}`, so this matches nothing"
            evidence = [Evidence(f"namespace `{value}` {_bears(scene.declared[value])}")]
            fix = f"Write `{METADATA_NAME}: {value}`."
            return site.made(NAMESPACE_NAME_LABEL, message, evidence, fix)
        if key == METADATA_NAME:
            meant = slip_of(value, scene.population.namespaces)
            if meant is not None:
                message = f"there is no namespace `{value}`; `{meant}` was probably meant"
                return site.made(MISSPELT_NAMESPACE, message, (), f"Write `{meant}`.")
            continue
        owners = {labels[key]: name for name, labels in scene.declared.items() if key in labels}
        meant = slip_of(value, owners)
        if meant is not None:
            message = f"no namespace has `{key}: {value}`; `{key}: {meant}` was probably meant"
            evidence = [Evidence(f"namespace `{owners[meant]}` has `{key}: {meant}`")]
            return site.made(MISSPELT_LABEL, message, evidence, f"Write `{key}: {meant}`.")
    return None


def _bears(labels: Mapping[str, str]) -> str:
    shown = ", ".join(f"`{key}: {value}`" for key, value in sorted(labels.items()))
    return f"has {shown}" if shown else "has no labels"
