"""What earlier runs have worked out, kept on disk by what they worked it out from."""

from verifier.cache.objects import Codec
from verifier.cache.place import CACHE_DIR
from verifier.cache.store import Store, open_store

__all__ = ["CACHE_DIR", "Codec", "Store", "open_store"]
