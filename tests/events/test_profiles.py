from __future__ import annotations

from pathlib import Path

import pytest

from surveillance.errors import InputError
from surveillance.events.profile import load_profile, shipped_profiles
from surveillance.events.schema import COLUMNS, Kind

GOOD = """
format: 1
name: ours
title: Our feed
columns:
  time: {column: ts, unit: ms, zone: Europe/London}
  kind: {column: what, values: {N: order, no: cancel}}
  price: {column: px, divide_by: 1000, by_kind: {trade: fill}}
"""


def load(tmp_path, text):
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    return load_profile(path)


@pytest.mark.parametrize(
    "name", ["canonical", "abides", "transactions", "desk-trades", "lobster", "binance-trades", "fix"]
)
def test_shipped_profiles_load_by_name(name):
    profile = load_profile(name)
    assert profile.name == name
    assert name in shipped_profiles()
    assert len(profile.digest) == 64


def test_the_canonical_profile_maps_every_field_that_a_feed_can_fill():
    made = {"notional_basis", "base_notional", "fx_day", "trading_day", "calendar", "linked_owner"}
    fields = {column.name for column in COLUMNS if column.holds != "row"} - made
    profile = load_profile("canonical")
    assert set(profile.fields) == fields | {"multiplier"}
    assert all(source.column == name for name, source in profile.fields.items())


def test_a_profile_file_says_what_it_says(tmp_path):
    profile = load(tmp_path, GOOD)
    assert profile.time.unit == "ms"
    assert profile.time.zone is not None
    assert profile.time.zone.name == "Europe/London"
    assert profile.fields["kind"].values == {"N": "order", "no": "cancel"}
    assert profile.fields["price"].shift == 3
    assert profile.fields["price"].by_kind[Kind.TRADE].column == "fill"
    assert (profile.price_scale, profile.quantity_scale) == (6, 6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "title: Our feed",
            "title: Our feed\nclumns: 1",
            r"ours.yaml:5:1: clumns is not known here.*\n.*columns is there already",
        ),
        ("format: 1", "format: 2", r"ours.yaml:2:9: 2 is not 1"),
        ("name: ours", "name: Our Feed", r"ours.yaml:3:7: 'Our Feed': a name has lower-case letters"),
        ("px, divide_by: 1000", "px, divide_by: 12", r"ours.yaml:8:34: 12 is not one of"),
        ("  price:", "  prize:", r"ours.yaml:8:3: prize is not a field.*\n.*did you mean price"),
        ("no: cancel", "no: cancelled", r"ours.yaml:7:47: cancelled is not a value of kind.*\n.*did you mean cancel"),
        ("  time: {column: ts, unit: ms, zone: Europe/London}\n", "", "time must come from a column"),
        ("Europe/London", "Europe/Lndon", r"ours.yaml:6:38: 'Europe/Lndon' is not a time zone"),
        ("unit: ms, zone: Europe/London", "epoch: local", "a local epoch needs the zone"),
        ("unit: ms, zone: Europe/London", "day: date, unit: s", "times of a day need the zone"),
        ("unit: ms, zone: Europe/London", "repeated: second", "only the clock of a zone shows times twice"),
        ("unit: ms, zone: Europe/London", "formats: ['%Y-%m-%d']", "'%Y-%m-%d' has no %H or %I"),
        ("unit: ms, zone: Europe/London", "formats: ['%d.%m.%Y %H:%Q']", "has %Q; known: %Y"),
        ("unit: ms, zone: Europe/London", "formats: ['%d.%m.%Y %H:%M'], unit: s", "unit is for numbers, and formats"),
        ("trade: fill", "fill: fill", "'fill' is not one of order"),
        ("column: px, divide_by: 1000", "template: 'a', divide_by: 1000", "names no column in braces"),
        ("column: px, divide_by: 1000", "template: '{a}}', divide_by: 1000", "a brace without its other half"),
        ("column: px, divide_by: 1000", "divide_by: 1000", r"ours.yaml:8:10: price names no column"),
        ("column: px, divide_by: 1000", "column: px, sign_of: px", "sign_of is for side only"),
        ("column: px, divide_by: 1000", "column: px, template: '{px}'", "template and column both say where price"),
        ("column: px, divide_by: 1000", "column: px, values: {a: b}", "price is not a field with a list of values"),
        ("divide_by: 1000", "divide_by: 1000, multiply_by: 10", "cannot be divided and multiplied"),
        ("title: Our feed", "title: [", "not YAML"),
        ("title: Our feed", "title: a\ntitle: b", r"ours.yaml:5:1: title is written twice"),
        ("title: Our feed", "title: x\nskip: [{a: {given: yes}}]", "expected true or false"),
        ("title: Our feed", "title: x\nskip: [{a: {givn: true}}]", "did you mean given"),
        ("title: Our feed", "title: x\nnumbers: {thousands: '.'}", "decimals and thousands have the same sign"),
        ("title: Our feed", "title: x\nfile: {name: 'trades'}", "names no column in braces"),
        ("title: Our feed", "title: x\nfile: {name: '{a}_{a}'}", "tells a twice"),
        ("title: Our feed", "title: x\nsides: {buy: {time: t}, sell: {account: s}}", "time cannot differ between"),
        ("{N: order", "{1: order", r"a key is a name, not 1"),
    ],
)
def test_what_is_wrong_with_a_profile_is_told_with_its_place(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(InputError, match=message):
        load(tmp_path, GOOD.replace(old, new))


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        load(tmp_path, GOOD.replace("format: 1", "format: 3").replace("name: ours", "name: Our Feed"))
    assert len(caught.value.problems) == 2


def test_a_profile_that_is_not_there_names_those_that_are():
    with pytest.raises(InputError, match="abides, binance-trades, canonical"):
        load_profile("canonica")
    with pytest.raises(InputError, match="cannot be read"):
        load_profile("./nowhere.yaml")


def test_an_empty_profile_is_an_error(tmp_path):
    with pytest.raises(InputError, match="the file is empty"):
        load(tmp_path, "")


def test_the_examples_in_the_docs_are_profiles(tmp_path):
    page = (Path(__file__).resolve().parents[2] / "docs" / "feeds.md").read_text(encoding="utf-8")
    examples = [part.split("```")[0] for part in page.split("```yaml\n")[1:]]
    assert [load(tmp_path, example).name for example in examples] == ["orders", "our-venue", "matches"]


def test_the_docs_list_every_shipped_profile():
    page = (Path(__file__).resolve().parents[2] / "docs" / "feeds.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in page for name in shipped_profiles())
