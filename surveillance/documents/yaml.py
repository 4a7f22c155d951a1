"""Strict YAML: what is written is what is read, or it is an error with a place and a hint.

Built on the events of libyaml's parser, which never recurse: depth, aliases and tags are seen before anything is
built from them.
"""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Any, Final

import yaml

from surveillance.documents.document import Document, Mark, Path, show_path
from surveillance.documents.scalars import ScalarError, read_plain
from surveillance.errors import Location, Problem

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 32
MAX_PROBLEMS: Final = 50
"""A file that is wrong in more places is not one of ours; the rest would hide the other files' problems."""

_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SYNTAX_HINTS: Final[tuple[tuple[str, str], ...]] = (
    ("mapping values are not allowed", "a text that contains ': ' must be quoted; or the indentation is wrong"),
    ("found character that cannot start any token", "a text that starts with @, `, % or a tab must be quoted"),
    ("could not find expected ':'", "a key needs a colon and a space after it"),
    (
        "did not find expected key",
        "check the indentation and the line before; a text that starts with { or [ must be quoted",
    ),
    ("did not find expected ',' or", "close the bracket or brace, or put a comma between the entries"),
    ("did not find expected '-' indicator", "entries of one list start in the same column"),
    ("did not find expected <document start>", "one file holds one document"),
    ("unexpected end of stream", "a quote is not closed"),
    ("did not find expected alphabetic", "anchors and aliases are not used here; quote a text that starts with * or &"),
)


class _TooMuchError(Exception):
    """Nothing after this point can be read sensibly."""


class _Frame:
    """A mapping or list that is still open."""

    __slots__ = ("container", "key", "path", "seen", "waiting")

    def __init__(self, container: dict[str, Any] | list[Any], path: Path) -> None:
        self.container = container
        self.path = path
        self.key = ""
        self.waiting = isinstance(container, dict)  # for a key
        self.seen: dict[str, int] = {}


class _Builder:
    """Builds plain values from parser events and gathers what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: list[str] = []
        self.problems: list[Problem] = []
        self.marks: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.texts: dict[Path, str] = {}
        self.blocks: dict[Path, Mark] = {}
        self.stack: list[_Frame] = []
        self.value: Any = None
        self.documents = 0

    def report(self, code: str, message: str, mark: Mark, hint: str = "", path: Path = ()) -> None:
        self.problems.append(Problem(code, message, Location(self.file, *mark, show_path(path)), hint))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _TooMuchError

    def feed(self, event: yaml.Event) -> None:
        start: Any = event.start_mark
        mark = (start.line + 1, start.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            self._decorations(event, mark)
            self._scalar(event, mark)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._decorations(event, mark)
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], mark)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self.report(
                "yaml-alias",
                f"*{event.anchor} is an alias, which hides what is written",
                mark,
                "write the value out again, or quote it if it is text",
                self._next_path(),
            )
            self._place(None, mark)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event, mark)

    def _document(self, event: yaml.DocumentStartEvent, mark: Mark) -> None:
        self.documents += 1
        if event.version or event.tags:
            self.report("yaml-directive", "directives (%YAML, %TAG) are not used here", mark, "remove the line")
        if self.documents > 1:
            self.report("yaml-documents", "a second document starts here", mark, "put it into a file of its own")
            raise _TooMuchError

    def _decorations(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, mark: Mark) -> None:
        if event.anchor is not None:
            hint = "remove it, and write the value out where it is needed again"
            self.report("yaml-anchor", f"&{event.anchor} is an anchor", mark, hint, self._next_path())
        if event.tag is not None:
            hint = "remove it; the schema knows the type of every field"
            self.report("yaml-tag", f"{event.tag} is a tag", mark, hint, self._next_path())

    def _next_path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            return (*frame.path, len(frame.container))
        return frame.path if frame.waiting else (*frame.path, frame.key)

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        plain = event.style is None or event.style == ""
        waiting = bool(self.stack) and self.stack[-1].waiting
        try:
            value = read_plain(event.value) if plain else event.value
        except ScalarError as error:
            self.report("yaml-ambiguous", error.message, mark, error.hint, self._next_path())
            value = event.value if waiting else None
        if waiting:
            self._key(value, event.value, mark)
            return
        if not isinstance(value, str | bool | None):
            self.texts[self._next_path()] = event.value
        if event.style == "|":
            self.blocks[self._next_path()] = (mark[0] + 1, self._indent(event.value, mark[0]) + 1)
        self._place(value, mark)

    def _indent(self, block: str, above: int) -> int:
        """Return by how much a block below line `above` is indented."""
        for number, line in enumerate(block.split("\n")):
            if line.strip():
                written = self.lines[above + number]
                return len(written.rstrip("\r")) - len(line)
        return 0

    def _key(self, value: object, text: str, mark: Mark) -> None:
        frame = self.stack[-1]
        path = (*frame.path, text)
        if not isinstance(value, str):
            hint = f'write "{text}" if that is the name' if text else "write the name before the colon"
            self.report("yaml-key", f"a key is a name, not {text or 'nothing'}", mark, hint, frame.path)
        elif text == "<<":
            hint = "write the entries out"
            self.report("yaml-merge", "<< merges entries in from elsewhere, which hides them", mark, hint, frame.path)
        if text in frame.seen:
            message = f"{text} is written twice; the first is on line {frame.seen[text]}"
            self.report("duplicate-key", message, mark, "keep one of them", path)
        else:
            frame.seen[text] = mark[0]
            self.keys[path] = mark
        frame.key = text
        frame.waiting = False

    def _open(self, container: dict[str, Any] | list[Any], mark: Mark) -> None:
        if len(self.stack) >= MAX_DEPTH:
            hint = "no file of this project needs it; look for a bracket too many"
            self.report("yaml-depth", f"more than {MAX_DEPTH} levels of nesting", mark, hint)
            raise _TooMuchError
        if self.stack and self.stack[-1].waiting:
            self.report("yaml-key", "a key is a name, not a list or mapping", mark, "quote it if it is text")
            self.stack[-1].key = ""
            self.stack[-1].waiting = False
            self.stack.append(_Frame(container, ()))  # read, but part of nothing
            return
        path = self._next_path()
        self._place(container, mark)
        self.stack.append(_Frame(container, path))

    def _place(self, value: object, mark: Mark) -> None:
        path = self._next_path()
        self.marks.setdefault(path, mark)
        if not self.stack:
            self.value = value
            return
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            frame.container.append(value)
        elif frame.waiting:  # an alias in the place of a key
            frame.key = ""
            frame.waiting = False
        else:
            frame.container.setdefault(frame.key, value)
            frame.waiting = True


def parse_yaml(data: bytes, file: str) -> tuple[Document | None, list[Problem]]:
    """Read one YAML document strictly.

    Parameters
    ----------
    data : bytes
        The file's content.
    file : str
        Its name, for messages.

    Returns
    -------
    Document or None
        What could be read; None when the file as a whole cannot be used.
    list of Problem
        All that is wrong; never raises, whatever the bytes are.
    """
    builder = _Builder(file)
    text = _decode(data, builder)
    if text is None:
        return None, builder.problems
    builder.lines = text.split("\n")
    parser = yaml.CSafeLoader(text)
    try:
        for hidden in _HIDDEN.finditer(text):
            _report_hidden(hidden, text, builder)
        while (event := parser.get_event()) is not None:
            builder.feed(event)
    except _TooMuchError:
        return None, builder.problems
    except yaml.YAMLError as error:
        builder.problems.append(_syntax_problem(error, text, file))
        return None, builder.problems
    finally:
        parser.dispose()
    if builder.documents == 0 or builder.value is None:
        builder.problems.append(Problem("yaml-empty", "the file is empty", Location(file, 1, 1)))
        return None, builder.problems
    content = Document(file, builder.value, builder.marks, builder.keys, builder.texts, builder.blocks)
    return content, builder.problems


def read_yaml(path: FilePath, file: str = "") -> tuple[Document | None, list[Problem]]:
    """Read a file with `parse_yaml`; a file that cannot be opened is a problem as well."""
    name = file or str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return None, [Problem("unreadable-file", f"the file cannot be read: {reason}", Location(name))]
    return parse_yaml(data, name)


def _decode(data: bytes, builder: _Builder) -> str | None:
    if len(data) > MAX_BYTES:
        hint = "no file of this project needs it; is it the right one?"
        builder.problems.append(
            Problem("yaml-size", f"the file is larger than {MAX_BYTES:_} bytes", Location(builder.file), hint)
        )
        return None
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        mark = _place_of(data[: error.start].decode("utf-8", "replace"))
        hint = "save the file as UTF-8"
        builder.problems.append(
            Problem("yaml-encoding", "the file is not UTF-8 from here on", Location(builder.file, *mark), hint)
        )
        return None


def _report_hidden(hidden: re.Match[str], text: str, builder: _Builder) -> None:
    message = f"an invisible character (U+{ord(hidden[0]):04X}) stands here"
    builder.report("yaml-hidden", message, _place_of(text[: hidden.start()]), "delete it and type the text again")


def _place_of(before: str) -> Mark:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    if mark is not None:
        place = (mark.line + 1, mark.column + 1)
    else:  # libyaml counts bytes
        place = _place_of(text.encode()[:position].decode("utf-8", "ignore")) if isinstance(position, int) else (1, 1)
    lines = text.split("\n")
    line = lines[place[0] - 1] if place[0] <= len(lines) else ""
    if line[: place[1]].strip(" ").startswith("\t"):
        return Problem("yaml-tab", "a tab cannot indent", Location(file, *place), "indent with spaces")
    hint = next((advice for start, advice in _SYNTAX_HINTS if start in problem), "")
    return Problem("yaml-syntax", f"not YAML: {problem}", Location(file, *place), hint)
