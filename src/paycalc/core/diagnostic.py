"""A diagnostic is data: what is wrong with a plan, where, why, and the way out. Renderers stand in `rendering`."""

from __future__ import annotations

from dataclasses import dataclass

from paycalc.core.span import Span


@dataclass(frozen=True)
class Label:
    """A marked stretch of the text, with a remark under it (may be empty)."""

    span: Span
    text: str = ""


@dataclass(frozen=True)
class Diagnostic:
    """One fault of a plan.

    id       names the fault found, e.g. `unit-mismatch`; docs/diagnostics.md describes every id
    message  one line, lower case, no full stop
    labels   the first is the place of the fault (carets), the others show what it clashes with (dashes)
    why      the rule behind it;  help: how to mend it, as concrete as can be
    """

    id: str
    message: str
    labels: tuple[Label, ...]
    why: str = ""
    help: str = ""

    @property
    def span(self) -> Span:
        return self.labels[0].span


@dataclass(frozen=True)
class Rule:
    """The declaration of a diagnostic id: the checker raises from it and the documentation is made from it.

    bad, mended   plan texts; a text that does not start with `plan` is added to the catalogue's prelude
    """

    id: str
    title: str
    why: str
    bad: str
    mended: str

    def at(
        self,
        span: Span,
        message: str,
        *,
        label: str = "",
        also: tuple[Label, ...] = (),
        why: str | None = None,
        help: str = "",
    ) -> Diagnostic:
        """A diagnostic of this rule at `span`; `also` are the places it clashes with."""
        return Diagnostic(self.id, message, (Label(span, label), *also), self.why if why is None else why, help)
