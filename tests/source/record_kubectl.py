"""Ask kubectl again how it decodes each text of kubectl_decoding.json, and write down its answers.

Run it from the top of the repository, with kubectl on the PATH; no cluster is needed:

    python tests/source/record_kubectl.py

Each text goes through `kubectl annotate --local`, which decodes it as `kubectl apply` does and prints what it
read. A record holds the text and either the documents that kubectl read or its error. To add a text, append
`{"text": "..."}` to the file and run this; it takes less than a minute. The tests read the record only.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("kubectl_decoding.json")


def ask(text: str) -> dict[str, Any]:
    command = ["kubectl", "annotate", "--local", "-f", "-", "recorded=yes", "-o", "json"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=20, check=False)
    if done.returncode:
        return {"text": text, "error": done.stderr.decode().strip()}
    output = done.stdout.decode().strip()
    documents: list[Any] = []
    while output:
        document, end = json.JSONDecoder().raw_decode(output)
        del document["metadata"]["annotations"]
        documents.append(document)
        output = output[end:].lstrip()
    return {"text": text, "documents": documents}


def main() -> None:
    texts = dict.fromkeys(record["text"] for record in json.loads(RECORD.read_text("ascii")))
    records = [ask(text) for text in texts]
    lines = ",\n".join(json.dumps(record, sort_keys=True) for record in records)
    RECORD.write_text(f"[\n{lines}\n]\n", encoding="ascii")
    print(len(records), "texts,", sum("error" in record for record in records), "refused")


if __name__ == "__main__":
    main()
