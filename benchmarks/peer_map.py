"""`verify map` beside the peer's `--connectivity`.

So that both are asked the same, ipBlocks are not held against pods: the peer never does. Its answer must be
ours, at every pod, and at a port and an address on either side of each boundary.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clock import cpu_seconds
from benchmarks.peer import BASE, peer
from benchmarks.processes import run_python
from benchmarks.result import Result
from benchmarks.size import Size
from verifier.analyses.map.port_cells import PortSpan
from verifier.analyses.map.told import MapRow, Party
from verifier.cluster import Cluster
from verifier.flow import MAX_PORT, MIN_PORT, Address, Protocol
from verifier.mapper import connection_map
from verifier.reading import load

TARGET = 1 / 100
ASKED_ALIKE = {"cidr_matches_pods": False}
_LINE = re.compile(r"(\S+) => (\S+) : (.*)")
_CUBE = re.compile(r"\{protocols:([A-Z, ]+?)(?:,dst_ports:([0-9,-]+))?\}")

Spot = tuple[Protocol, int]
Pairs = dict[tuple[str, str], set[Spot]]


def measure(size: Size) -> list[Result]:
    """Return the CPU time of a map against that of the peer: of the answer alone, and of the whole program.

    Raises:
        RuntimeError: the two answers differ.
    """
    other = peer("peer-map")
    if other is None:
        return []
    with TemporaryDirectory() as folder:
        manifests, told = Path(folder, "k8s"), Path(folder, "nca.txt")
        manifests.mkdir()
        Path(manifests, "cluster.yaml").write_text(size.manifests(), encoding="utf-8")
        asked = ["--connectivity", "-r", str(manifests), "-o", "txt_no_fw_rules", "-f", str(told)]
        own = ["-m", "verifier", "map", str(manifests), "--format", "csv"]
        cluster = load(str(manifests))
        theirs, whole, answer = [], [], []
        for _ in range(size.rounds):
            told.unlink(missing_ok=True)  # the peer adds to what is there
            theirs.append(other.run(asked))
            whole.append(run_python(own).seconds)
            answer.append(cpu_seconds(lambda: connection_map(cluster, readings=ASKED_ALIKE).rows()))
        _compare(cluster, told.read_text("utf-8"))
    answers, wholes = tuple(spent.answer for spent in theirs), tuple(spent.whole for spent in theirs)
    return [
        Result(f"map, {size}, the answer alone", BASE, answers, tuple(answer), TARGET),
        Result(f"map, {size}, the whole program", BASE, wholes, tuple(whole)),
    ]


# --- the same answer? --------------------------------------------------------------------------------------


def _compare(cluster: Cluster, told: str) -> None:
    rows = [row for row in connection_map(cluster, readings=ASKED_ALIKE).rows() if not row.depends]
    spots = _Spots(cluster, rows)
    own, theirs = spots.of_rows(rows), spots.of_peer(told)
    differing = sorted(pair for pair in own.keys() | theirs.keys() if own.get(pair) != theirs.get(pair))
    print(f"peer-map: {len(own)} pairs with an open port, {len(differing)} differ", file=sys.stderr)
    for pair in differing[:10]:
        here, there = (sorted(each.get(pair, ())) for each in (own, theirs))
        print(f"  {' -> '.join(pair)}: {here} here, {there} there", file=sys.stderr)
    if differing:
        raise RuntimeError(f"the peer says otherwise of {len(differing)} pairs")


class _Spots:
    """What is looked at: every pod; addresses and ports on either side of each boundary."""

    def __init__(self, cluster: Cluster, rows: Sequence[MapRow]) -> None:
        self._pods = [workload.title for workload in cluster.population.workloads]
        self._by_namespace: dict[str, list[str]] = {}
        for workload in cluster.population.workloads:
            self._by_namespace.setdefault(workload.namespace, []).append(workload.title)
        ends = {end for row in rows for span in row.ports for end in (span.first - 1, span.first, span.last)}
        self._ports = sorted(each for each in (*ends, MAX_PORT) if each >= MIN_PORT)
        blocks = [block for row in rows for end in (row.source, row.destination) for block in end.addresses]
        cidrs = {cidr for block in blocks for cidr in (block.cidr, *block.without)}
        self._addresses: list[Address] = sorted(
            {each for cidr in cidrs for each in (cidr.network_address, cidr.broadcast_address)},
            key=lambda address: (address.version, int(address)),
        )

    def of_rows(self, rows: Iterable[MapRow]) -> Pairs:
        """Return what is open here; of a pod and itself neither says anything."""
        found: Pairs = {}
        for row in rows:
            sources, destinations = list(self._ends(row.source)), list(self._ends(row.destination))
            ports = {spot for span in row.ports for spot in self._of_span(span)}
            for one in sources:
                for other in destinations:
                    if one != other:
                        found.setdefault((one, other), set()).update(ports)
        return found

    def _ends(self, party: Party) -> Iterator[str]:
        if party.everybody:
            yield from self._pods
        for namespace in party.namespaces:
            yield from self._by_namespace[namespace]
        yield from (workload.title for workload in party.workloads)
        for address in self._addresses:
            if any(
                address in block.cidr and not any(address in hole for hole in block.without)
                for block in party.addresses
            ):
                yield str(address)

    def _of_span(self, span: PortSpan) -> Iterator[Spot]:
        yield from ((span.protocol, port) for port in self._ports if span.first <= port <= span.last)

    def of_peer(self, told: str) -> Pairs:
        """Return what the peer says is open.

        Raises:
            RuntimeError: a line of it cannot be read.
        """
        found: Pairs = {}
        for line in told.splitlines():
            read = _LINE.fullmatch(line.strip())
            if read is None:
                continue
            ports = {spot for span in _spans(read[3]) for spot in self._of_span(span)}
            for one in self._named(read[1]):
                for other in self._named(read[2]):
                    found.setdefault((one, other), set()).update(ports)
        return found

    def _named(self, text: str) -> list[str]:
        if "/" in text and text.endswith("]"):
            return [text.partition("[")[0]]
        low, _, high = text.partition("-")
        first, last = ip_address(low), ip_address(high or low)
        return [
            str(each)
            for each in self._addresses
            if each.version == first.version and int(first) <= int(each) <= int(last)
        ]


def _spans(text: str) -> Iterator[PortSpan]:
    cubes = _CUBE.findall(text)
    if not cubes or _CUBE.sub("", text).strip(" ,"):
        raise RuntimeError(f"expected cubes of protocols and ports, found `{text}`")
    for protocols, ports in cubes:
        for name in protocols.split(","):
            for part in (ports or f"{MIN_PORT}-{MAX_PORT}").split(","):
                low, _, high = part.partition("-")
                yield PortSpan(Protocol(name.strip()), int(low), int(high or low))
