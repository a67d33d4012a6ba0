"""The nodes of trees and typed plans: frozen dataclasses whose classes are made quickly.

A hundred classes of `dataclass(frozen=True)` cost 60 ms each time the command starts, nearly all of it compiling
methods that are the same for all of them. Here those methods stand once, in a base class, and only `__init__` is made
for each class. Measured on CPython 3.11: 0.69 ms a class frozen, 0.13 ms so.

That `__init__` writes into the node's dictionary. Through `__setattr__`, which refuses all but the first assignment, a
plan of 400 lines would take a sixth longer to check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[_Class]) -> type[_Class]:
    """Makes a subclass of Frozen a dataclass."""
    make: Callable[[type[_Class]], type[_Class]] = dataclass(eq=False, repr=False, init=False)
    made = make(cls)
    made.__init__ = _initialiser(fields(made))  # type: ignore[method-assign, arg-type]
    return made


def _initialiser(parts: tuple[Field[Any], ...]) -> Callable[..., None]:
    """An `__init__` that takes the fields in their order, those that are keyword-only last."""
    ordered = [each for each in parts if not each.kw_only]
    named = [each for each in parts if each.kw_only]
    defaults = {f"_{each.name}": each.default for each in parts if each.default is not MISSING}
    arguments = [_argument(each) for each in ordered] + (["*"] if named else []) + [_argument(each) for each in named]
    lines = [f"def __init__(self, {', '.join(arguments)}):", " into = self.__dict__"]
    lines += [f" into[{each.name!r}] = {each.name}" for each in parts]
    exec("\n".join(lines), defaults)
    made: Callable[..., None] = defaults["__init__"]
    return made


def _argument(part: Field[Any]) -> str:
    assert part.default_factory is MISSING, "a node's defaults are immutable values"
    return part.name if part.default is MISSING else f"{part.name}=_{part.name}"


class Frozen:
    """Each field is set once, by `__init__`. Nodes are equal by identity; `Compared` ones by their fields."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__ or name not in self.__dataclass_fields__:
            raise FrozenInstanceError(f"cannot assign to `{name}` of a {type(self).__name__}")
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete `{name}` of a {type(self).__name__}")

    def __repr__(self) -> str:
        shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self))
        return f"{type(self).__qualname__}({shown})"


class Compared(Frozen):
    """A node equal to another of its class with equal fields (those with compare=False apart)."""

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, each.name) for each in fields(self) if each.compare)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))
