"""Faults of names, the header and the grain of expressions."""

from paycalc.core.diagnostic import Rule

SETTING_MISSING = Rule(
    "setting-missing",
    "a setting of the header is missing",
    "without its currency, period and payee a plan does not say what it pays, for when, and to whom",
    bad="plan p\n  currency CNY\n  payee worker\nentity worker\n  sales : money\npay a = 5\n",
    mended="plan p\n  currency CNY\n  period month\n  payee worker\nentity worker\n  sales : money\npay a = 5\n",
)
UNKNOWN_CURRENCY = Rule(
    "unknown-currency",
    "no currency has this code",
    "the places of a pay line are those of its currency in ISO 4217",
    bad="plan p\n  currency RMB\n  period month\n  payee worker\nentity worker\n  sales : money\npay a = 5\n",
    mended="plan p\n  currency CNY\n  period month\n  payee worker\nentity worker\n  sales : money\npay a = 5\n",
)
UNKNOWN_PERIOD = Rule(
    "unknown-period",
    "no period of this kind",
    "pay is computed for a day, a week, N days from a date, a half month, a month, a quarter or a year",
    bad="plan p\n  currency CNY\n  period fortnight\n  payee worker\nentity worker\n  sales : money\npay a = 5\n",
    mended="plan p\n  currency CNY\n  period 14 days from 2026-01-05\n  payee worker\n"
    "entity worker\n  sales : money\npay a = 5\n",
)
UNKNOWN_TIMEZONE = Rule(
    "unknown-timezone",
    "no time zone has this name",
    "a time zone is named as in the IANA data base, e.g. `Asia/Shanghai`",
    bad="plan p\n  currency CNY\n  period month\n  timezone Asia/Beijing\n  payee worker\n"
    "entity worker\n  sales : money\npay a = 5\n",
    mended="plan p\n  currency CNY\n  period month\n  timezone Asia/Shanghai\n  payee worker\n"
    "entity worker\n  sales : money\npay a = 5\n",
)
TIMEZONE_MISSING = Rule(
    "timezone-missing",
    "a moment is used but the plan has no time zone",
    "which day and hour a moment falls on depends on the time zone",
    bad="entity visit in worker\n  at : datetime\nlet visit.late = hour(at) >= 22\n",
    mended="plan p\n  currency CNY\n  period month\n  timezone Asia/Shanghai\n  payee worker\nentity worker\n"
    "  at : datetime\npay night = 5 when hour(at) >= 22\n",
)
UNKNOWN_NAME = Rule(
    "unknown-name",
    "nothing has this name here",
    "a name is looked up in the line's own entity, then among the plan's parameters and the members of enumerations; "
    "what belongs to other entities is reached by a path",
    bad="pay commission = round(slaes * 2%)\n",
    mended="pay commission = round(sales * 2%)\n",
)
UNKNOWN_FUNCTION = Rule(
    "unknown-function",
    "no function, table or ladder has this name",
    "a name before `(` is a function of the language, a table or a ladder of the plan",
    bad="pay commission = rond(sales * 2%)\n",
    mended="pay commission = round(sales * 2%)\n",
)
UNKNOWN_ENTITY = Rule(
    "unknown-entity",
    "the plan declares no such entity",
    "rows of data belong to entities that the plan declares",
    bad="let shop.size = 5\n",
    mended="let store.size = 5\n",
)
UNKNOWN_TYPE = Rule(
    "unknown-type",
    "no type, kind or entity has this name",
    "a column's type is one of the language's types, a `kind`, or an entity it refers to",
    bad="entity shift in worker\n  length : integer\n",
    mended="entity shift in worker\n  length : int\n",
)
DUPLICATE_NAME = Rule(
    "duplicate-name",
    "the name is taken",
    "each name is defined once; two things of one entity may not share a name",
    bad="let base = sales\nlet base = sales * 2\n",
    mended="let base = sales\nlet base_doubled = sales * 2\n",
)
RESERVED_NAME = Rule(
    "reserved-name",
    "the language keeps this name for itself",
    "gross, net, cost, plan, period, opening, yes, no and the functions mean the same in every plan",
    bad="let gross = sales\n",
    mended="let turnover = sales\n",
)
NOT_AN_EVENT = Rule(
    "not-an-event",
    "what is paid or has parameters is dated or held back",
    "an event counts on its own day, or not at all while it is bad; who is paid and what has parameters is there for "
    "the whole period",
    bad="entity shift dated day in worker\n  day : date\nparameters of shift\n  bonus : money\n",
    mended="entity shift dated day in worker\n  day   : date\n  bonus : money\n",
)
MEMBER_HIDDEN = Rule(
    "member-hidden",
    "the name means a member and a value at once",
    "beside a value of an enumeration a bare name is a member of it; a column or line of the same name would be hidden",
    bad="let senior = 5\nlet x = if grade is senior then 1 else 2\n",
    mended="let senior_rate = 5\nlet x = if grade is senior then 1 else 2\n",
)
AMBIGUOUS_MEMBER = Rule(
    "ambiguous-member",
    "several enumerations have this member",
    "a bare member alone does not say which enumeration it is of",
    bad="kind level = one of junior, master\nlet x = junior\n",
    mended="kind level = one of junior, master\nlet x = if sales > 100 then 1 else 2\n",
)
NO_REFERENCE = Rule(
    "no-reference",
    "the rows of that entity do not refer to this one",
    "an aggregate runs over the rows that point here through a reference",
    bad="entity shift\n  length : int 0 .. 24\nlet total = sum(length of shift)\n",
    mended="entity shift in worker\n  length : int 0 .. 24\nlet total = sum(length of shift)\n",
)
AMBIGUOUS_REFERENCE = Rule(
    "ambiguous-reference",
    "several references lead here",
    "where rows point here in several ways, `via` says which is meant",
    bad="entity deal\n  owner : worker\n  helper : worker\n  amount : money\nlet total = sum(amount of deal)\n",
    mended="entity deal\n  owner : worker\n  helper : worker\n  amount : money\n"
    "let total = sum(amount of deal via owner)\n",
)
WRONG_GRAIN = Rule(
    "wrong-grain",
    "the name belongs to another entity",
    "every expression lives at the grain of one entity: going up is a path, going down an aggregate",
    bad="let share = round(revenue * 1%)\n",
    mended="let share = round(store.revenue * 1%)\n",
)
NOT_A_PATH = Rule(
    "not-a-path",
    "what stands before the dot has no parts",
    "only references to other entities, `plan`, `period` and the row of a table have parts",
    bad="let x = sales.amount\n",
    mended="let x = sales\n",
)
CYCLE = Rule(
    "cycle",
    "lines define each other in a circle",
    "a value that needs itself has no meaning; every plan terminates",
    bad="let a = b + 1\nlet b = a + 1\n",
    mended="let a = b + 1\nlet b = 1\n",
)

RULES = (
    SETTING_MISSING, UNKNOWN_CURRENCY, UNKNOWN_PERIOD, UNKNOWN_TIMEZONE, TIMEZONE_MISSING,
    UNKNOWN_NAME, UNKNOWN_FUNCTION, UNKNOWN_ENTITY, UNKNOWN_TYPE, DUPLICATE_NAME, RESERVED_NAME, NOT_AN_EVENT,
    MEMBER_HIDDEN, AMBIGUOUS_MEMBER, NO_REFERENCE, AMBIGUOUS_REFERENCE, WRONG_GRAIN, NOT_A_PATH, CYCLE,
)  # fmt: skip
