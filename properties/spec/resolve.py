"""From a property file to properties: every name is looked up, and what does not exist is a fault (S-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verifier.diagnostics import one_line
from verifier.manifest.base import Fault, Route
from verifier.manifest.spelling import suggestion
from verifier.population import Population
from verifier.properties.spec.file import (
    CoverStatement,
    EndpointFields,
    ExpectFields,
    FlowStatement,
    IsolateStatement,
    PropertyFields,
    PropertySetFile,
)
from verifier.properties.spec.scope import (
    Cover,
    Endpoints,
    Equivalent,
    Forbid,
    Isolate,
    Only,
    Property,
    Refines,
    Relation,
    Require,
    Selection,
    Statement,
    World,
)
from verifier.readings import Profile, profile_choices

_BARE: Mapping[str, Selection] = {
    "any": Selection(pods=True, externals=True),
    "external": Selection(externals=True),
    "internet": Selection(externals=True, internet=True),
    "node": Selection(nodes=True),
}

Ref = str | EndpointFields | tuple[str | EndpointFields, ...]

_ABOUT_POLICIES = ("cover", "equivalent", "refines")

MAX_DEPTH = 64  # of names within names, and of exceptions within exceptions
MAX_SELECTIONS = 10_000  # in one endpoint, its exceptions spelt out


@dataclass(frozen=True, slots=True)
class Resolved:
    """The properties of a file, and what was wrong with its names; routes start at the document."""

    properties: tuple[Property, ...]
    faults: tuple[Fault, ...]


def resolve(
    file: PropertySetFile, population: Population, world: World | None = None, profile: Profile | None = None
) -> Resolved:
    """Return the properties of `file` against who exists; `world` and `profile` override the file's own."""
    resolver = _Resolver(file, population, profile_choices(profile or file.spec.profile))
    for name in file.spec.endpoints:  # also those that nobody uses
        resolver.named(name, ("spec", "endpoints", name))
    default = World.SNAPSHOT if population.workloads else World.ANY_POD
    properties = tuple(
        resolver.property_of(index, fields, world or fields.world or file.spec.world or default)
        for index, fields in enumerate(file.spec.properties)
    )
    return Resolved(properties, tuple(dict.fromkeys(resolver.faults)))


class _Resolver:
    def __init__(
        self, file: PropertySetFile, population: Population, choices: Mapping[str, bool | str]
    ) -> None:
        self.file = file
        self.choices = choices
        self.population = population
        self.faults: list[Fault] = []
        self._named: dict[str, Endpoints] = {}
        self._open: list[str] = []
        self._sizes: dict[int, tuple[Selection, int, int]] = {}  # by id: itself, selections in it, depth

    def property_of(self, index: int, fields: PropertyFields, world: World) -> Property:
        expected = _expected(fields.expect, world)
        about_policies = [name for name in _ABOUT_POLICIES if getattr(fields, name) is not None]
        if about_policies and World.ANY_POLICY in (world, *expected):
            kind = about_policies[0]
            message = f"`{kind}` asks about the NetworkPolicies, and the world `any-policy` leaves them out"
            advice = "give this property a `world` of its own: `snapshot` or `any-pod`"
            self.faults.append(Fault("no-such-world", message, ("spec", "properties", index), advice))
        return Property(
            index=index,
            name=fields.name,
            statement=self._statement(fields, ("spec", "properties", index)),
            world=world,
            severity=fields.severity,
            description=fields.description,
            readings={**self.choices, **self.file.spec.readings, **fields.readings},
            expected=expected,
        )

    def _statement(self, fields: PropertyFields, route: Route) -> Statement | Relation:
        if fields.refines is not None:
            return Refines(fields.refines.than)
        if fields.equivalent is not None:
            return Equivalent(fields.equivalent.than)
        for name, kind in (("forbid", Forbid), ("only", Only), ("require", Require)):
            flow: FlowStatement | None = getattr(fields, name)
            if flow is not None:
                below = (*route, name)
                source = self.endpoints(flow.from_, (*below, "from"))
                return kind(source, self.endpoints(flow.to, (*below, "to")), flow.ports)
        isolate: IsolateStatement | None = fields.isolate
        if isolate is not None:
            return Isolate(isolate.namespaces, isolate.by, isolate.ports)
        cover: CoverStatement | None = fields.cover
        if cover is None:
            raise ValueError("a validated property has a statement")
        pods = self.endpoints(cover.pods, (*route, "cover", "pods"))
        if any(not selection.pods for selection in pods):
            message = "`cover` speaks of pods; this speaks of something else too"
            self.faults.append(Fault("not-pods", message, (*route, "cover", "pods")))
        return Cover(pods, tuple(dict.fromkeys(cover.directions)))

    # --- endpoints ------------------------------------------------------------------------------------------

    def endpoints(self, ref: Ref, route: Route) -> Endpoints:
        match ref:
            case str():
                return self.named(ref, route)
            case EndpointFields():
                return (self._selection(ref, route),)
            case _:
                found = [self.endpoints(item, (*route, index)) for index, item in enumerate(ref)]
                union = {id(selection): selection for part in found for selection in part}
                if sum(self._size(selection) for selection in union.values()) > MAX_SELECTIONS:
                    self._refuse_size(route)
                    return ()
                return tuple(union.values())

    def named(self, name: str, route: Route) -> Endpoints:
        if name in _BARE:
            return (_BARE[name],)
        if name in self._named:
            return self._named[name]
        ref = self.file.spec.endpoints.get(name)
        if ref is None:
            known = (*self.file.spec.endpoints, *_BARE)
            message = f"no endpoint is called `{one_line(name)}`"
            self.faults.append(Fault("unknown-endpoint", message, route, suggestion(name, known)))
            return ()
        if name in self._open:
            circle = " -> ".join(f"`{one_line(step)}`" for step in (*self._open, name))
            self.faults.append(
                Fault("circular-endpoint", f"this endpoint is defined by itself: {circle}", route)
            )
            return ()
        if len(self._open) == MAX_DEPTH:
            self._refuse_size(route)
            return ()
        self._open.append(name)
        self._named[name] = self.endpoints(ref, ("spec", "endpoints", name))
        self._open.pop()
        return self._named[name]

    def _selection(self, fields: EndpointFields, route: Route) -> Selection:
        says_pods = any(
            field is not None
            for field in (fields.namespace, fields.namespace_selector, fields.pod_selector, fields.workload)
        )
        says_nothing = not says_pods and not (
            fields.any_ or fields.external or fields.internet or fields.node
        )
        address_only = says_nothing and fields.ip_block is not None  # whoever has an address in the block
        self._check_namespace(fields.namespace, route)
        self._check_node(fields.node, route)
        excluded = () if fields.except_ is None else self.endpoints(fields.except_, (*route, "except"))
        selection = Selection(
            pods=says_pods or bool(fields.any_) or address_only,
            externals=bool(fields.any_ or fields.external or fields.internet) or address_only,
            nodes=fields.node is not None or address_only,
            namespace=fields.namespace,
            namespace_selector=fields.namespace_selector,
            pod_selector=fields.pod_selector,
            workload=self._workload(fields, route),
            node=fields.node,
            internet=bool(fields.internet),
            ip_block=fields.ip_block,
            excluded=excluded,
        )
        return self._weighed(selection, route)

    def _weighed(self, selection: Selection, route: Route) -> Selection:
        """Return `selection`, without its exceptions if they are too many to spell out."""
        size = 1 + sum(self._size(one) for one in selection.excluded)
        inner = [self._sizes[id(one)] for one in selection.excluded if id(one) in self._sizes]
        depth = 1 + max((depth for _, _, depth in inner), default=0)
        if size > MAX_SELECTIONS or depth > MAX_DEPTH:
            self._refuse_size((*route, "except"))
            selection, size, depth = replace(selection, excluded=()), 1, 1
        self._sizes[id(selection)] = selection, size, depth
        return selection

    def _size(self, selection: Selection) -> int:
        return self._sizes[id(selection)][1] if id(selection) in self._sizes else 1

    def _refuse_size(self, route: Route) -> None:
        limits = f"{MAX_SELECTIONS} endpoints in one, or {MAX_DEPTH} levels of names or exceptions"
        self.faults.append(Fault("endpoint-too-large", f"more than {limits}", route, "say it with less"))

    def _check_namespace(self, name: str | None, route: Route) -> None:
        if name is None or name in self.population.namespaces:
            return
        known = suggestion(name, self.population.namespaces)
        where_else = "if its manifest is kept elsewhere, declare it in `spec.namespaces`"
        if known is not None:
            where_else = f"{known} Or, {where_else}" if known.endswith("?") else f"{known}; or, {where_else}"
        self.faults.append(
            Fault(
                "unknown-namespace",
                f"no namespace is called `{one_line(name)}`",
                (*route, "namespace"),
                where_else,
            )
        )

    def _check_node(self, name: str | None, route: Route) -> None:
        names = [node.name for node in self.population.nodes]
        if name is not None and name not in names:
            message = f"no Node is called `{one_line(name)}`"
            self.faults.append(Fault("unknown-node", message, (*route, "node"), suggestion(name, names)))

    def _workload(self, fields: EndpointFields, route: Route) -> tuple[str | None, str] | None:
        if fields.workload is None:
            return None
        kind, slash, name = fields.workload.rpartition("/")
        wanted = (kind if slash else None, name)
        near = [w for w in self.population.workloads if fields.namespace in (None, w.namespace)]
        if not any(w.name == name and wanted[0] in (None, w.kind) for w in near):
            where = f" in namespace `{one_line(fields.namespace)}`" if fields.namespace else ""
            message = f"no workload is called `{one_line(fields.workload)}`{where}"
            known = [w.owner if slash else w.name for w in near]
            self.faults.append(
                Fault("unknown-workload", message, (*route, "workload"), suggestion(fields.workload, known))
            )
        return wanted


def _expected(expect: str | ExpectFields | None, world: World) -> dict[World, str]:
    """The default is `proved` in the property's own world; of the other world nothing is expected."""
    if not isinstance(expect, ExpectFields):
        return {world: expect or "proved"}
    every = {
        World.SNAPSHOT: expect.snapshot,
        World.ANY_POD: expect.any_pod,
        World.ANY_POLICY: expect.any_policy,
    }
    said = {of: word for of, word in every.items() if word is not None}
    return {world: "proved", **said}
