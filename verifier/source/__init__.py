"""From files to plain data, as kubectl decodes it; every value knows where it stands."""

from verifier.source.decode import Document, JsonValue, decode
from verifier.source.files import STDIN, Read, read

__all__ = ["STDIN", "Document", "JsonValue", "Read", "decode", "read"]
