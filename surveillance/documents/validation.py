"""Schema errors in the words of the person who has to mend the file, each at its line and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from surveillance.documents.document import Document, Path, describe
from surveillance.errors import Problem

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest of the known words, or all of them when none is near."""
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"did you mean {near}?"
    return f"known here: {', '.join(names)}" if names else ""


def validate(document: Document, validator: jsonschema.Draft7Validator) -> list[Problem]:
    """Return all that is wrong with a document by its schema; amounts with units are left to `units`."""
    problems: list[Problem] = []
    for error in validator.iter_errors(document.value):
        if not _is_amount(error):
            problems += _explain(error, document)
    misspelt = {problem.location.path.rpartition(".")[0] for problem in problems if problem.code == "unknown-field"}
    return [
        problem
        for problem in problems
        if problem.code != "bad-condition" or problem.location.path not in misspelt  # its operator is misspelt
    ]


def _is_amount(error: ValidationError) -> bool:
    """Tell whether an error is about an amount, on its own or as one of several choices."""
    nodes: list[Any] = [error.schema, *(part.schema for part in error.context or ())]
    return any(isinstance(node, dict) and "x-unit" in node for node in nodes)


def _explain(error: ValidationError, document: Document) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    value: Any = error.instance
    rule: Any = error.validator
    limit: Any = error.validator_value
    if rule == "additionalProperties":
        yield from _unknown_keys(schema, value, document, path)
    elif rule == "required":
        for name in limit:
            if name not in value:
                described = schema.get("properties", {}).get(name, {}).get("description", "")
                yield document.problem("missing-field", f"{name} is missing", (*path, name), described)
    elif rule == "type":
        yield _wrong_type(limit, value, document, path)
    elif rule in {"enum", "const"}:
        allowed = limit if rule == "enum" else [limit]
        words = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in allowed]
        hint = did_you_mean(value, words) if isinstance(value, str) and len(words) > 1 else ""
        message = f"{describe(value)} is not {words[0] if len(words) == 1 else 'one of ' + ', '.join(words)}"
        yield document.problem("bad-value", message, path, hint)
    elif rule == "oneOf" and not isinstance(value, dict):
        return  # its type is wrong, which is told already
    elif rule in {"pattern", "oneOf", "anyOf"}:
        found = f"{describe(value)}: " if rule == "pattern" else ""
        message = schema.get("errorMessage", f"{error.message}")
        code = "bad-condition" if rule == "oneOf" else "bad-value"
        yield document.problem(code, f"{found}{message}", path)
    else:
        yield document.problem("bad-value", _bound(rule, limit, value), path)


def _unknown_keys(schema: dict[str, Any], value: dict[str, Any], document: Document, path: Path) -> Iterator[Problem]:
    known = list(schema.get("properties", {}))
    patterns = schema.get("patternProperties", {})
    for name in value:
        if name not in known and not any(re.search(pattern, name) for pattern in patterns):
            near = nearest(name, known)
            hint = f"{near} is there already" if near in value else did_you_mean(name, known)
            yield document.problem("unknown-field", f"{name} is not known here", (*path, name), hint, key=True)


def _wrong_type(limit: Any, value: object, document: Document, path: Path) -> Problem:
    wanted = [limit] if isinstance(limit, str) else list(limit)
    hint = ""
    if "boolean" in wanted and isinstance(value, str) and value.lower() in {"yes", "no", "on", "off", "y", "n"}:
        hint = "write true or false"
    elif "string" in wanted and isinstance(value, int | Decimal):
        hint = f'quote it if it is text: "{document.written(path, value).lower()}"'
    elif "array" in wanted and isinstance(value, str):
        hint = f"write a list, even of one: [{value}]"
    kinds = " or ".join(_KINDS.get(kind, kind) for kind in wanted)
    return document.problem("wrong-type", f"expected {kinds}, found {describe(value)}", path, hint)


def _bound(rule: str, limit: Any, value: Any) -> str:
    texts = {
        "minimum": f"{describe(value)} is below {limit}",
        "maximum": f"{describe(value)} is above {limit}",
        "exclusiveMinimum": f"{describe(value)} is not above {limit}",
        "exclusiveMaximum": f"{describe(value)} is not below {limit}",
        "minLength": "the text is empty" if value == "" else f"the text is shorter than {limit} characters",
        "maxLength": f"the text is longer than {limit} characters",
        "minItems": "the list is empty" if value == [] else f"the list has fewer than {limit} entries",
        "maxItems": f"the list has more than {limit} entries",
        "minProperties": "the mapping is empty",
        "uniqueItems": "the list names something twice",
    }
    return texts.get(rule, f"{describe(value)} does not satisfy {rule} {limit}")
