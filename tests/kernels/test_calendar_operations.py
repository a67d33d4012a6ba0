"""Parts of dates over every day of the years in which periods lie."""

from calendar import monthrange
from datetime import date

import pytest

from paycalc.core.calendar import YEAR_FIRST, YEAR_LAST, months_between, years_between
from tests.kernels.tiles import computed
from tests.kernels.twins import EPOCH, ROWS

FIRST, LAST = (day.toordinal() - EPOCH.toordinal() for day in (date(YEAR_FIRST, 1, 1), date(YEAR_LAST, 12, 31)))


@pytest.mark.parametrize("opcode", ["YEAR", "MONTH", "DAY", "WEEKDAY", "DAYS_IN_MONTH"])
def test_every_day(opcode):
    days = list(range(FIRST, LAST + 1))
    found = computed(opcode, "i32", [("i32", days)], tile=1_000)
    assert found == [ROWS[opcode](day, 0, 0, 0, 0) for day in days]


def month_ends() -> list[date]:
    """The days on which whole months and years turn: the last four and the first of each month."""
    found = []
    for year in range(YEAR_FIRST, YEAR_LAST + 1):
        for month in range(1, 13):
            last = monthrange(year, month)[1]
            found += [date(year, month, day) for day in (1, last - 3, last - 2, last - 1, last)]
    return found


@pytest.mark.parametrize(("opcode", "between"), [("MONTHS_BETWEEN", months_between), ("YEARS_BETWEEN", years_between)])
@pytest.mark.parametrize("apart", [0, 1, 4, 5, 59, 60, 61, 2_999])
def test_between_month_ends(opcode, between, apart):
    days = month_ends()[apart % 7 :: 3]
    firsts, seconds = days[: len(days) - apart], days[apart:]
    numbers = [[day.toordinal() - EPOCH.toordinal() for day in each] for each in (firsts, seconds)]
    for order in ((0, 1), (1, 0)):
        found = computed(opcode, "i32", [("i32", numbers[k]) for k in order], tile=1_000)
        pairs = zip(*(((firsts, seconds)[k]) for k in order), strict=True)
        assert found == [between(first, second) for first, second in pairs]
