"""Faults of types, units, optionals, literals and ranges."""

from paycalc.core.diagnostic import Rule

DATED_COLUMN = Rule(
    "dated-column",
    "no column says when a row happened",
    "`dated` names a date or moment that every row has: by it a row is in the period or outside of it, and parameters "
    "are asked for",
    bad="entity shift dated day in worker\n  day : date optional\n",
    mended="entity shift dated day in worker\n  day : date\n",
)
PARAMETER_NEEDED = Rule(
    "parameter-needed",
    "`average` wants a parameter that is a number on every day",
    "`average` is the mean of a parameter's values over the days of the period; other values have one value a period",
    bad="let base = round(average(store.cap over period))\n",
    mended="let base = round(average(store.rate over period), 4)\n",
)
TYPE_MISMATCH = Rule(
    "type-mismatch",
    "the value is of the wrong type",
    "numbers, flags, dates, members and texts do not stand for each other",
    bad="pay bonus = 5 + grade\n",
    mended="pay bonus = if grade is senior then 5 else 0\n",
)
UNIT_MISMATCH = Rule(
    "unit-mismatch",
    "the units differ",
    "sums, comparisons, choices and lines want equal units; units convert only where you write the factor",
    bad="pay bonus = sales + hours\n",
    mended="pay bonus = sales + round(hours * 10 CNY per hour)\n",
)
UNKNOWN_UNIT = Rule(
    "unknown-unit",
    "nothing else is measured in this unit",
    "a unit that stands once, behind a number, can never meet another: it is misspelt, or was not meant as a unit",
    bad="let full_month = 160 hours\n",
    mended="let full_month = 160 hour\n",
)
CONDITION_NOT_FLAG = Rule(
    "condition-not-flag",
    "a condition must be yes or no",
    "a number or a text is neither true nor false",
    bad="pay bonus = 5 when days\n",
    mended="pay bonus = 5 when days > 0\n",
)
WRONG_ARGUMENTS = Rule(
    "wrong-arguments",
    "the function takes other arguments",
    "each function, table and ladder has its own arguments",
    bad="let x = clamp(days, 5)\n",
    mended="let x = clamp(days, 5, 20)\n",
)
WHEN_NEEDS_NUMBER = Rule(
    "when-needs-number",
    "`when` stands behind something that has no 0",
    "where `when` is false the line is 0; a flag, date, member or text has no 0",
    bad="let promoted = days > 20 when sales > 0\n",
    mended="let promoted = days > 20 and sales > 0\n",
)
UNMET_OPTIONAL = Rule(
    "unmet-optional",
    "the value may be missing",
    "a missing value never counts as 0: say what holds without it",
    bad="let top = min(sales, store.cap)\n",
    mended="let top = if given(store.cap) then min(sales, store.cap) else sales\n",
)
NEVER_MISSING = Rule(
    "never-missing",
    "the value is never missing",
    "`given` and `default` are for what is optional; on anything else they hide a mistake",
    bad="let top = default(sales, 0)\n",
    mended="let top = default(store.cap, 0)\n",
)
PERCENT_SIGN = Rule(
    "percent-sign",
    "a percentage is written without its %",
    "a bare 5 could mean 5% or 500%; 0 may go without",
    bad="parameters\n  bonus_rate : percent(2) 0 .. 50\n",
    mended="parameters\n  bonus_rate : percent(2) 0% .. 50%\n",
)
LITERAL_TYPE = Rule(
    "literal-type",
    "a value of another type is wanted here",
    "ranges, defaults, cells and examples hold written values of the declared type",
    bad="parameters\n  target : money = many\n",
    mended="parameters\n  target : money = 100_000\n",
)
UNKNOWN_MEMBER = Rule(
    "unknown-member",
    "the enumeration has no such member",
    "an enumeration holds the members that its declaration lists, and no others",
    bad="let x = if grade is jnior then 1 else 2\n",
    mended="let x = if grade is junior then 1 else 2\n",
)
LITERAL_OUT_OF_RANGE = Rule(
    "literal-out-of-range",
    "the written value lies outside the range",
    "what is written in the plan must lie in the range of its type",
    bad="parameters\n  bonus_rate : percent(2) 0% .. 50% = 60%\n",
    mended="parameters\n  bonus_rate : percent(2) 0% .. 50% = 40%\n",
)
TOO_MANY_PLACES = Rule(
    "too-many-places",
    "the written value is finer than its type",
    "a value is never rounded silently",
    bad="parameters\n  bonus : money = 1.005\n",
    mended="parameters\n  bonus : money(3) = 1.005\n",
)
TYPE_PLACES = Rule(
    "type-places",
    "the type's places are wrong",
    "decimal wants its places, from 0 to 9; money and percent may have them; other types have none",
    bad="parameters\n  factor : decimal\n",
    mended="parameters\n  factor : decimal(2)\n",
)
TYPE_UNIT = Rule(
    "type-unit",
    "a type of this kind has no unit or no range",
    "units belong to numbers; ranges belong to numbers and dates",
    bad="parameters\n  open : flag hour\n",
    mended="parameters\n  open : int hour\n",
)
RANGE_INVERTED = Rule(
    "range-inverted",
    "the range holds nothing",
    "a range goes from its lowest to its highest value",
    bad="parameters\n  bonus : money 100 .. 0\n",
    mended="parameters\n  bonus : money 0 .. 100\n",
)
OPTIONAL_WITH_DEFAULT = Rule(
    "optional-with-default",
    "optional, and with a default",
    "what has a default is never missing",
    bad="parameters\n  bonus : money optional = 5\n",
    mended="parameters\n  bonus : money = 5\n",
)
REFERENCE_DEFAULT = Rule(
    "reference-default",
    "a reference has no default",
    "which row is meant is a matter of the data; a reference may be optional instead",
    bad="entity deal\n  owner : worker = W1\n",
    mended="entity deal\n  owner : worker optional\n",
)
DIVISOR_MAY_BE_ZERO = Rule(
    "divisor-may-be-zero",
    "the divisor may be zero",
    "division by zero has no value, and paycalc proves before any data that it cannot happen",
    bad="let pace = round(sales / hours)\n",
    mended="let pace = round(sales / hours) when hours > 0\n",
)
NUMBER_TOO_WIDE = Rule(
    "number-too-wide",
    "the value may become too large to compute exactly",
    "every intermediate value must fit 127 bits (a factor or divisor 63), by the ranges of what it is made of",
    bad="let a = days * days * days * days * days * days * days * days * days * days * days * days\n"
    "let b = a * a * a\n",
    mended="let a : int 0 .. 1_000_000_000 = days * days * days\nlet b = a * a * a\n",
)
QUOTIENT_NOT_ROUNDED = Rule(
    "quotient-not-rounded",
    "a fraction is used where it must have been rounded",
    "a quotient stays an exact fraction until the plan rounds it; pay lines, shows and sums hold rounded values",
    bad="show pace = sales / 3\n",
    mended="show pace = round(sales / 3)\n",
)
NOT_EXACT = Rule(
    "not-exact",
    "the value has more places than the line may have",
    "a value is rounded where the plan says so and nowhere else",
    bad="pay commission = sales * store.rate\n",
    mended="pay commission = round(sales * store.rate)\n",
)
RANGE_NEVER_MET = Rule(
    "range-never-met",
    "the value always lies outside the declared range",
    "a declared range says which values are possible",
    bad="let x : int 100 .. 200 = days\n",
    mended="let x : int 0 .. 31 = days\n",
)
ROUNDING = Rule(
    "rounding",
    "the rounding is not well said",
    "round takes the value, then the places (0 to 9) or `to STEP`, then the mode; only money knows its own places",
    bad="let x = round(hours)\n",
    mended="let x = round(hours, 1)\n",
)
AMBIGUOUS_MOMENT = Rule(
    "ambiguous-moment",
    "the clocks show this time twice, or never",
    "where clocks are put back an hour comes twice, and where they are put forward one never comes",
    bad="plan p\n  currency EUR\n  period month\n  timezone Europe/Berlin\n  payee worker\nentity worker\n"
    "  at : datetime\npay late = 5 when at > 2026-10-25T02:30\n",
    mended="plan p\n  currency EUR\n  period month\n  timezone Europe/Berlin\n  payee worker\nentity worker\n"
    "  at : datetime\npay late = 5 when at > 2026-10-25T02:30+01:00\n",
)
CLAMP_INVERTED = Rule(
    "clamp-inverted",
    "the lower bound lies above the upper one",
    "clamp(x, low, high) holds x between low and high",
    bad="let x = clamp(days, 20, 5)\n",
    mended="let x = clamp(days, 5, 20)\n",
)

RULES = (
    DATED_COLUMN, PARAMETER_NEEDED, TYPE_MISMATCH, UNIT_MISMATCH, UNKNOWN_UNIT, CONDITION_NOT_FLAG, WRONG_ARGUMENTS,
    WHEN_NEEDS_NUMBER, UNMET_OPTIONAL, NEVER_MISSING, PERCENT_SIGN, LITERAL_TYPE, UNKNOWN_MEMBER,
    LITERAL_OUT_OF_RANGE, TOO_MANY_PLACES, TYPE_PLACES, TYPE_UNIT, RANGE_INVERTED, OPTIONAL_WITH_DEFAULT,
    REFERENCE_DEFAULT, DIVISOR_MAY_BE_ZERO, NUMBER_TOO_WIDE, QUOTIENT_NOT_ROUNDED, NOT_EXACT, RANGE_NEVER_MET,
    ROUNDING, AMBIGUOUS_MOMENT, CLAMP_INVERTED,
)  # fmt: skip
