"""A cluster as bytes, and back: plain data, in which no class is named and no code can stand.

The text of the documents is not part of it: the files are at hand, for their bytes are what it is kept under.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import accumulate, chain
from typing import Any, Final, TypeVar

from verifier.cache import Codec
from verifier.cluster import Cluster, Origin
from verifier.loading.plain import Maker, Plain, Taker
from verifier.population import Population
from verifier.source import Content, Decoded, Document, collector_paused

_CODEC: Final = Codec(())  # knows no class at all
_NAMES: Final = tuple(field.name for field in fields(Cluster) if "origins" not in field.name)
# What data that stands for no cluster can raise, if somebody has made it up.
_NO_CLUSTER: Final = (AttributeError, LookupError, RecursionError, TypeError, ValueError)

K = TypeVar("K")


def as_bytes(cluster: Cluster, documents: Sequence[Sequence[Document]]) -> bytes:
    """Return a cluster as bytes.

    Args:
        documents: of each file, in reading order.
    """
    numbers = {id(one): number for number, one in enumerate(chain.from_iterable(documents))}
    places = [[number for one in of_file for number in one.text.place] for of_file in documents]
    taker = Taker(lambda document: numbers[id(document)])
    values = [taker.apart(getattr(cluster, name)) for name in _NAMES]
    policies = {title: _apart(origin, numbers) for title, origin in cluster.origins.items()}
    workloads = [_apart(origin, numbers) for origin in cluster.workload_origins.values()]
    keys = list(map(list, zip(*cluster.workload_origins, strict=True)))
    return _CODEC.as_bytes((list(map(len, documents)), places, values, policies, keys, workloads))


def _apart(origin: Origin, numbers: Mapping[int, int]) -> Plain:
    number = numbers[id(origin.document)]
    return (number, *origin.route) if origin.route else number


def from_bytes(content: bytes, files: Sequence[Content]) -> Cluster | None:
    """Return the cluster that was kept; None: these bytes are none.

    Args:
        files: those that it was read from, in reading order.
    """
    try:
        with collector_paused():
            return _cluster(content, files)
    except _NO_CLUSTER:
        return None


def _cluster(content: bytes, files: Sequence[Content]) -> Cluster:
    counts, places, plain, policies, keys, workloads = _CODEC.from_bytes(content)
    documents = _Documents(files, counts, places)
    maker = Maker(documents.__getitem__)
    values: dict[str, Any] = dict(zip(_NAMES, map(maker.whole, plain), strict=True))
    if not isinstance(values["population"], Population):
        raise TypeError("expected a population")
    values["origins"] = Origins(policies, documents)
    by_key = dict(zip(zip(*keys, strict=True), workloads, strict=True))
    values["workload_origins"] = Origins(by_key, documents)
    return Cluster(**values)


class _Documents(dict[int, Document]):
    """The documents of all files by number, each made when it is first looked at."""

    def __init__(
        self, files: Sequence[Content], counts: Sequence[int], places: Sequence[Sequence[int]]
    ) -> None:
        self._files = [Decoded(file) for file in files]
        self._places = places
        self._counts = counts
        self._firsts = list(accumulate(counts, initial=0))

    def __missing__(self, number: int) -> Document:
        file = bisect_right(self._firsts, number) - 1
        width = len(self._places[file]) // self._counts[file]
        begin = (number - self._firsts[file]) * width
        found = self[number] = self._files[file].document(self._places[file][begin : begin + width])
        return found


class Origins(Mapping[K, Origin]):
    """Places in the text, each made when it is first looked at."""

    def __init__(self, plain: Mapping[K, Plain], documents: _Documents) -> None:
        self._plain = plain
        self._documents = documents
        self._made: dict[K, Origin] = {}

    def __getitem__(self, key: K) -> Origin:
        found = self._made.get(key)
        if found is None:
            plain = self._plain[key]
            number, *route = plain if isinstance(plain, tuple) else (plain,)
            found = self._made[key] = Origin(self._documents[number], tuple(route))
        return found

    def __iter__(self) -> Iterator[K]:
        return iter(self._plain)

    def __len__(self) -> int:
        return len(self._plain)
