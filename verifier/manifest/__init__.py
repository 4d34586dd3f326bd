"""Kubernetes objects, field for field; one file per API group."""
