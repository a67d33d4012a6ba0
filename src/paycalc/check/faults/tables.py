"""Faults of tables, ladders and examples."""

from paycalc.core.diagnostic import Rule

_LADDER = "ladder tiers of sales : percent(2)\n  0      : 1%\n  {} : 2%\npay a = round(marginal(sales, tiers))\n"

KEY_TYPE_MISSING = Rule(
    "key-type-missing",
    "nothing says what type the key has",
    "a key is named like a column, parameter or kind and takes its type, or says its own",
    bad="table fee of size : money\n  ..5 : 1\n  5.. : 2\n",
    mended="table fee of size int 0 .. 10 : money\n  ..5 : 1\n  5.. : 2\n",
)
KEY_CONFLICT = Rule(
    "key-conflict",
    "the key's name has several types",
    "a key takes the type of what bears its name, which must be the same wherever the name occurs",
    bad="entity shift in worker\n  days : int 0 .. 7\ntable fee of days : money\n  * : 1\n",
    mended="table fee of days : money\n  * : 1\n",
)
CELL_COUNT = Rule(
    "cell-count",
    "the row has not one value for each column of the table",
    "a row gives a cell for each key and a value for each result, in their order",
    bad="table fee of grade, days : money\n  junior : 1\n  *, * : 2\n",
    mended="table fee of grade, days : money\n  junior, * : 1\n  *, * : 2\n",
)
EMPTY_BAND = Rule(
    "empty-band",
    "the band holds no value of its key",
    "a band goes from its first value up to, but not with, its second, inside the key's range",
    bad="table fee of days : money\n  10..5 : 1\n  * : 2\n",
    mended="table fee of days : money\n  5..10 : 1\n  * : 2\n",
)
TABLE_GAP = Rule(
    "table-gap",
    "no row covers a case",
    "every case within the ranges of the keys must be covered; paycalc never supplies a value of its own",
    bad="table fee of days : money\n  ..10 : 1\n  20.. : 2\n",
    mended="table fee of days : money\n  ..20 : 1\n  20.. : 2\n",
)
UNREACHABLE_ROW = Rule(
    "unreachable-row",
    "the row can never match",
    "the first matching row counts; a row whose cases earlier rows take all is a mistake",
    bad="table fee of days : money\n  * : 1\n  20.. : 2\n",
    mended="table fee of days : money\n  20.. : 2\n  * : 1\n",
)
TABLE_TOO_COMPLEX = Rule(
    "table-too-complex",
    "the table is too complex to be checked",
    "that every case is covered is proven before any data; rows that overlap in many ways make that too long",
    bad="table fee of " + ", ".join(f"k{i} flag" for i in range(33)) + " : money\n  " + ", ".join("*" * 33) + " : 1\n",
    mended="table fee of k0 int 0 .. 1_000_000 : money\n  ..500_000 : 1\n  * : 2\n",
)  # fmt: skip
TABLE_RANGE = Rule(
    "table-range",
    "the argument always lies outside the key's range",
    "a table answers within the ranges of its keys; elsewhere a row is rejected",
    bad="table fee of size int 0 .. 10 : money\n  * : 1\npay a = fee(days + 20)\n",
    mended="table fee of size int 0 .. 100 : money\n  * : 1\npay a = fee(days + 20)\n",
)
FINER_THAN_KEY = Rule(
    "finer-than-key",
    "an argument finer than the key of a table from data",
    "whether the rows of data cover every case is known for the values that the key's places allow, and for no others",
    bad="table fee of size int 0 .. 100 : money from data\npay a = fee(days * 1.5)\n",
    mended="table fee of size int 0 .. 100 : money from data\npay a = fee(round(days * 1.5, 0))\n",
)
LADDER_ORDER = Rule(
    "ladder-order",
    "the steps do not rise",
    "each step of a ladder begins above the one before it",
    bad=_LADDER.format("0     "),
    mended=_LADDER.format("10_000"),
)
LADDER_GROUP = Rule(
    "ladder-group",
    "the groups of the ladder are wrong",
    "a ladder has one block of steps for each combination of its group keys, once",
    bad="ladder tiers of grade, sales : percent(2)\n  junior\n    0 : 1%\n"
    "pay a = round(marginal(sales, tiers(grade)))\n",
    mended="ladder tiers of grade, sales : percent(2)\n  junior\n    0 : 1%\n  senior\n    0 : 2%\n"
    "pay a = round(marginal(sales, tiers(grade)))\n",
)
LADDER_NEEDED = Rule(
    "ladder-needed",
    "a ladder is wanted, or stands where none is wanted",
    "marginal, slab, reached and interpolate take a value and a ladder: `marginal(sales, tiers)`",
    bad="ladder tiers of sales : percent(2)\n  0 : 1%\npay a = round(sales * tiers(sales))\n",
    mended="ladder tiers of sales : percent(2)\n  0 : 1%\npay a = round(sales * reached(sales, tiers))\n",
)
EXAMPLE = Rule(
    "example",
    "the example does not fit the plan",
    "an example gives rows of the plan's entities and expects values of its lines",
    bad='example "one"\n  worker W1 : sales 100\n',
    mended='pay a = 5\nexample "one"\n  worker W1 : sales 100 -> a 5\n',
)
EXAMPLE_PERIOD = Rule(
    "example-period",
    "the period of the example is wrong",
    "periods are named as the plan's period says, follow each other, and hold what is expected",
    bad='pay a = 5\nexample "one"\n  period 2026-W10\n    worker W1 : sales 100 -> a 5\n',
    mended='pay a = 5\nexample "one"\n  period 2026-10\n    worker W1 : sales 100 -> a 5\n',
)

RULES = (
    KEY_TYPE_MISSING, KEY_CONFLICT, CELL_COUNT, EMPTY_BAND, TABLE_GAP, UNREACHABLE_ROW, TABLE_TOO_COMPLEX,
    TABLE_RANGE, FINER_THAN_KEY, LADDER_ORDER, LADDER_GROUP, LADDER_NEEDED, EXAMPLE, EXAMPLE_PERIOD,
)  # fmt: skip
