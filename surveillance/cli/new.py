"""`surveil new`: a detector, a plugin or a rule to start from, with tests that pass."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from string import Template
from typing import Final

import click

_TEMPLATES: Final = Path(__file__).parent / "templates"
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

_HOOK: Final = '''

@hookimpl
def surveillance_detectors() -> list[type[Detector]]:
    """Return the detectors of this plugin."""
    return [{class_name}]
'''

_TO = click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Folder to write into.  [default: the current one]",
)


def _checked(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    if _NAME.fullmatch(name):
        return name
    close = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    hint = f", such as {close}" if _NAME.fullmatch(close) else ", such as quote-stuffing"
    raise click.BadParameter(f"{name!r} is not lower-case words joined by hyphens{hint}")


_NAMED = click.argument("name", callback=_checked)


@click.group(name="new")
def command() -> None:
    """Begin a detector, a plugin or a rule; its tests pass, and are there to be changed."""


@command.command()
@_NAMED
@_TO
def detector(name: str, to: Path) -> None:
    """Write the detector NAME and its test."""
    module = name.replace("-", "_")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names:
        raise click.BadParameter(f"{module}.py would be in the way of Python's own {module}", param_hint="NAME")
    known = words(name, module)
    written = write(
        to,
        {
            f"{module}.py": filled("detector.py", known),
            f"test_{module}.py": filled("test_detector.py", known),
        },
    )
    told(written, f"pytest {to / f'test_{module}.py'}", "Offer it to the engine from a plugin: surveil new plugin NAME")


@command.command()
@_NAMED
@_TO
def plugin(name: str, to: Path) -> None:
    """Write the plugin NAME: an installable project with a detector, a rule and tests."""
    distribution = f"surveillance-{name}"
    module = distribution.replace("-", "_")
    known = words(name, module, distribution=distribution, is_plugin=True)
    folder = to / distribution
    written = write(
        folder,
        {
            "pyproject.toml": filled("pyproject.toml", known),
            "README.md": filled("README.md", known),
            f"src/{module}.py": filled("detector.py", known),
            f"tests/test_{module}.py": filled("test_detector.py", known),
            "rules/rulebook.yaml": filled("rulebook.yaml", known),
            f"rules/{name}.yaml": filled("plugin_rule.yaml", known),
        },
    )
    told(written, f"cd {folder} && pip install --editable . && pytest && surveil rules test rules", "")


@command.command()
@_NAMED
@_TO
def rule(name: str, to: Path) -> None:
    """Write the rule NAME, with a test that finds something and one that does not."""
    written = write(to, {f"{name}.yaml": filled("rule.yaml", words(name, ""))})
    here = to.resolve()
    book = next((folder for folder in (here, *here.parents) if (folder / "rulebook.yaml").is_file()), None)
    if book is None:
        told(written, "", "There is no rulebook.yaml here or above: move the rule into the folder of a rulebook.")
    else:
        told(written, f"surveil rules check {book} && surveil rules test {book}", "")


def words(name: str, module: str, *, distribution: str = "", is_plugin: bool = False) -> dict[str, str]:
    """Return what templates call the thing that is begun."""
    class_name = "".join(part.capitalize() for part in name.split("-"))
    return {
        "name": name,
        "name_": name.replace("-", "_"),
        "title": name.replace("-", " ").capitalize(),
        "module": module,
        "class_name": class_name,
        "distribution": distribution,
        "api": "\nSURVEILLANCE_API = 1\n" if is_plugin else "",
        "hook_imports": "    Detector,\n" if is_plugin else "",
        "hook_import": "    hookimpl,\n" if is_plugin else "",
        "hook": _HOOK.format(class_name=class_name) if is_plugin else "",
    }


def filled(template: str, known: dict[str, str]) -> str:
    """Return a template with its names replaced."""
    text = (_TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(known).rstrip("\n") + "\n"


def write(folder: Path, files: dict[str, str]) -> list[Path]:
    """Write all files or none: what is there is never written over."""
    paths = {folder / name: text for name, text in files.items()}
    there = [str(path) for path in paths if path.exists()]
    if there:
        raise click.UsageError(f"nothing is written over, and there is already {', '.join(there)}")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(paths)


def told(written: list[Path], following: str, remark: str) -> None:
    """Say what was written, and what to do next."""
    for path in written:
        click.echo(f"wrote {path}")
    if following:
        click.echo(f"Next: {following}")
    if remark:
        click.echo(remark)
