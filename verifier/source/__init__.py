"""From files to plain data, as kubectl decodes it; every value knows where it stands."""

from verifier.source.decode import Document, JsonValue, decode
from verifier.source.files import STDIN, Read, read
from verifier.source.revision import GIT, read_revision

__all__ = ["GIT", "STDIN", "Document", "JsonValue", "Read", "decode", "read", "read_revision"]
