"""Addresses that the input states, of whoever bears them: looked for once, and only where somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cached_property

from verifier.flow import Address
from verifier.population import Population


class StatedAddresses:
    """The addresses that the workloads and nodes of one population state."""

    def __init__(self, population: Population) -> None:
        self._population = population

    @cached_property
    def numbers(self) -> Mapping[int, Set[int]]:
        """All of them as numbers, by IP version."""
        workloads = self._population.workloads
        owned = [workload.addresses for workload in workloads if workload.addresses]
        owned += [node.addresses for node in self._population.nodes]
        found = {4: set[int](), 6: set[int]()}
        for addresses in owned:
            for address in addresses:
                found[address.version].add(int(address))
        return found

    @cached_property
    def of_pods_alone(self) -> Set[Address]:
        """Those of pods with addresses of their own, which no node and no host-network pod can have.

        Input in which one has is refused.
        """
        return {
            address
            for workload in self._population.workloads
            if not workload.host_network
            for address in workload.addresses or ()
        }
