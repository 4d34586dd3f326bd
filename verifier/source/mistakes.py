"""What is wrong with a YAML text, by what its parser says: the likeliest mistake, at its place."""

from __future__ import annotations

import re
from typing import Final

import yaml
from yaml.error import MarkedYAMLError
from yaml.events import CollectionEndEvent, CollectionStartEvent, Event
from yaml.reader import ReaderError

from verifier.diagnostics import one_line
from verifier.source.refusals import RefusalError, Spot, control_character, helm_template, ignored_document

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # what YAML 1.1 takes for the end of a line
_TEMPLATE: Final = re.compile(r"^[^#\"']*\{\{")
_TEMPLATE_CODES: Final = ("yaml-syntax", "bad-key", "unclosed", "ignored-document", "unknown-anchor")
_CLOSING: Final = {"[": "]", "{": "}", '"': '"', "'": "'"}
_DIRECTIVE: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(%[^\r\n]*)")


def refuse_at(event: Event, code: str, message: str, hint: str | None = None) -> RefusalError:
    """Return a refusal at the place of `event`."""
    mark = event.start_mark
    return RefusalError(code, message, hint, (mark.line, mark.column) if mark else (0, 0))


def bad_key(event: Event) -> RefusalError:
    """Return the refusal of a list or mapping that stands where a key is expected."""
    return refuse_at(
        event, "bad-key", "found a list or a mapping as a key, expected text", "write the key in quotes"
    )


def bad_merge(event: Event) -> RefusalError:
    """Return the refusal of a `<<` whose value (which stands, or ends, at `event`) cannot be merged."""
    message = "found `<<` with something that is no mapping, expected a mapping or a list of mappings"
    return refuse_at(event, "bad-merge", message, "quote the `<<` if it is meant as a name")


def explain(error: yaml.YAMLError | RefusalError, text: str) -> RefusalError:
    """Return what keeps `text`, one document, from being read: the likeliest mistake, at its place."""
    refusal = error if isinstance(error, RefusalError) else _syntax(error, text)
    template = _template(error, refusal, text) if refusal.code in _TEMPLATE_CODES else None
    return template or refusal


def _template(error: yaml.YAMLError | RefusalError, refusal: RefusalError, text: str) -> RefusalError | None:
    lines = _BREAK.split(text)
    first = refusal.line - 1
    if isinstance(error, MarkedYAMLError) and error.context_mark is not None and refusal.code != "unclosed":
        first = max(first, min(error.context_mark.line, refusal.line) - 1)
    for number in range(max(first, 0), min(refusal.line + 1, len(lines))):
        found = _TEMPLATE.match(lines[number])
        if found is not None:
            return helm_template((number, found.end() - 2))
    return None


def _syntax(error: yaml.YAMLError, text: str) -> RefusalError:
    directive = _DIRECTIVE.match(text)
    if directive is not None:
        line = text.count("\n", 0, directive.start(1))
        message = f"found the directive `{one_line(directive[1].rstrip(), 40)}`, which kubectl cannot read"
        return RefusalError("yaml-directive", message, "remove the line", (line, 0))
    if isinstance(error, ReaderError):
        return control_character(text)
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return RefusalError("yaml-syntax", "not valid YAML")
    if "<document start>" in (error.problem or ""):
        return ignored_document((error.problem_mark.line, error.problem_mark.column))
    context, problem, mark = error.context or "", error.problem or "", error.problem_mark
    at = (mark.line, mark.column)
    lines = _BREAK.split(text)
    here = lines[mark.line] if mark.line < len(lines) else ""
    if (
        "\t" in here[: mark.column + 1][len(here[: mark.column + 1].rstrip("\t ")) :]
        or "tab character" in problem
    ):
        return RefusalError(
            "tab-indentation", "found a tab where YAML allows spaces only", "indent with spaces", at
        )
    opened = (error.context_mark.line, error.context_mark.column) if error.context_mark else None
    if "flow node" in context:
        rest = "".join(lines[mark.line :])[mark.column :].strip()
        opened = _open_bracket(text) if not rest or rest[0] in "]}" else None
    if opened is not None and ("flow" in context or "quoted" in context) and "expected" in problem:
        begun = "".join(lines[opened[0] : opened[0] + 1])[opened[1] : opened[1] + 1]
        if begun in _CLOSING:
            message = f"found `{begun}` without its `{_CLOSING[begun]}`"
            return RefusalError(
                "unclosed",
                message,
                "close it; a comma or a quote may be missing",
                opened,
            )
    words = f"not valid YAML: {problem} {context}".rstrip()
    return RefusalError(
        "yaml-syntax", words, "check the indentation and the quotes of this line and the one before it", at
    )


def _open_bracket(text: str) -> Spot | None:
    # The innermost list or mapping in brackets that is still open where the parser gives up.
    brackets: list[Spot | None] = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):
            if isinstance(event, CollectionStartEvent):
                mark = event.start_mark if event.flow_style else None
                brackets.append((mark.line, mark.column) if mark else None)
            elif isinstance(event, CollectionEndEvent):
                brackets.pop()
    except yaml.YAMLError:
        pass
    return brackets[-1] if brackets else None
