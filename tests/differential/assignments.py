"""An assignment as a restriction of brute force's completions: what each choice says of a concrete one."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from itertools import permutations, product

from tests.differential.atoms import label_values
from tests.differential.everyone import FRESH_NODES, Everyone, Given, Global
from verifier.flow import Address, Endpoint, Node, Pod
from verifier.internet import on_the_internet
from verifier.population import Workload
from verifier.properties.spec.scope import Isolate
from verifier.semantics.addresses import in_cidr, parse_cidr
from verifier.verdict import Choice, ChoiceKind

ADDRESS = re.compile(r"the IPv([46]) address of (.+)")
LABEL = re.compile(r"the label `(.+)` of (.+)")
NODE = re.compile(r"the node of (.+)")
VACANT = re.compile(r"the address (.+)")
RESOLVED = re.compile(r"the IPv([46]) addresses (.+) of `(.+)`")
ORDER = re.compile(r"the order of (\S+) and (\S+)")
POD = re.compile(r"(another pod of )?`(.+)`")
STACKS = "IPv6"
MADE_UP_NODES = ("node", "node-2")


@dataclass(frozen=True)
class Choices(Given):
    """The completions in which `chosen` holds, each pod in question being the one that `cast` names."""

    everyone: Everyone
    chosen: tuple[Choice, ...]
    cast: Mapping[str, tuple[str, str]]

    def holds_for_all(self, each: Global) -> bool:
        found = []
        others: dict[str, list[tuple[str, str]]] = {}
        for choice in self.chosen:
            if choice.kind is ChoiceKind.READING:
                found.append(getattr(each.readings, choice.about) == choice.value)
            elif choice.about == STACKS:
                found.append(each.dual_stack is choice.value)
            elif choice.kind is ChoiceKind.ORDER:
                first, second = order_of(choice)
                named = each.surroundings.precedence
                found.append(named.index(first) < named.index(second))
            elif resolved := RESOLVED.fullmatch(choice.about):
                inside = each.surroundings.domain_names[resolved[3]]
                found += [
                    (address in inside) is choice.value
                    for address in self.everyone.outside
                    if address.version == int(resolved[1]) and self._of_cell(resolved[2], address)
                ]
            elif (label := LABEL.fullmatch(choice.about)) and label[2].startswith("node `"):
                labels = self._labels_of_node(each, label[2].removeprefix("node ").strip("`"))
                mentioned = self.everyone.node_keys[label[1]][:-2]
                found.append(_same_value(labels.get(label[1]), choice.value, mentioned))
            elif (label := LABEL.fullmatch(choice.about)) and label[2].startswith("namespace "):
                key, name = label[1], label[2].removeprefix("namespace ").strip("`")
                own = each.namespaces[name].labels.get(key)
                known = self._known_namespace_values(key)
                found.append(_same_value(own, choice.value, known))
                if isinstance(choice.value, str) and choice.value not in known:
                    others.setdefault(key, []).append((choice.value, own or ""))
        for said in others.values():
            found += [(a[0] == b[0]) is (a[1] == b[1]) for a, b in product(said, said)]
        return all(found)

    def holds_for(self, endpoint: Endpoint) -> bool:
        return all(self._says(choice, endpoint) for choice in self.chosen)

    def _says(self, choice: Choice, endpoint: Endpoint) -> bool:
        """Whether the choice is about somebody else, or true."""
        value = choice.value
        if vacant := VACANT.fullmatch(choice.about):
            shown = isinstance(endpoint, Node) or (isinstance(endpoint, Pod) and endpoint.owner is not None)
            return not shown or ip_address(vacant[1]) not in _addresses(endpoint)
        if address := ADDRESS.fullmatch(choice.about):
            assert isinstance(value, str)
            cidr = ip_network(value.removeprefix("!"))
            if not self._is(address[2], endpoint):
                return True
            lies_in, version = not value.startswith("!"), int(address[1])
            own = [each for each in _addresses(endpoint) if each.version == version]
            return any(in_cidr(cidr, each) is lies_in for each in own)
        if (node := NODE.fullmatch(choice.about)) and self._is(node[1], endpoint):
            assert isinstance(endpoint, Pod)
            named = {own.name for own in self.everyone.population.nodes}
            named |= {own.node for own in self.everyone.population.workloads if own.node is not None}
            fresh = dict(zip(MADE_UP_NODES, FRESH_NODES, strict=True))
            return endpoint.node in {value, value if value in named else fresh[str(value)]}
        if (label := LABEL.fullmatch(choice.about)) and self._is(label[2], endpoint):
            assert isinstance(endpoint, Pod)
            known = self.everyone.pod_keys[label[1]][:-2]
            return _same_value(endpoint.labels.get(label[1]), value, known)
        return True

    def _is(self, subject: str, endpoint: Endpoint) -> bool:
        if isinstance(endpoint, Node):
            fresh = dict(zip(MADE_UP_NODES, FRESH_NODES, strict=True))
            name = subject.removeprefix("node ")
            return subject.startswith("node ") and endpoint.name in {name, fresh.get(name)}
        return (
            isinstance(endpoint, Pod)
            and endpoint.owner is not None
            and self.cast.get(subject) == (endpoint.namespace.name, endpoint.name)
        )

    def _labels_of_node(self, each: Global, name: str) -> Mapping[str, str]:
        fresh = dict(zip(MADE_UP_NODES, FRESH_NODES, strict=True))
        stated = {node.name: node.labels or {} for node in each.surroundings.nodes}
        return stated[name] if name in stated else stated[fresh[name]]

    def _of_cell(self, words: str, address: Address) -> bool:
        """Whether the words speak of that address: of the internet or not, in a block, in none below it."""
        block = words.partition(" but ")[0].partition(" in ")[2]
        if words.startswith("of the internet") is not on_the_internet(int(address), address.version):
            return False
        said = [text for each in self.everyone.said.blocks for text in (each.cidr, *(each.except_ or ()))]
        mentioned = {parse_cidr(text) for text in said}
        holding = [cidr for cidr in mentioned if in_cidr(cidr, address)]
        smallest = max(holding, key=lambda cidr: cidr.prefixlen, default=None)
        return (None if smallest is None else f"`{smallest}`") == (block or None)

    def _known_namespace_values(self, key: str) -> Sequence[str]:
        everyone = self.everyone
        known = label_values(everyone.said.namespace_selectors)[key][:-2]
        if isinstance(everyone.statement, Isolate) and everyone.statement.by == key:
            declared = [n.labels for n in everyone.population.namespaces.values() if n.labels is not None]
            return (*known, *(labels[key] for labels in declared if key in labels))
        return known


def castings(everyone: Everyone, chosen: tuple[Choice, ...]) -> Iterator[Choices]:
    """Every way to find the pods that the choices are about; of a template's pods any one may be meant."""
    subjects = dict.fromkeys(subject for choice in chosen if (subject := _subject(choice)) is not None)
    numbers = Counter(title for _, title in map(_parsed, subjects))
    pods = {
        title: permutations(
            [(of.namespace, name) for of, name in everyone.shown if of.title == title], number
        )
        for title, number in numbers.items()
    }
    for drawn in product(*pods.values()):
        waiting = {title: list(names) for title, names in zip(pods, drawn, strict=True)}
        yield Choices(everyone, chosen, {s: waiting[_parsed(s)[1]].pop(0) for s in subjects})


def without(given: Choices, choice: Choice) -> Choices:
    return replace(given, chosen=tuple(other for other in given.chosen if other is not choice))


def understood(chosen: Sequence[Choice], workloads: Sequence[Workload]) -> bool:
    """Whether each choice about a fact is one of those that this file reads, of somebody who exists."""
    titles = {workload.title for workload in workloads}
    for choice in chosen:
        about = choice.about
        subject = _subject(choice)
        if choice.kind is ChoiceKind.FACT and subject is not None and _parsed(subject)[1] not in titles:
            return False
        patterns = (ADDRESS, LABEL, NODE, RESOLVED, VACANT)
        read = about == STACKS or any(pattern.fullmatch(about) for pattern in patterns)
        if choice.kind is ChoiceKind.FACT and not read:
            return False
    return True


def order_of(choice: Choice) -> tuple[str, str]:
    """Return the policies that the choice is about, the one that it says comes first before the other."""
    found = ORDER.fullmatch(choice.about)
    assert found is not None, choice
    assert choice.value in found.groups(), choice
    return (found[1], found[2]) if choice.value == found[1] else (found[2], found[1])


def _subject(choice: Choice) -> str | None:
    """Return the pod that a choice is about, in words."""
    for pattern in (ADDRESS, LABEL, NODE):
        if choice.kind is ChoiceKind.FACT and (found := pattern.fullmatch(choice.about)):
            subject = found[found.re.groups]
            return subject if POD.fullmatch(subject) else None
    return None


def _parsed(subject: str) -> tuple[str, str]:
    found = POD.fullmatch(subject)
    assert found is not None, subject
    return found[1] or "", found[2]


def _same_value(own: str | None, said: bool | str | None, known: Sequence[str]) -> bool:
    """A value that nobody mentions stands for all of them."""
    if said is None or said in known:
        return own == said
    return own is not None and own not in known


def _addresses(endpoint: Endpoint) -> Sequence[Address]:
    return endpoint.addresses if isinstance(endpoint, Pod | Node) else ()
