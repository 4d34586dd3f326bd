"""Building Z3 terms: one context, constants folded at once, equal leaves built once.

z3py checks and coerces every argument, which costs about six times what building the term does (design.md,
section 10); this file calls the C interface underneath and is the only one that does. A term here is never
larger than it must be: `conjunction` of nothing is `true`, of one term is that term, of `false` and anything
is `false`.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Hashable, Iterable
from functools import cache
from typing import Any

import z3
from z3 import z3core

from verifier.deadline import OUT_OF_MEMORY, Deadline, LimitError

_TRUE = 1  # Z3_L_TRUE
_STEPS = 1_000_000  # half a second's work
_INTERRUPTED = "interrupted"  # by a person, or by who watches over it
_CHECK_EVERY = 4096  # arguments: well below a hundredth of a second's work


def _unchecked(function: Any) -> Any:
    """Return the C function behind one of z3's wrappers, which asks for an error after every call.

    Terms are built from arguments of the right sorts only, so that there is none to ask for.
    """
    defaults = function.__defaults__ or ()
    return getattr(defaults[-1], "f", function) if defaults else function


_INC_REF = _unchecked(z3core.Z3_inc_ref)
_MK_AND = _unchecked(z3core.Z3_mk_and)
_MK_OR = _unchecked(z3core.Z3_mk_or)
_MK_NOT = _unchecked(z3core.Z3_mk_not)
_MK_EQ = _unchecked(z3core.Z3_mk_eq)
_MK_IFF = _unchecked(z3core.Z3_mk_iff)
_MK_EXTRACT = _unchecked(z3core.Z3_mk_extract)
_SUBSTITUTE = _unchecked(z3core.Z3_substitute)
_SOLVER_ASSERT = _unchecked(z3core.Z3_solver_assert)
_MK_BVULE = _unchecked(z3core.Z3_mk_bvule)
_MODEL_EVAL = _unchecked(z3core.Z3_model_eval)
_VECTOR_GET = _unchecked(z3core.Z3_ast_vector_get)
_AST_ID = _unchecked(z3core.Z3_get_ast_id)
_GET_BOOL_VALUE = _unchecked(z3core.Z3_get_bool_value)
_GET_NUMERAL_UINT64 = _unchecked(z3core.Z3_get_numeral_uint64)


@cache
def _array_type(length: int) -> Any:
    return z3core.Ast * length


class _Term(z3.BoolRef):
    """A Boolean term that lives as long as its context: it is referenced once and never given back."""

    def __init__(self, ast: Any, context: z3.Context) -> None:
        self.ast = ast
        self.ctx = context

    def __del__(self) -> None:
        pass


class Solver(z3.Solver):
    """A solver that takes terms as they are: z3py looks at the sort of each again.

    For a limit in seconds z3 has a thread look at the clock, and wakes it for every check. Few checks take so
    long that it matters, so the first limit is one on the solver's own count of its steps.

    Whatever it is told bit by bit makes each check and each model dearer, even if it is not assumed any more:
    `renew` lets go of what was told for now.
    """

    def __init__(self, solver: Any, context: z3.Context) -> None:
        super().__init__(solver, context)
        self._by_the_clock = False
        self.set("rlimit", _STEPS)
        self._lasting: list[z3.BoolRef] = []  # since it was renewed
        self._renewed = False

    def add(self, *terms: z3.BoolRef) -> None:
        """Assert Boolean terms of this solver's context, for good."""
        self._lasting += terms
        self.add_for_now(*terms)

    def add_for_now(self, *terms: z3.BoolRef) -> None:
        """Assert `terms` until the solver is renewed: of variables that nobody assumes after that."""
        for term in terms:
            _SOLVER_ASSERT(self.ctx.ref(), self.solver, term.ast)

    def renew(self) -> None:
        """Forget what was asserted for now since this was last called, and keep the rest."""
        if self._renewed:
            self.pop()
            self.add_for_now(*self._lasting)
        self._renewed = True
        self._lasting.clear()
        self.push()

    def check(self, *assumptions: z3.BoolRef) -> z3.CheckSatResult:
        """Return whether there is a model under `assumptions`, for as long as the limits set allow."""
        array = _array_type(len(assumptions))(*[term.ast for term in assumptions])
        answer = z3core.Z3_solver_check_assumptions(self.ctx.ref(), self.solver, len(assumptions), array)
        return z3.CheckSatResult(answer)

    def core(self) -> frozenset[int]:
        """Return the ids of assumptions that suffice for the last check to be unsatisfiable."""
        context = self.ctx.ref()
        found = self.unsat_core()
        terms = (_VECTOR_GET(context, found.vector, place) for place in range(len(found)))
        return frozenset(_AST_ID(context, term) for term in terms)

    def check_within(self, deadline: Deadline, assumptions: Iterable[z3.BoolRef]) -> z3.CheckSatResult:
        """Return whether there is a model under `assumptions`; unknown when the deadline has come, too.

        Raises:
            LimitError: it has come before.
        """
        deadline.check()
        given = tuple(assumptions)
        if not self._by_the_clock:
            answer = self.check(*given)
            if answer != z3.unknown or _INTERRUPTED in self.reason_unknown():
                return answer
            if deadline.reason is not None:
                return answer
            self._by_the_clock = True
            self.set("rlimit", 0)
        self.set("timeout", max(1, deadline.milliseconds_left()))  # 0 would be no limit
        return self.check(*given)


def value(model: z3.ModelRef, variable: z3.BitVecRef) -> int:
    """Return the value of a bit-vector variable in a model; 0 where the model does not care."""
    context, found = model.ctx.ref(), _array_type(1)()
    number = ctypes.c_ulonglong()
    if not _MODEL_EVAL(context, model.model, variable.ast, True, found):
        raise z3.Z3Exception("a variable could not be looked up in a model")
    if _GET_NUMERAL_UINT64(context, found[0], ctypes.byref(number)):
        return number.value
    return int(z3core.Z3_get_numeral_string(context, found[0]))  # an IPv6 address


def truth(model: z3.ModelRef, term: z3.BoolRef) -> bool:
    """Return the value of a Boolean term in a model; false where the model does not care."""
    context, found = model.ctx.ref(), _array_type(1)()
    if not _MODEL_EVAL(context, model.model, term.ast, True, found):
        raise z3.Z3Exception("a term could not be evaluated in a model")
    return bool(_GET_BOOL_VALUE(context, found[0]) == _TRUE)


def partly(model: z3.ModelRef, term: z3.BoolRef, terms: Terms) -> z3.BoolRef:
    """Return what is left of a Boolean term when every variable that the model knows has its value there."""
    found = _array_type(1)()
    if not _MODEL_EVAL(model.ctx.ref(), model.model, term.ast, False, found):
        raise z3.Z3Exception("a term could not be evaluated in a model")
    return terms.adopted(found[0])


class Terms:
    """A term factory over one Z3 context. Terms of different factories must not meet.

    `deadline` is that of the work under way: after it the connectives raise `LimitError`.
    """

    def __init__(self) -> None:
        self.deadline = Deadline(math.inf)
        self.context = z3.Context()
        self._ref = self.context.ref()
        self.true = z3.BoolVal(True, self.context)
        self.false = z3.BoolVal(False, self.context)
        self._sorts: dict[int, z3.BitVecSortRef] = {}
        self._variables: dict[str, z3.BoolRef | z3.BitVecRef] = {}  # kept, so that no address is used twice
        self._widths: dict[int, int] = {}
        self._numerals: dict[tuple[int, int], z3.BitVecNumRef] = {}
        self._leaves: dict[tuple[Any, ...], z3.BoolRef] = {}
        self._made: dict[Hashable, z3.BoolRef] = {}
        self._unchecked_arguments = 0

    def _term(self, ast: Any) -> z3.BoolRef:
        if not ast:
            self.deadline.stop(OUT_OF_MEMORY)
            raise LimitError(OUT_OF_MEMORY)
        _INC_REF(self._ref, ast)
        return _Term(ast, self.context)

    def adopted(self, ast: Any) -> z3.BoolRef:
        """Return a term of this context that the C interface has made."""
        return self._term(ast)

    def solver(self, logic: str) -> Solver:
        """Return a new solver for `logic` over this context."""
        # `z3.SolverFor` would make z3's main context on the way, for a symbol.
        symbol = z3core.Z3_mk_string_symbol(self._ref, logic)
        return Solver(z3core.Z3_mk_solver_for_logic(self._ref, symbol), self.context)

    # --- variables and numerals ----------------------------------------------------------------------------

    def boolean(self, name: str) -> z3.BoolRef:
        """Return the Boolean variable called `name`."""
        found = self._variables.get(name)
        if not isinstance(found, z3.BoolRef):
            found = self._variables[name] = z3.Bool(name, self.context)
        return found

    def bits(self, name: str, width: int) -> z3.BitVecRef:
        """Return the variable called `name` of sort BitVec(`width`); a name has one width."""
        found = self._variables.get(name)
        if not isinstance(found, z3.BitVecRef):
            found = self._variables[name] = z3.BitVec(name, width, self.context)
            self._widths[found.ast.value] = width
        return found

    def constant(self, value: bool) -> z3.BoolRef:
        """Return the term `true` or `false`."""
        return self.true if value else self.false

    def numeral(self, value: int, width: int) -> z3.BitVecNumRef:
        """Return `value` as a numeral of sort BitVec(`width`)."""
        found = self._numerals.get((value, width))
        if found is None:
            found = self._numerals[(value, width)] = z3.BitVecVal(value, width, self.context)
        return found

    def once(self, key: Hashable, make: Callable[[], z3.BoolRef]) -> z3.BoolRef:
        """Return the term called `key`, made by `make` when it is first asked for."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    # --- connectives ---------------------------------------------------------------------------------------

    def conjunction(self, terms: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """Return the term that holds iff all of `terms` hold."""
        return self._joined(terms, self.true, self.false, _MK_AND)

    def disjunction(self, terms: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """Return the term that holds iff one of `terms` holds."""
        return self._joined(terms, self.false, self.true, _MK_OR)

    def _joined(
        self, terms: Iterable[z3.BoolRef], neutral: z3.BoolRef, dominant: z3.BoolRef, make: Any
    ) -> z3.BoolRef:
        kept = []
        for term in terms:
            if term is dominant:
                return dominant
            if term is not neutral:
                kept.append(term)
        if not kept:
            return neutral
        if len(kept) == 1:
            return kept[0]
        self._unchecked_arguments += len(kept)
        if self._unchecked_arguments > _CHECK_EVERY:
            self._unchecked_arguments = 0
            self.deadline.check()
        array = _array_type(len(kept))(*[term.ast for term in kept])
        return self._term(make(self._ref, len(kept), array))

    def negation(self, term: z3.BoolRef) -> z3.BoolRef:
        """Return the term that holds iff `term` does not."""
        if term is self.true:
            return self.false
        if term is self.false:
            return self.true
        return self._term(_MK_NOT(self._ref, term.ast))

    def implication(self, premise: z3.BoolRef, conclusion: z3.BoolRef) -> z3.BoolRef:
        """Return the term "`premise` implies `conclusion`"."""
        if premise is self.true:
            return conclusion
        return self.disjunction((self.negation(premise), conclusion))

    def same_truth(self, left: z3.BoolRef, right: z3.BoolRef) -> z3.BoolRef:
        """Return the term "`left` iff `right`"."""
        if right is self.true:
            return left
        if right is self.false:
            return self.negation(left)
        return self._term(_MK_IFF(self._ref, left.ast, right.ast))

    def choice(self, condition: z3.BoolRef, then: z3.BoolRef, otherwise: z3.BoolRef) -> z3.BoolRef:
        """Return the term that is `then` where `condition` holds and `otherwise` where it does not."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        return self.disjunction(
            (self.conjunction((condition, then)), self.conjunction((self.negation(condition), otherwise)))
        )

    def substituted(self, term: z3.BoolRef, pairs: Iterable[tuple[z3.ExprRef, z3.ExprRef]]) -> z3.BoolRef:
        """Return `term` with the left of each pair replaced by the right, all at once; sorts agree."""
        known = list(pairs)
        array = _array_type(len(known))
        left = array(*[old.ast for old, _ in known])
        right = array(*[new.ast for _, new in known])
        return self._term(_SUBSTITUTE(self._ref, term.ast, len(known), left, right))

    # --- leaves over bit-vectors ---------------------------------------------------------------------------

    def equals(self, variable: z3.BitVecRef, value: int) -> z3.BoolRef:
        """Return the term "`variable` is `value`"; sort of `variable`: any BitVec."""
        key = ("equals", variable.ast.value, value)
        found = self._leaves.get(key)
        if found is None:
            numeral = self.numeral(value, self._widths[variable.ast.value])
            ast = _MK_EQ(self._ref, variable.ast, numeral.ast)
            found = self._leaves[key] = self._term(ast)
        return found

    def width(self, variable: z3.BitVecRef) -> int:
        """Return the number of bits of a variable; z3py asks the solver for it every time."""
        return self._widths[variable.ast.value]

    def same(self, left: z3.BitVecRef, right: z3.BitVecRef) -> z3.BoolRef:
        """Return the term "`left` and `right` are equal"; both of one sort."""
        return self._term(_MK_EQ(self._ref, left.ast, right.ast))

    def one_of(self, variable: z3.BitVecRef, values: Iterable[int]) -> z3.BoolRef:
        """Return the term "`variable` is one of `values`"; neighbours become one range."""
        found: list[z3.BoolRef] = []
        ordered = sorted(set(values))
        begin = 0
        for index, value in enumerate(ordered):
            if index + 1 == len(ordered) or ordered[index + 1] != value + 1:
                found.append(self.between(variable, ordered[begin], value))
                begin = index + 1
        return self.disjunction(found)

    def between(self, variable: z3.BitVecRef, low: int, high: int) -> z3.BoolRef:
        """Return the term "low <= `variable` <= high", unsigned, bounds included; empty where low > high."""
        top = (1 << self._widths[variable.ast.value]) - 1
        if low > high or low > top:
            return self.false
        if low == high:
            return self.equals(variable, low)
        key = ("between", variable.ast.value, low, high)
        found = self._leaves.get(key)
        if found is None:
            parts = []
            if low > 0:
                parts.append(self._at_most(self.numeral(low, self._widths[variable.ast.value]), variable))
            if high < top:
                parts.append(self._at_most(variable, self.numeral(high, self._widths[variable.ast.value])))
            found = self._leaves[key] = self.conjunction(parts)
        return found

    def at_most(self, left: z3.BitVecRef, right: z3.BitVecRef) -> z3.BoolRef:
        """Return the term "left <= right", unsigned; both of one sort."""
        return self._at_most(left, right)

    def has_prefix(self, variable: z3.BitVecRef, value: int, length: int) -> z3.BoolRef:
        """Return the term "the `length` most significant bits of `variable` are those of `value`".

        `value` has the width of `variable`; its lower bits do not matter.
        """
        width = self._widths[variable.ast.value]
        if length == 0:
            return self.true
        low = width - length
        key = ("prefix", variable.ast.value, value >> low, length)
        found = self._leaves.get(key)
        if found is None:
            wanted = self.numeral(value >> low, length)
            # `head` has no reference of its own: the equation takes one before anything else is built.
            head = _MK_EXTRACT(self._ref, width - 1, low, variable.ast)
            ast = _MK_EQ(self._ref, head, wanted.ast)
            found = self._leaves[key] = self._term(ast)
        return found

    def _at_most(self, left: z3.BitVecRef, right: z3.BitVecRef) -> z3.BoolRef:
        return self._term(_MK_BVULE(self._ref, left.ast, right.ast))
