"""How does the cost grow with pods, and with policies? Exponents, fitted by least squares on logarithms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import log
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory

from benchmarks.clock import collecting_seldom, cpu_seconds
from benchmarks.linting import linted
from benchmarks.sets import decided, engine_of, property_set
from benchmarks.size import Size
from verifier.mapper import connection_map
from verifier.property_file import PropertySet
from verifier.reading import load


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU seconds at several sizes, one for each round."""

    measured: str
    of: str
    sizes: tuple[int, ...]
    seconds: tuple[tuple[float, ...], ...]

    @property
    def medians(self) -> list[float]:
        """The median at each size."""
        return [median(each) for each in self.seconds]

    @property
    def exponent(self) -> float:
        """The exponent of the power of the size that comes nearest: 1 is in proportion, 0 not at all."""
        return linear_regression(
            [log(size) for size in self.sizes], [log(each) for each in self.medians]
        ).slope

    def as_json(self) -> Mapping[str, object]:
        """Return everything measured and everything derived, as plain data."""
        return {**asdict(self), "medians": self.medians, "exponent": self.exponent}


@dataclass(frozen=True, slots=True)
class _Version:
    """A cluster of one size, in a file and read."""

    file: Path
    one: PropertySet

    def costs(self) -> Mapping[str, float]:
        """Return the CPU seconds of everything that is done with it."""
        one, cluster, engine = self.one, self.one.cluster, engine_of(self.one)
        return {
            "reading and validating": cpu_seconds(lambda: load(str(self.file))),
            "shapes, symbols, index": cpu_seconds(lambda: engine_of(one)),
            "deciding a property, mean": cpu_seconds(lambda: decided(one, engine)) / len(one.properties),
            "lint": cpu_seconds(lambda: linted(cluster)),
            "map": cpu_seconds(lambda: connection_map(cluster).rows()),
        }


def measure(by_pods: Size, by_policies: Size, factors: Sequence[int]) -> list[Growth]:
    """Return what everything costs with so many times the pods, and with so many times the policies.

    More pods are of the same makes, and policies stay the same; more policies are about the same pods.
    """
    pods = {by_pods.pods * factor: by_pods.manifests(factor) for factor in factors}
    more = [replace(by_policies, policies=by_policies.policies * factor) for factor in factors]
    policies = {size.policies: size.manifests() for size in more}
    return [
        *_growth("pods", pods, by_pods),
        *_growth("policies", policies, by_policies),
    ]


def _growth(of: str, texts: Mapping[int, str], size: Size) -> list[Growth]:
    with TemporaryDirectory() as folder, collecting_seldom():
        versions = [_version(Path(folder), count, text, size) for count, text in texts.items()]
        versions[0].costs()  # warm up
        rounds = [[version.costs() for version in versions] for _ in range(size.rounds)]
    return [
        Growth(
            what,
            of,
            tuple(texts),
            tuple(tuple(costs[place][what] for costs in rounds) for place in range(len(versions))),
        )
        for what in rounds[0][0]
    ]


def _version(folder: Path, count: int, text: str, size: Size) -> _Version:
    file = folder / f"{count}.yaml"
    file.write_text(text, encoding="utf-8")
    return _Version(file, property_set(folder, size.properties(), [file.name]))
