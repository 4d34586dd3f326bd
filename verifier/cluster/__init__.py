"""From documents to a cluster: who exists, which policies hold, and what had to be assumed."""

from verifier.cluster.build import build_cluster
from verifier.cluster.model import Assumption, Cluster, Origin, UnmodelledPolicy
from verifier.cluster.room import room_faults

__all__ = ["Assumption", "Cluster", "Origin", "UnmodelledPolicy", "build_cluster", "room_faults"]
