"""What stands for an id: the same for the same key, different for another, and nobody else's."""

import pytest

from surveillance.errors import InputError
from surveillance.events.dictionary import Dictionaries
from surveillance.events.schema import CODES, IDS
from surveillance.privacy import DOMAINS, KEY_VARIABLE, Pseudonyms, read_key

KEY = b"0123456789abcdef0123456789abcdef"
OTHER = b"0123456789abcdef0123456789abcdeF"
NAMES_NOBODY = {"currency", "instrument", "venue", "calendar"}


def test_an_id_has_the_same_pseudonym_in_every_run_with_the_same_key():
    assert Pseudonyms(KEY).of("account", "A1") == Pseudonyms(KEY).of("account", "A1")
    assert Pseudonyms(KEY).of("account", "A1") == "account-iumj7f3xdodhpntyszsp"


def test_another_key_gives_other_pseudonyms_and_another_fingerprint():
    assert Pseudonyms(KEY).of("account", "A1") != Pseudonyms(OTHER).of("account", "A1")
    assert Pseudonyms(KEY).fingerprint != Pseudonyms(OTHER).fingerprint


def test_equal_ids_of_two_kinds_have_nothing_in_common():
    hashes = {Pseudonyms(KEY).of(column, "7").partition("-")[2] for column in DOMAINS}
    assert len(hashes) == len(set(DOMAINS.values()))


def test_an_account_that_is_a_counterparty_elsewhere_is_recognised():
    veil = Pseudonyms(KEY)
    assert veil.of("account", "A1") == veil.of("counterparty", "A1")
    assert veil.of("beneficial_owner", "O1") == veil.of("linked_owner", "O1")
    assert veil.of("order", "1") == veil.of("parent_order", "1")


def test_every_column_of_ids_is_replaced_or_names_nobody():
    assert {*CODES, *IDS} <= set(DOMAINS) | NAMES_NOBODY
    assert Pseudonyms(KEY).of("instrument", "IBM") == "IBM"


def test_a_key_comes_from_a_file_without_its_line_break_or_from_the_environment(tmp_path):
    file = tmp_path / "key"
    file.write_bytes(KEY + b"\r\n")
    assert read_key(file, {KEY_VARIABLE: "x" * 40}) == KEY
    assert read_key(None, {KEY_VARIABLE: KEY.decode()}) == KEY


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read: No such file"), (b"", "has 0 bytes"), (b"k" * 31, "has 31 bytes; it needs at least 32")],
)
def test_a_key_that_keeps_nothing_secret_is_refused(tmp_path, content, message):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_key(file, {})


def test_without_a_key_one_is_told_how_to_make_one():
    with pytest.raises(InputError, match=r"there is no key(?s:.*)--privacy-key(?s:.*)openssl rand -hex 32"):
        read_key(None, {})


def test_dictionaries_show_pseudonyms_and_look_up_by_the_clear_id():
    dictionaries = Dictionaries(Pseudonyms(KEY).of)
    code = dictionaries["account"].code("A1")
    assert dictionaries["account"].code("A1") == dictionaries["account"].find("A1") == code
    assert dictionaries["account"].text(code) == Pseudonyms(KEY).of("account", "A1")
    assert dictionaries["account"].clear(code) == "A1"
    assert dictionaries["account"].text(0) is None
    assert dictionaries["instrument"].text(dictionaries["instrument"].code("IBM")) == "IBM"
    assert dictionaries.shown("order", "17") == Pseudonyms(KEY).of("order", "17")
    assert dictionaries.shown("order", None) is None
    assert Dictionaries().shown("order", "17") == "17"
