"""Whom the input shows, looked up by what they have."""

from __future__ import annotations

from tests.differential.rounds import rounds
from tests.strategies import RICH, population


def test_a_look_up_finds_just_those_who_have_it_in_input_order() -> None:
    shared = 0
    for _, dice in rounds(60):
        people = population(dice, RICH, 8)
        namespaces = {workload.namespace for workload in people.workloads}
        addresses = {address for workload in people.workloads for address in workload.addresses or ()}

        assert people.by_namespace.keys() == namespaces
        assert people.by_address.keys() == addresses
        for name, there in people.by_namespace.items():
            assert list(there) == [each for each in people.workloads if each.namespace == name]
            shared += len(there) > 1
        for address, bearers in people.by_address.items():
            assert list(bearers) == [each for each in people.workloads if address in (each.addresses or ())]
        assert people.has_host_network == any(each.host_network for each in people.workloads)

    assert shared > 20
