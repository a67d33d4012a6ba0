"""The demo's chain drawn again one number at a time, and its plan computed again in whole cents and by hand.

What the demo shows is compared with this.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

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
    """Decimals in hundredths, the rest as it is."""
    found = chain.tables[table].to_pylist()
    return [
        {name: int(cell * 100) if isinstance(cell, Decimal) else cell for name, cell in row.items()} for row in found
    ]


def draw_one(seed: int, stream: int, row: int, low: int, high: int) -> int:
    """What `draw` gives for one row: the splitmix64 mixer, in Python's own whole numbers."""
    mask = (1 << 64) - 1
    state = (seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9 + row * 0x94D049BB133111EB) & mask
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = ((state ^ (state >> shift)) * factor) & mask
    return low + (state ^ (state >> 31)) % (high - low + 1)


def stores_by_hand(store_count: int, worker_count: int, seed: int) -> list[dict[str, object]]:
    regions = ("north", "east", "south", "west")
    staff = max(worker_count // store_count, 1)
    return [
        {
            "store": f"S{row + 1:04}",
            "region": regions[draw_one(seed, 2, row, 0, 3)],
            "revenue": 5_000_00 * draw_one(seed, 1, row, 30, 60) * staff * draw_one(seed, 3, row, 90, 150) // 100,
        }
        for row in range(store_count)
    ]


def workers_by_hand(store_count: int, worker_count: int, seed: int) -> list[dict[str, object]]:
    """Before any row is made faulty."""
    grades = ("junior", "junior", "senior")
    found = []
    for row in range(worker_count):
        home = row % store_count
        leads = row < store_count
        target = 5_000_00 * draw_one(seed, 1, home, 30, 60)
        found.append(
            {
                "worker": f"W{row + 1:07}",
                "store": f"S{home + 1:04}",
                "grade": "lead" if leads else grades[draw_one(seed, 9, row, 0, 2)],
                "manager": None if leads else f"W{home + 1:07}",
                "sales": target * draw_one(seed, 10, row, 4_000, 16_000) // 10_000,
                "hours": 25 * draw_one(seed, 11, row, 320, 800),
                "days": draw_one(seed, 12, row, 15, 26),
                "kpi": draw_one(seed, 13, row, 40, 150),
            }
        )
    return found


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


def why_rejected(worker: Mapping, stores: Mapping, keys: Mapping[str, int]) -> str:
    """The code of the first fault by precedence, or an empty text."""
    if keys[worker["worker"]] > 1:
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
    keys = Counter(worker["worker"] for worker in workers)
    paid, rejected = {}, {}
    for worker in workers:
        code = why_rejected(worker, stores, keys)
        if code:
            rejected[code] = rejected.get(code, 0) + 1
        else:
            paid[worker["worker"]] = lines_of(worker, stores[worker["store"]], hundredths(plan["minimum_wage"]))
    return paid, rejected
