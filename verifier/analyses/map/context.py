"""What every part of the map shares: the endpoints, the values, and the readings taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verifier.analyses.map.diagram import NEVER, Atom, Diagrams, Kind, Value
from verifier.analyses.map.ends import Ends
from verifier.analyses.map.facts import implied
from verifier.analyses.map.mentions import mentions_of
from verifier.analyses.map.port_cells import PortCells, PortSpan
from verifier.analyses.map.selectors import Selectors
from verifier.cluster import Cluster
from verifier.readings import FREE, reading_row


class Context:
    """One cluster under some readings.

    Args:
        choices: a value or `FREE` for every reading.
        asked: ports that are to be told apart from others, whether or not a policy does.
    """

    def __init__(
        self, cluster: Cluster, choices: Mapping[str, bool | str], asked: Sequence[PortSpan] = ()
    ) -> None:
        self.cluster = cluster
        self.choices = choices
        mentions = mentions_of(cluster.policies, cluster.tiers)
        self.ends = Ends(cluster.population, mentions)
        named = {port for shape in self.ends.shapes for port in shape.ports}
        spans = (PortSpan(port.protocol, port.number, port.number) for port in named)
        self.ports = PortCells([*mentions.spans, *spans, *asked])
        self.diagrams = Diagrams(self.ports.full, implied)
        self.selectors = Selectors(self.ends, self.diagrams)

    def reading(self, name: str) -> Value:
        """Return the condition "the reading has the first of its values"."""
        choice = self.choices[name]
        if choice == FREE:
            return self.diagrams.asks(Atom(Kind.READING, name))
        return self.diagrams.full if choice == reading_row(name).values[0] else NEVER
