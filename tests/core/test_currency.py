from paycalc.core.currency import CURRENCY_PLACES


def test_places_are_those_of_the_standard() -> None:
    assert CURRENCY_PLACES["CNY"] == CURRENCY_PLACES["USD"] == CURRENCY_PLACES["HUF"] == 2
    assert CURRENCY_PLACES["JPY"] == CURRENCY_PLACES["KRW"] == CURRENCY_PLACES["VND"] == 0
    assert CURRENCY_PLACES["KWD"] == CURRENCY_PLACES["BHD"] == 3
    assert CURRENCY_PLACES["CLF"] == 4


def test_codes_are_three_capital_letters() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCY_PLACES)


def test_what_has_no_minor_unit_pays_nobody() -> None:
    assert CURRENCY_PLACES.keys().isdisjoint({"XAU", "XAG", "XDR", "XXX", "XTS"})
