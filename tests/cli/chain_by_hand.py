"""The store incentive plan computed again, in whole cents and by hand: what the demo's totals are compared with."""

from collections.abc import Mapping

from paycalc.cli.demo.chain import Chain


def hundredths(text: str | None) -> int | None:
    """`1.75%` as 175 (hundredths of a percent), `25.00` as 2500 (cents)."""
    if text is None:
        return None
    whole, _, part = text.rstrip("%").partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def half_up(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)


def rows(chain: Chain, table: str) -> list[dict[str, object]]:
    columns = chain.tables[table]
    names = [column.name for column in columns]
    return [dict(zip(names, cells, strict=True)) for cells in zip(*(c.cells for c in columns), strict=True)]


def kpi_factor(kpi: int) -> int:
    """In hundredths, of a score in hundredths."""
    return 0 if kpi < 60 else 80 if kpi < 80 else 100 if kpi < 100 else 120


def lines_of(worker: Mapping, store: Mapping, minimum_wage: int) -> dict[str, int]:
    """The pay lines of one worker, in cents."""
    target, rate, accelerator = (hundredths(store[name]) for name in ("target", "rate", "accelerator"))
    sales = worker["sales"]
    base = rate * min(sales, target) + accelerator * max(sales - target, 0)
    earned = max(half_up(base * kpi_factor(worker["kpi"]), 10**6), hundredths(store["floor_pay"]))
    cap = hundredths(store["cap"])
    commission = earned if cap is None else min(earned, cap)
    attendance = 300_00 if worker["days"] >= 22 else 0
    leading = 400_00 if worker["grade"] == "lead" else 0
    top_up = max(0, half_up(worker["hours"] * minimum_wage, 100) - commission - attendance)
    gross = commission + attendance + leading + top_up
    return {"commission": commission, "attendance": attendance, "leading": leading, "top_up": top_up, "gross": gross}


def why_rejected(worker: Mapping, stores: Mapping, keys: list[str]) -> str:
    """The code of the first fault by precedence, or an empty text."""
    if keys.count(worker["worker"]) > 1:
        return "duplicate-key"
    if worker["sales"] is None:
        return "null"
    if worker["hours"] > 400_00 or worker["kpi"] > 150:
        return "out-of-range"
    if worker["grade"] not in ("junior", "senior", "lead"):
        return "unknown-member"
    if worker["store"] not in stores:
        return "unknown-reference"
    return "missing-parameter" if stores[worker["store"]]["rate"] is None else ""


def pay_chain(chain: Chain) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """The pay lines of every worker who can be paid, by key, and how many are rejected for each code."""
    stores = {row["store"]: row for row in rows(chain, "parameters.store")}
    (plan,) = rows(chain, "parameters.plan")
    workers = rows(chain, "worker")
    keys = [worker["worker"] for worker in workers]
    paid, rejected = {}, {}
    for worker in workers:
        code = why_rejected(worker, stores, keys)
        if code:
            rejected[code] = rejected.get(code, 0) + 1
        else:
            paid[worker["worker"]] = lines_of(worker, stores[worker["store"]], hundredths(plan["minimum_wage"]))
    return paid, rejected
