"""The pages of the documentation that are made from the code: the public API and the built-in detectors.

Written anew by ``python -m surveillance.testing.reference docs``; a test fails while a page is out of date.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from surveillance import api
from surveillance.detecting import hookspecs
from surveillance.detecting.detector import Detector
from surveillance.detecting.measure import Unit
from surveillance.detecting.plugins import BUILT_IN, load_detectors
from surveillance.rules.schema import show_amount
from surveillance.testing.describing import parameter_meanings
from surveillance.testing.worked_scores import house_scoring, rewrite

CONSTANTS: Final[Mapping[str, str]] = {
    "API_VERSION": "Version of this API: grows when a name changes its meaning. A plugin says `SURVEILLANCE_API = 1`.",
    "NULL": "The absent value of every 64-bit column and measure.",
    "PPM": "Whole-number units that make one in shares and multiples: 1,000,000.",
    "ORDER": "Rows of orders.",
    "AMEND": "Rows of amendments.",
    "CANCEL": "Rows of cancellations.",
    "TRADE": "Rows of trades: one side of a fill each.",
    "QUOTE": "Rows of quotes.",
    "Duration": "Type of a parameter in whole ns, written `30s`, `5m` or `2h` in a rule.",
    "Money": "Type of a parameter in base-currency money of 10**-4, written `1_000_000 USD` in a rule.",
    "hookimpl": "Decorator that marks a function of a plugin as its implementation of a hook.",
}
"""Names of the API that can have no docstring."""

_MADE: Final = "<!-- Made by: python -m surveillance.testing.reference docs -->\n"
_API: Final = (
    "A plugin imports `surveillance.api` and nothing else of the engine. How the parts are used: "
    "[plugin-authors.md](plugin-authors.md)."
)
_DETECTORS: Final = (
    "What each measures, for the `when` of a [rule](rules.md), and its parameters, for `params`. Those of installed "
    "plugins are told by `surveil detectors list` and `surveil detectors show ID`."
)


def pages() -> dict[str, str]:
    """Return the pages by file name."""
    return {"api.md": _api_page(), "detectors.md": _detectors_page(load_detectors([BUILT_IN]))}


def undescribed() -> list[str]:
    """Return the public names, with their members, that nothing describes."""
    return [name for name, text in _api_lines() if not text]


def _api_page() -> str:
    lines = [
        f"# The API of plugins\n\n{_MADE}",
        f"{_API}\n\n## Hooks\n",
    ]
    lines += [f"- `{name}()`: {_first(hook)}" for name, hook in _hooks()]
    lines.append("\n## Names\n")
    lines += [f"{'  ' if '.' in name else ''}- `{name}`: {text}" for name, text in _api_lines()]
    return "\n".join(lines) + "\n"


def _hooks() -> Iterator[tuple[str, Any]]:
    for name, value in sorted(vars(hookspecs).items()):
        if hasattr(value, f"{hookspecs.hookspec.project_name}_spec"):
            yield name, value


def _api_lines() -> Iterator[tuple[str, str]]:
    for name in sorted(api.__all__, key=str.lower):
        value = getattr(api, name)
        yield name, CONSTANTS.get(name) or _first(value)
        if inspect.isclass(value) and not issubclass(value, enum.Enum):
            for member, one in _members(value):
                yield f"{value.__name__}.{member}", _first(one)


def _members(one: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class defines itself; its fields are in its docstring."""
    fields = {field.name for field in dataclasses.fields(one)} if dataclasses.is_dataclass(one) else set()
    for name, value in vars(one).items():
        described = isinstance(value, (property, classmethod, staticmethod)) or inspect.isfunction(value)
        if described and not name.startswith("_") and name not in fields:
            yield name, value


def _first(value: Any) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join(inspect.cleandoc(value.__doc__ or "").partition("\n\n")[0].split())


def _detectors_page(detectors: Mapping[str, type[Detector]]) -> str:
    parts = [f"# The built-in detectors\n\n{_MADE}\n{_DETECTORS}"]
    for name, one in sorted(detectors.items()):
        parts += [f"## {name}", inspect.cleandoc(one.__doc__ or "").replace("``", "`")]
        if one.key:
            kinds = ", ".join(kind.name.lower() for kind in one.needs.kinds)
            fields = f", with {', '.join(one.needs.fields)}" if one.needs.fields else ""
            parts.append(f"One result per {' and '.join(one.key)}. Needs events of the kinds {kinds}{fields}.")
        if one.measures:
            measured = [
                f"| `{measure}` | {each.unit.value} | {each.meaning} |" for measure, each in one.measures.items()
            ]
            parts.append("\n".join(["| measure | unit | meaning |", "| --- | --- | --- |", *measured]))
        meanings = parameter_meanings(one.Params)
        given = [
            f"| `{field}` | {default} | {meanings.get(field, '').replace('``', '`')} |"
            for field, default in _parameters(one)
        ]
        parts.append("\n".join(["| parameter | default | meaning |", "| --- | --- | --- |", *given]))
    return "\n\n".join(parts) + "\n"


def _parameters(detector: type[Detector]) -> Iterator[tuple[str, str]]:
    described = msgspec.inspect.type_info(detector.Params)
    assert isinstance(described, msgspec.inspect.StructType)
    for field in described.fields:
        extra = field.type.extra_json_schema if isinstance(field.type, msgspec.inspect.Metadata) else None
        if field.required:
            yield field.encode_name, "required"
        elif extra and "unit" in extra:
            yield field.encode_name, show_amount(field.default, Unit(extra["unit"]))
        elif field.default is msgspec.NODEFAULT:
            yield field.encode_name, "none given"
        else:
            yield field.encode_name, f"`{field.default}`"


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    scores = folder / "alerts.md"
    scores.write_text(rewrite(scores.read_text(encoding="utf-8"), house_scoring()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
