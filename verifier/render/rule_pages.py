"""What is known of the lint's rules: a page for each, for terminals and for the documentation."""

from __future__ import annotations

from verifier.analyses.lint.examples import EXAMPLES
from verifier.analyses.lint.finding import Rule
from verifier.analyses.lint.registry import FAMILIES, RULES
from verifier.population import World

_WORLDS = {
    World.ANY_POD: "any pod: it holds whatever pods there are",
    World.SNAPSHOT: "the pods and namespaces shown",
}


def rule_page(rule: Rule) -> str:
    """Return the page of a rule, in Markdown."""
    lines = [
        f"# {rule.id}",
        "",
        f"{rule.summary[0].upper()}{rule.summary[1:]}.",
        "",
        f"- level: {rule.level}{' (on request: `--select`)' if rule.on_request else ''}",
        f"- claimed for {_WORLDS[rule.world]}",
        "",
        "## Why",
        "",
        rule.why,
        "",
        "## What to do",
        "",
        rule.fix,
    ]
    example = EXAMPLES.get(rule.id)
    if example is not None:
        lines += ["", "## Found", "", "```yaml", example.found.strip(), "```"]
        lines += ["", "## Not found", "", "```yaml", example.mended.strip(), "```"]
    return "\n".join(lines) + "\n"


def rule_table(link: str = "rules/{id}.md") -> str:
    """Return the table of all rules, in Markdown, each linked to its page."""
    lines = []
    for name, rules in FAMILIES:
        lines += [f"### {name}", "", "| rule | level | finds |", "|---|---|---|"]
        for rule in rules:
            level = f"{rule.level}, on request" if rule.on_request else str(rule.level)
            lines.append(f"| [{rule.id}]({link.format(id=rule.id)}) | {level} | {rule.summary} |")
        lines.append("")
    return "\n".join(lines)


def rule_list() -> str:
    """Return one line for each rule, for a terminal."""
    width = max(len(rule.id) for rule in RULES)
    return "".join(f"{rule.id:<{width}}  {rule.level:<8} {rule.summary}\n" for rule in RULES)
