from typing import Any

Ast: Any
Z3_inc_ref: Any
Z3_mk_and: Any
Z3_mk_or: Any
Z3_mk_not: Any
Z3_mk_eq: Any
Z3_mk_iff: Any
Z3_mk_extract: Any
Z3_mk_bvule: Any
Z3_mk_string_symbol: Any
Z3_mk_solver_for_logic: Any
Z3_substitute: Any
Z3_solver_assert: Any
Z3_solver_check_assumptions: Any
Z3_model_eval: Any
Z3_ast_vector_get: Any
Z3_get_ast_id: Any
Z3_get_bool_value: Any
Z3_get_numeral_uint64: Any

def Z3_get_numeral_string(context: Any, numeral: Any) -> str: ...
def Z3_get_estimated_alloc_size() -> int: ...
