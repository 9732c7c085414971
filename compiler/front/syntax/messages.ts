/** The messages of the parser: 1xx lexical, 2xx preprocessor, 3xx syntax. */
import { Message, Severity } from "../source/diagnostics.ts";

/** Every message of this room, in order of definition; the tests walk it. */
export const SYNTAX_MESSAGES: Message[] = [];

function error(code: i32, text: string): Message {
  const message = new Message(code, Severity.Error, text);
  SYNTAX_MESSAGES.push(message);
  return message;
}

function warning(code: i32, text: string): Message {
  const message = new Message(code, Severity.Warning, text);
  SYNTAX_MESSAGES.push(message);
  return message;
}

// lexical
export const BAD_CHARACTER = error(101, "unexpected character {0}");
export const UNCLOSED_STRING = error(102, "could not find matching closing quote");
export const BAD_NUMBER = error(103, "number invalid");
export const NUMBER_RANGE = error(104, "number out of range, it needs more than 64 bits");
export const UNCLOSED_EMBEDDED = error(105, "could not find matching '%}' to close embedded code");
export const UNCLOSED_COMMENT = warning(
  106,
  "comment is not closed, it hides the rest of the file",
);
export const EMBEDDED_TAIL = warning(107, "'}%' inside embedded code, '%}' closes it");
export const ARG_RANGE = error(108, "command line argument index {0} out of range [1-{1}]");
export const ARG_NESTED = error(109, "invalid nested substitution of command line arguments");
export const ARG_UNUSED = warning(110, "unused command line argument {0}");
export const NUL_BYTE = warning(111, "a byte of value 0 ends the script, the rest is not read");

// preprocessor
export const COND_UNCLOSED = error(201, "incomplete conditional, expected '%)'");
export const COND_NO_THEN = error(202, "incomplete conditional, expected '%?'");
export const COND_STRAY = error(203, "'{0}' outside of a conditional");
export const COND_TWO_ELSE = error(204, "conditional has a second '%:'");
export const COND_SHAPE = error(205, "expected a comparison in the condition");
export const COND_OPERAND = error(206, "unknown left operand '{0}' in the condition");
export const COND_OPERATOR = error(207, "expected {0} in the condition");
export const COND_RIGHT = error(208, "expected {0} to compare '{1}' with");
export const COND_GLOB = error(209, "wildcard not allowed with order comparison '{0}'");
export const COND_NUMERIC = error(210, "value of {0} is not a number: '{1}'");
export const COND_NUMBER = error(
  226,
  "number '{0}' in a condition must be decimal, of at most 64 bits",
);
export const MACRO_NAME = error(211, "expected the name of the macro after '@define'");
export const MACRO_PARAMS = error(212, "expected a parameter list 'a, b)' for macro '{0}'");
export const MACRO_BODY = error(213, "expected '%(' and '%)' around the body of macro '{0}'");
export const MACRO_TWICE = error(214, "attempt to redefine macro '@{0}'");
export const MACRO_RESERVED = error(215, "attempt to redefine '@define'");
export const MACRO_BUILTIN = warning(216, "macro '@{0}' hides the built-in operator of that name");
export const MACRO_NO_ARGS = error(217, "expected '(' in invocation of macro '@{0}' taking {1}");
export const MACRO_ARGS_UNCLOSED = error(218, "expected ')' to end the parameters of macro '@{0}'");
export const MACRO_TOO_MANY = error(219, "too many parameters for macro '@{0}' (expected {1})");
export const MACRO_TOO_FEW = error(220, "too few parameters for macro '@{0}' (expected {1})");
export const MACRO_RECURSIVE = error(221, "recursive invocation of macro '@{0}'");
export const MACRO_NESTED = error(222, "macro definition inside the body of macro '@{0}'");
export const MACRO_ONLY = error(223, "a macro library may hold only macro definitions");
export const MACRO_TOO_BIG = error(225, "macro expansion grows without bound");

// syntax
export const EXPECTED = error(301, "expected {0}");
export const UNKNOWN_OPERATOR = error(302, "unknown macro or operator '{0}'");
export const NEEDS_GURU = error(303, "embedded code in unprivileged script; need stap -g");
export const RETURN_OUTSIDE = error(304, "found 'return' not in function context");
export const GLOBAL_TWICE = error(305, "duplicate global name '{0}'");
export const PARAM_TWICE = error(306, "duplicate parameter name '{0}'");
export const GLOBAL_SIZE = error(307, "array size must be a number from 1 to 2147483647");
export const ONE_SORT = error(308, "multiple sort directives in one foreach");
export const HIST_ALONE = error(309, "base histogram operator where a value is expected");
export const ALIAS_SUFFIX = error(
  311,
  "probe alias name may not be optional or sufficient",
);
export const BRACE_SUFFIX = error(
  312,
  "'?', '!' and conditions belong to the last component group",
);
export const ALIAS_OF_LIST = error(313, "an alias definition needs one name before '{0}'");
export const ALIAS_EPILOGUE = error(314, "an alias defined with '+=' has one body");
export const TOO_MANY_POINTS = error(315, "brace expansion gives too many probe points");
export const PRIORITY_RANGE = error(316, "function priority must be a number of at least 1");
export const FORMAT_LITERAL = error(317, "expected a string literal as the {0} of '{1}'");
export const TOO_DEEP = error(318, "nested too deeply");
export const MISSING_BRACE = error(320, "missing '}' before '{0}'");
export const HIST_NUMBERS = error(321, "expected {0} of '@{1}' as a literal number");
export const BAD_SUFFIX = error(322, "pretty-print suffix must end the expression");
export const NO_AUTOCAST = error(324, "'->' needs a target variable, @cast or @var before it");
export const LITERAL_RIGHT = error(325, "expected a string literal as the right operand of '{0}'");
export const EMPTY_FILE = error(327, "input file '{0}' is empty");
export const FORMAT_BAD = error(
  328,
  "invalid or missing conversion specifier '{0}' in format",
);
export const PRINT_ARGS = error(329, "{0} needs at least {1} argument(s)");
export const SKIPPED = warning(330, "what follows the operand of '@{0}' is passed over");
export const UNPRINTABLE = error(326, "'{0}' prints one histogram and nothing else");
