"""Prove or refute properties of Kubernetes network policies."""

__version__ = "0.1.0"
