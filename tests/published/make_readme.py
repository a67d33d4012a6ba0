"""Writes README.md of this folder: `python -m tests.published.make_readme`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.published.cases import FOLDER, read_cases, read_plans, read_waiting

INTRODUCTION = """\
# Published cases

Worked examples with numbers that others published: law and official guidance, help pages, tests of other projects.
Each is said as a plan whose `example` gives the published numbers; the plan cites the case and its source, and puts
the rule in its own words. Where a source allows a margin, the plan's example has the exact number, and a comment the
published one. Numbers of other projects are their answers, not an authority's.

This page is made by `python -m tests.published.make_readme`, and a test compares it with the files.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    cases, plans, waiting = read_cases(), read_plans(), read_waiting()
    place = {case: plan.path for plan in plans for case in plan.cases}
    yield INTRODUCTION
    yield f"{len(place)} of {len(cases)} cases are plans."
    families = list(dict.fromkeys(case.family for case in cases.values()))
    for family in families:
        planned = [case for case in cases.values() if case.family == family and case.id in place]
        if planned:
            yield from ("", f"## {family}", "", "| case | what it shows | plan |", "| --- | --- | --- |")
            for case in planned:
                yield f"| `{case.id}` | {_cell(case.title)} | [{place[case.id].partition('/')[2]}]({place[case.id]}) |"
    for title, column, rows in (
        ("Waiting for a construct", "waits for", [(each.case, each.waits_for) for each in waiting if each.waits_for]),
        ("Not to be said in the language", "why", [(each.case, each.never) for each in waiting if each.never]),
    ):
        if rows:
            yield from ("", f"## {title}", "", f"| case | what it shows | {column} |", "| --- | --- | --- |")
            for case, reason in rows:
                yield f"| `{case}` | {_cell(cases[case].title)} | {_cell(reason)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    (FOLDER / "README.md").write_text(page(), encoding="utf-8")
