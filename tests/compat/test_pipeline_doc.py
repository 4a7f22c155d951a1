"""What the document shows is what happens."""

import doctest
from pathlib import Path

import trade_surveillance_pipeline as pipeline

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "trade-surveillance-pipeline.md"


def test_every_example_of_the_document_answers_as_shown(monkeypatch):
    monkeypatch.setattr(pipeline, "_api_call", None)  # put back afterwards, as the document replaces it
    failed, tried = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert (failed, tried > 20) == (0, True)
