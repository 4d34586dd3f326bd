"""Names that nobody gave are nobody's, and a reading has its own values only."""

from __future__ import annotations

import pytest

from tests.encodings.test_shapes import NAMESPACE, pod
from verifier import loads
from verifier.encodings.namespaces import namespace_table
from verifier.encodings.symbolic_readings import pin_readings, symbolic_readings
from verifier.encodings.symbols import node_table
from verifier.encodings.terms import Terms
from verifier.encodings.vocabulary import unused
from verifier.population import Namespace


def test_an_unused_name_is_the_first_that_is_free() -> None:
    assert unused("other", {"another"}) == "other"
    assert unused("other", {"other"}) == "other-2"
    assert unused("other", {"other", "other-2", "other-4"}) == "other-3"


def test_new_namespaces_have_names_of_their_own() -> None:
    """S-4: two that nobody mentions, beside one that somebody does."""
    table = namespace_table({"new": Namespace("new", {})}, {"new-2", "Not/a name"})

    assert table.names == ("new", "new-2", "new-3", "new-4")
    assert table.existing == 1


def test_nodes_that_nobody_names_have_names_of_their_own() -> None:
    nodes = node_table(loads(NAMESPACE + pod("a", "node") + pod("b", "node-2")).population)

    assert nodes.names == ("node", "node-2", "node-3", "node-4")


def test_a_reading_has_no_value_but_its_own() -> None:
    terms = Terms()

    with pytest.raises(ValueError, match="own_node_ingress"):
        pin_readings(terms, symbolic_readings(terms), {"own_node_ingress": "perhaps"})
