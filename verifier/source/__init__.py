"""From files to plain data, as kubectl decodes it; every value knows where it stands."""

from verifier.source.again import Decoded
from verifier.source.contents import Content, Contents
from verifier.source.decode import Document, JsonValue, YamlReader, collector_paused, decode
from verifier.source.files import STDIN, Read, gather, read
from verifier.source.revision import GIT, gather_version

__all__ = [
    "GIT",
    "STDIN",
    "Content",
    "Contents",
    "Decoded",
    "Document",
    "JsonValue",
    "Read",
    "YamlReader",
    "collector_paused",
    "decode",
    "gather",
    "gather_version",
    "read",
]
