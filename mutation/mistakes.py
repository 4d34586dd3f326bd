"""The mistakes: each is one node of a file's syntax tree replaced by another.

What no test should pin is left alone: annotations, aliases of types, decorators, strings (messages above
all), what is raised or asserted, and blocks for type checkers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}
_PAIRS = {
    "all": "any",
    "max": "min",
    "conjunction": "disjunction",
    "implication": "same_truth",
    "source": "destination",
    "SOURCE": "DESTINATION",
    "INGRESS": "EGRESS",
    "ipv4": "ipv6",
    "has_ipv4": "has_ipv6",
}
_OTHER = {**_PAIRS, **{right: left for left, right in _PAIRS.items()}}
_OF_ANY_LENGTH = (ast.Call, ast.keyword, ast.For, ast.comprehension)  # the tuples right below these
_LEFT_ALONE = (ast.JoinedStr, ast.Raise, ast.Assert, ast.Import, ast.ImportFrom)
_FIELDS_LEFT_ALONE = ("annotation", "returns", "decorator_list", "bases")


@dataclass(frozen=True, slots=True)
class Mistake:
    """In the tree of `file`, what `parent` has at `field` (and `index`, in a list) becomes `new`.

    `within` names the functions and classes around it, `around` is what is shown of it.
    """

    file: Path
    within: str
    line: int
    around: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    old: ast.AST
    new: ast.AST

    @property
    def texts(self) -> tuple[str, str]:
        """What stands there and what will, with the expression around it."""
        if not isinstance(self.around, ast.expr | ast.keyword):
            return ast.unparse(self.old), ast.unparse(self.new)
        before = ast.unparse(self.around)
        self._put(self.new)
        after = ast.unparse(self.around)
        self._put(self.old)
        return before, after

    def code(self, tree: ast.Module) -> CodeType:
        """Return what `tree` means with the mistake in it; the tree itself stays as it is."""
        self._put(ast.fix_missing_locations(ast.copy_location(copy(self.new), self.old)))
        code = compile(tree, str(self.file), "exec", dont_inherit=True)
        self._put(self.old)
        return code

    def _put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mistakes(
    file: Path, parent: ast.AST, within: str = "", around: ast.AST | None = None
) -> Iterator[Mistake]:
    """Return every mistake there is below a node, in the order of the text."""
    if isinstance(parent, ast.FunctionDef | ast.ClassDef):
        within = f"{within}.{parent.name}".lstrip(".")
    if around is None or not isinstance(parent, ast.Attribute):
        around = parent
    for field, content in ast.iter_fields(parent):
        if field in _FIELDS_LEFT_ALONE:
            continue
        for index, child in enumerate(content if isinstance(content, list) else [content]):
            if isinstance(child, ast.AST) and not _is_left_alone(parent, child):
                for new in _instead(parent, field, child):
                    place = index if isinstance(content, list) else None
                    line = getattr(child, "lineno", 0)
                    yield Mistake(file, within, line, around, parent, field, place, child, new)
                yield from mistakes(file, child, within, around)


def _is_left_alone(parent: ast.AST, child: ast.AST) -> bool:
    match child:
        case ast.If(test=ast.Name("TYPE_CHECKING")):
            return True
        case ast.Assign(value=ast.Subscript() | ast.BinOp(op=ast.BitOr())):
            return isinstance(parent, ast.Module)
        case _:
            return isinstance(child, _LEFT_ALONE)


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    new = copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _instead(parent: ast.AST, field: str, node: ast.AST) -> Iterator[ast.AST]:
    """What could stand there by mistake."""
    if field in ("test", "ifs", "guard") and not isinstance(node, ast.Constant):
        yield ast.Constant(True)
    if field == "test":
        yield ast.Constant(False)
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in _COMPARISONS[type(op)]:
                    yield _changed(node, ops=[*ops[:at], other(), *ops[at + 1 :]])
        case ast.BoolOp(op, operands):
            yield _changed(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            fewer = [operands[:at] + operands[at + 1 :] for at in range(len(operands))]
            yield from (left[0] if len(left) == 1 else _changed(node, values=left) for left in fewer)
        case ast.UnaryOp(ast.Not(), operand) | ast.Call(ast.Attribute(attr="negation"), [operand]):
            yield operand
        case ast.BinOp(left, _, right):
            yield from (left, right)
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Name(word) if word in _OTHER:
            yield _changed(node, id=_OTHER[word])
        case ast.Attribute(_, word) if word in _OTHER:
            yield _changed(node, attr=_OTHER[word])
        case ast.List(items, ast.Load()) | ast.Set(items) | ast.Tuple(items, ast.Load()):
            if len(items) > 1 and (not isinstance(node, ast.Tuple) or isinstance(parent, _OF_ANY_LENGTH)):
                for at in range(len(items)):
                    yield _changed(node, elts=items[:at] + items[at + 1 :])
        case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Continue():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
