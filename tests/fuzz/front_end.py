"""Look for bytes on which the front end crashes, hangs, or breaks a promise.

    python -m tests.fuzz.front_end --seconds 60 --seed 7

Inputs are random bytes, plans that are right by their grammar, and plans with a few changes. A child process reads,
checks and formats them under a limit of memory and time; the parent starts a new one when it dies. The same seed gives
the same inputs in the same order. Inputs that fail are kept under build/fuzz; the exit code is 1 when there are any.
"""

import argparse
import faulthandler
import hashlib
import importlib
import multiprocessing
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from paycalc.core.diagnostic import Diagnostic
from paycalc.core.errors import PlanError
from paycalc.core.rendering import render_text, to_json
from paycalc.core.span import Source
from paycalc.syntax import tree
from paycalc.syntax.formatter import format_plan
from paycalc.syntax.parser import decode, parse
from tests.fuzz.plan_texts import PlanTexts

ROOT = Path(__file__).parents[2]
SECONDS_PER_INPUT = 10.0
MEMORY_MAX = 200 << 20  # bytes beyond what the child has at its start
SHOWN_MAX = 20  # faults of one input that are rendered
PIECES = (
    b"plan p\n", b"let x = ", b"entity ", b"  case\n", b"otherwise : ", b"(", b")", b'"', b"\\", b"#", b"\n", b"\r",
    b"\t", b"\x00", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xef\xbc\x88", b"..", b"->", b" when ", b"if ", b" then ",
    b" else ", b"9" * 50, b"1e999", b"2026-02-30", b"sum(", b" of ", b"carry ", b"rank(", b", ", b" : ", b" = ",
    b"not ", b"-", b"e\xcc\x81", b"1_", b"%", b"[", b"table t of a : money\n", b"  ",
    b"expect ", b"period ", b"rejected ",
)  # fmt: skip


class BrokenPromise(Exception):
    """What the front end returned is wrong."""


def promise(holds: bool, text: str) -> None:
    if not holds:
        raise BrokenPromise(text)


# ---------------------------------------------------------------- one input, in the child


def check(source: Source) -> str:
    """The front end with everything it promises; returns what became of the text. Raises on any failure."""
    plan, diagnostics = parse(source)
    promise(list(diagnostics) == sorted(diagnostics, key=lambda each: each.span.start), "faults by place")
    render(diagnostics, source)
    outcome = "faulty" if diagnostics else "parsed"
    if not diagnostics:
        text = format_plan(source)
        again, more = parse(Source(source.name, text))
        promise(not more, "what is formatted can be read")
        promise(without_places(again) == without_places(plan), "formatting keeps the tree")
        promise(len(again.comments) == len(plan.comments), "formatting keeps the comments")
        promise(format_plan(Source(source.name, text)) == text, "formatting twice changes nothing")
    check_plan = checker()
    if check_plan is not None:
        try:
            check_plan(source)
            outcome = "checked"
        except PlanError as error:
            promise(bool(error.diagnostics), "an error of the plan has faults")
            render(error.diagnostics, source)
    return outcome


def checker() -> Callable[[Source], object] | None:
    """`paycalc.check.check_plan`, where it is there."""
    return getattr(importlib.import_module("paycalc.check"), "check_plan", None)


def render(diagnostics: tuple[Diagnostic, ...], source: Source) -> None:
    for diagnostic in diagnostics[:SHOWN_MAX]:
        promise(re.fullmatch(r"[a-z0-9-]+", diagnostic.id) is not None, "ids are words")
        for label in diagnostic.labels:
            inside = 0 <= label.span.start <= label.span.end <= len(source.text)
            promise(inside, f"the places of {diagnostic.id} are inside of the text")
        text = render_text(diagnostic, source)
        seen = all(character.isprintable() or character == "\n" or character.isspace() for character in text)
        promise(seen and "\r" not in text, "renderings hold no control characters")
        to_json(diagnostic, source)


def without_places(plan: tree.Plan) -> str:
    """The tree as text, without its places."""
    return re.sub(r"span=Span\(start=\d+, end=\d+\)", "", repr(replace(plan, comments=())))


def examine(data: bytes) -> str:
    source, diagnostics = decode(data, "fuzz.pay")
    if source is None:
        promise(len(diagnostics) == 1, "one fault of the encoding")
        render(diagnostics, Source("fuzz.pay", ""))
        return "not UTF-8"
    return check(source)


def limit_memory() -> None:
    """Bound the address space to what it is now and MEMORY_MAX; where that is unknown nothing is bounded."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + MEMORY_MAX
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, OSError, ValueError):
        return


def work(connection: Connection) -> None:
    """Answer inputs until an empty one: (outcome, traceback) for each."""
    faulthandler.enable()
    checker()
    limit_memory()
    while data := connection.recv_bytes():
        try:
            answer = (examine(data[1:]), "")
        except Exception:  # whatever it is: the front end answers with diagnostics, so any exception is a finding
            answer = ("failed", traceback.format_exc(limit=-12))
        connection.send(answer)


# ---------------------------------------------------------------- inputs


def corpus() -> list[bytes]:
    folders = ("src", "tests", "examples")
    return [path.read_bytes() for folder in folders for path in sorted((ROOT / folder).rglob("*.pay"))]


def inputs(seed: int) -> Iterator[bytes]:
    """Endless inputs; the same for the same seed and the same plans in the repository."""
    random = Random(seed)
    plans = corpus()
    while True:
        choice = random.random()
        if choice < 0.1:
            yield random.randbytes(random.randrange(200))
        elif choice < 0.2:
            yield b"".join(random.choices(PIECES, k=random.randrange(60)))
        elif choice < 0.4:
            yield PlanTexts(random, long=choice < 0.22).plan().encode()
        elif choice < 0.42:
            yield random.choice(PIECES) * random.randrange(1, 20_000)
        else:
            made = PlanTexts(random).plan().encode() if random.random() < 0.3 or not plans else random.choice(plans)
            yield changed(random, made)


def changed(random: Random, data: bytes) -> bytes:
    """A few bytes, words or lines of a plan left out, doubled, replaced or put elsewhere."""
    for _ in range(random.randint(1, 4)):
        unit = random.choice((rb"(?s).", rb"\w+|\S", rb"[^\n]*\n"))
        places = [match.span() for match in re.finditer(unit, data)]
        if not places:
            return data
        start, end = random.choice(places)
        other = data[slice(*random.choice(places))]
        noise = random.randbytes(2) if random.random() < 0.05 else b"@"
        new = random.choice((b"", data[start:end] * 2, other, random.choice(PIECES), noise))
        data = data[:start] + new + data[end:]
    return data


# ---------------------------------------------------------------- the parent


@dataclass
class Summary:
    """What became of the inputs, and the failures: kind, text and input."""

    outcomes: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str, bytes]] = field(default_factory=list)
    slowest: float = 0.0

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    def text(self) -> str:
        parts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return f"{self.count:,} inputs: {parts}; the slowest took {self.slowest:.2f} s"


class Worker:
    """The child process, started again whenever it dies."""

    def __init__(self) -> None:
        self.context = multiprocessing.get_context("spawn")
        self.start()

    def start(self) -> None:
        self.connection, other = self.context.Pipe()
        self.process = self.context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        # The first answer comes when everything is imported; it is not timed.
        self.connection.send_bytes(b"+plan p\n")
        self.connection.recv()

    def examine(self, data: bytes) -> tuple[str, str]:
        self.connection.send_bytes(b"+" + data)
        try:
            if self.connection.poll(SECONDS_PER_INPUT):
                outcome, details = self.connection.recv()
                return str(outcome), str(details)
            kind, details = "hung", f"no answer in {SECONDS_PER_INPUT} seconds"
        except EOFError:
            kind, details = "died", f"exit code {self.process.exitcode}"
        self.stop()
        self.start()
        return kind, details

    def stop(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


def fuzz(seconds: float, seed: int) -> Summary:
    summary = Summary()
    worker = Worker()
    end = time.monotonic() + seconds
    for data in inputs(seed):
        start = time.monotonic()
        if start >= end:
            break
        outcome, details = worker.examine(data)
        summary.slowest = max(summary.slowest, time.monotonic() - start)
        summary.outcomes[outcome] = summary.outcomes.get(outcome, 0) + 1
        if outcome in ("failed", "hung", "died"):
            summary.failures.append((outcome, details, data))
    worker.stop()
    return summary


def store(failures: list[tuple[str, str, bytes]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, details, data in failures:
        path = folder / f"{kind}-{hashlib.sha256(data).hexdigest()[:12]}.pay"
        path.write_bytes(data)
        print(f"{path}: {kind}\n{details}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Look for inputs on which the front end fails.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", type=Path, default=ROOT / "build" / "fuzz", help="folder for inputs that fail")
    options = parser.parse_args(arguments)
    summary = fuzz(options.seconds, options.seed)
    store(summary.failures, options.store)
    print(summary.text())
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main())
