"""The worked examples of scores in the documents are those of the code."""

from pathlib import Path

from surveillance.testing.worked_scores import house_scoring, rewrite

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"


def test_the_worked_scores_in_the_document_are_up_to_date():
    there = PAGE.read_text(encoding="utf-8")
    assert rewrite(there, house_scoring()) == there, "run: make schemas"


def test_a_page_keeps_what_stands_around_the_worked_scores():
    page = "before\n<!-- Made by: make schemas -->\nold\n<!-- End of what is made -->\nafter\n"
    made = rewrite(page, house_scoring())
    assert made.startswith("before\n")
    assert made.endswith("\nafter\n")
    assert "| high and high, two families | 2 x 72% | 92.1 | 92.1 | critical |" in made
    assert rewrite(made, house_scoring()) == made
