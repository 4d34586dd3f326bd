"""From the bytes of manifests to a cluster: read anew, or taken from what an earlier run has kept."""

from verifier.loading.load import Settings, load_cluster

__all__ = ["Settings", "load_cluster"]
