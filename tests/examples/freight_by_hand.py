"""The freight plan again, in whole cents and without paycalc: what its totals are compared with."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from paycalc.cli.demo.hauls import freight_tables, freight_terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
LINES = ("by_weight", "late", "waiting", "tolls", "losses", "advances")


def half_up(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)


def cents(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def whole_months(begin: date, end: date) -> int:
    """Between two dates of a time when no day of the first is missing in the month of the second but at its end."""
    months = (end.year - begin.year) * 12 + end.month - begin.month
    last_of_month = (date(end.year + end.month // 12, end.month % 12 + 1, 1) - date(end.year, end.month, 1)).days
    return months - (end.day < min(begin.day, last_of_month))


def pay_hauls(haul_count: int, seed: int) -> tuple[dict[str, int], Counter[str]]:
    """The totals of the pay lines in cents, and what became of the hauls."""
    tables, terms = freight_tables(haul_count, seed), freight_terms()
    routes = {row["route"]: row for row in tables["route"].to_pylist()}
    pits = {row["pit"]: row for row in terms["parameters.pit"]}
    advances = {row["driver"]: row["advance"] for row in tables["driver"].to_pylist()}
    rates = {(row["route"], row["cargo"], row["effective_from"]): cents(row["value"]) for row in terms["table.rate"]}
    sums = {driver: Counter() for driver in advances}
    became: Counter[str] = Counter()
    for haul in tables["haul"].to_pylist():
        if not FIRST <= haul["paid_on"] <= LAST:
            became["outside"] += 1
        elif haul["route"] not in routes or haul["full"] <= haul["empty"]:
            became["held"] += 1
        else:
            became["paid"] += 1
            sums[haul["driver"]].update(_lines(haul, routes[haul["route"]], pits, rates))
    totals: Counter[str] = Counter()
    for driver, lines in sums.items():
        gross = sum(lines[name] for name in ("by_weight", "late", "waiting", "tolls"))
        lines["losses"] = min(lines["losses"], gross)
        lines["advances"] = min(advances[driver], half_up(gross, 2), gross - lines["losses"])
        totals.update({name: lines[name] for name in LINES})
        totals.update(gross=gross, net=gross - lines["losses"] - lines["advances"])
    return dict(totals), became


def _lines(haul: Mapping, route: Mapping, pits: Mapping, rates: Mapping) -> dict[str, int]:
    pit = pits[route["pit"]]
    since = "2026-11-16" if haul["paid_on"] >= date(2026, 11, 16) else "2026-01-01"
    tonnes = haul["full"] - haul["empty"]  # in hundredths, as are the loads
    freight = half_up(tonnes * rates[haul["route"], haul["cargo"], since] * 1_025, 100_000)
    months = whole_months(haul["weighed_at"].astimezone(SHANGHAI).date(), haul["paid_on"])
    beyond = max(haul["waited"] - int(pit.get("free_waiting", "120")), 0)
    half_hours = -(-beyond // 30)
    lost = max(haul["loaded"] * 9_970 - tonnes * 10_000, 0)  # in millionths of a tonne
    return {
        "by_weight": freight,
        "late": half_up(freight * (30 if months >= 2 else 10 if months >= 1 else 0), 100),
        "waiting": half_up(half_hours * cents(pit.get("waiting_rate", "60")), 2),
        "tolls": route["toll"],
        "losses": half_up(lost * int(pit["goods_value"]), 10_000),
    }
