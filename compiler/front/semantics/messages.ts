/** Messages of the semantic passes: 4xx library and points, 5xx names and types, 6xx targets, 7xx rights. */
import { Message, Severity } from "../source/diagnostics.ts";

function error(code: i32, text: string): Message {
  return new Message(code, Severity.Error, text);
}
function warning(code: i32, text: string): Message {
  return new Message(code, Severity.Warning, text);
}

export const NO_PROBES: Message = error(401, "no probes found: the script has nothing to run");
export const POINT_UNKNOWN: Message = error(402, "probe point mismatch: no probe point '{0}'");
export const POINT_NO_MATCH: Message = error(403, "no match for probe point '{0}'");
export const POINT_PROBLEM: Message = error(404, "probe point '{0}': {1}");
export const LIBRARY_UNREADABLE: Message = error(405, "cannot read library file '{0}'");
export const ALIAS_ARGUMENT: Message = error(
  409,
  "probe alias component '{0}' contains a parameter, a name has none",
);
export const ALIAS_LOOP: Message = error(406, "probe alias '{0}' leads back to itself");
export const CONDITION_LOCAL: Message = error(
  407,
  "probe condition must not use '{0}': only globals may be used",
);
export const CONDITION_CALL: Message = error(408, "probe condition must not call functions");

export const FUNCTION_UNKNOWN: Message = error(501, "unresolved function '{0}'");
export const FUNCTION_ARITY: Message = error(
  502,
  "unresolved arity-{1} function '{0}': no definition takes {1} argument(s)",
);
export const TYPE_MISMATCH: Message = error(503, "type mismatch: expected {0} but found {1}");
export const TYPE_CONFLICT: Message = error(
  504,
  "type mismatch: '{0}' is used as {1}, but it is {2}",
);
export const UNRESOLVED_TYPE: Message = error(505, "unresolved type of '{0}'");
export const ARITY_MISMATCH: Message = error(
  506,
  "inconsistent arity: '{0}' is used with {1} key(s), but has {2}",
);
export const LOCAL_ARRAY: Message = error(
  507,
  "array locals not supported, missing global declaration? ('{0}')",
);
export const NOT_ASSIGNABLE: Message = error(510, "cannot assign to this expression");
export const VALUE_OF_PROCEDURE: Message = error(511, "unresolved type: '{0}' returns no value");
export const ARRAY_AS_VALUE: Message = error(512, "array '{0}' is used without keys");
export const LOOP_OUTSIDE: Message = error(514, "'{0}' outside a loop");
export const MODIFIED_IN_FOREACH: Message = error(
  515,
  "array '{0}' is changed inside foreach over it",
);
export const WRAP_SCALAR: Message = error(516, "wrapping not supported for scalars ('{0}')");
export const KEYS_TOO_MANY: Message = error(517, "array '{0}' has more than 9 keys");
export const FORMAT_FEW: Message = error(
  518,
  "not enough arguments for format: {0} wanted, {1} given",
);
export const FORMAT_MANY: Message = error(
  519,
  "too many arguments for format: {0} wanted, {1} given",
);
export const STAT_EXPECTED: Message = error(521, "'{0}' is not an aggregate");
export const STAT_VALUE: Message = error(
  522,
  "aggregate '{0}' needs an extraction such as @count({0})",
);
export const HIST_TWICE: Message = error(523, "conflicting histogram parameters of '{0}'");
export const HIST_PARAMS: Message = error(524, "@hist_linear: {0}");
export const HIST_PRINT: Message = error(
  525,
  "a histogram may only be printed, indexed or iterated",
);
export const WILDCARD_KEY: Message = error(526, "'*' is not allowed as a key here");
export const PROBEWRITE_PLACE: Message = error(
  614,
  "@probewrite is not expected here, only in the body of a probe alias",
);
export const NO_CODE: Message = error(
  613,
  "{0} needs a probe point in the kernel's code, this one is in none",
);
export const ENTRY_OUTSIDE: Message = error(527, "@entry is only valid in return probes");
export const VARIANCE_SHIFT: Message = error(
  529,
  "conflicting or bad @variance bit shift of '{0}'",
);
export const ADDRESS_OPERAND: Message = error(532, "expected a target variable after '&'");
export const BAD_DELETE: Message = error(
  533,
  "expected an array, an element or a variable to delete",
);
export const LOCAL_STATS: Message = error(
  534,
  "local aggregates not supported, missing global declaration? ('{0}')",
);
export const REGEX_BAD: Message = error(535, "bad regular expression: {0}");
export const RETURN_VALUE: Message = error(
  536,
  "type mismatch: 'return' without a value, but the function gives {0}",
);
export const INITIAL_ARRAY: Message = error(531, "array '{0}' cannot have an initial value");

export const UNUSED_FUNCTION: Message = warning(540, "Eliding unused function '{0}'");
export const UNUSED_VARIABLE: Message = warning(541, "Eliding unused variable '{0}'");
export const NEVER_ASSIGNED: Message = warning(542, "never-assigned local variable '{0}'");
export const NEVER_ASSIGNED_GLOBAL: Message = warning(543, "never-assigned global variable '{0}'");
export const UNREACHABLE: Message = warning(544, "statement will never be reached");

export const ELIDED_ASSIGNMENT: Message = warning(545, "Eliding assignment to '{0}'");
export const ELIDED_EXPRESSION: Message = warning(546, "Eliding side-effect-free expression");
export const ELIDED_PROBE: Message = warning(547, "Probe '{0}' has been elided");
export const IDLE_FUNCTION: Message = warning(548, "side-effect-free function '{0}'");

export const TARGET_UNRESOLVED: Message = error(
  601,
  "unresolved target-symbol expression '{0}': {1}",
);
export const ENTRY_LOCAL: Message = error(
  602,
  "what is saved at the function's entry cannot use '{0}', which has no value there",
);
export const TARGET_READ_ONLY: Message = error(604, "cannot write to '{0}': {1}");
export const DEREF_SIZE: Message = error(605, "a size of 1, 2, 4 or 8 bytes is wanted, not '{0}'");
export const REGISTER_NUMBER: Message = error(
  606,
  "a register is a number from 0 to {1} (as DWARF counts them), not '{0}'",
);
export const PERF_UNKNOWN: Message = error(607, "unresolved perf counter '{0}'");
export const COUNTER_TWICE: Message = error(609, "duplicate perf counter name '{0}'");
export const ENUM_TYPE: Message = error(608, "@enumname: the type of '{0}' is no known enum");

export const TARGET_SKIPPED: Message = warning(
  640,
  "'{0}' is not known ({1}) and counts as 0",
);
export const ENTRY_SUGGESTED: Message = warning(
  641,
  "confusing usage of '{0}' in a return probe, consider @entry({0})",
);
export const COUNTER_BODY: Message = warning(
  642,
  "the handler of perf counter '{0}' never runs",
);
export const ENUM_UNKNOWN: Message = error(603, "unresolved enumerator '{0}'");

export const NEED_GURU: Message = error(701, "{0}: need stap -g (guru mode)");
export const PRIVILEGE: Message = error(
  702,
  "{0} may not be used when --privilege={1} is specified",
);
