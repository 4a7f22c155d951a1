from __future__ import annotations

import numpy as np
import pytest

from surveillance.errors import InputError
from surveillance.events.dictionary import Dictionaries
from surveillance.events.enrichment import Enrichment
from surveillance.events.reference import read_reference
from surveillance.events.schema import NULL, AssetClass, Capacity


def folder(tmp_path, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_both_files_are_read(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            accounts="\ufeffaccount_id,capacity,beneficial_owner\nA1,client,O1\nA2,,\n",
            instruments="instrument,asset_class,price_scale,multiplier\nFUT,derivative,2,12.5\n",
        )
    )
    assert reference.accounts == {"A1": {"capacity": "client", "beneficial_owner": "O1"}, "A2": {}}
    assert reference.fields() == {"capacity", "beneficial_owner", "asset_class", "price_scale", "multiplier"}
    assert len(reference.digest) == 64


def test_the_digest_changes_with_the_content(tmp_path):
    before = read_reference(folder(tmp_path, accounts="account_id\nA1\n")).digest
    after = read_reference(folder(tmp_path, accounts="account_id\nA2\n")).digest
    assert before != after


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("accounts", "id\nA1\n", r"accounts.csv:1: there is no column 'account_id'"),
        (
            "accounts",
            "account_id,capacty\nA1,x\n",
            r"accounts.csv:1:12: unknown column 'capacty'(?s:.*)Did you mean capacity",
        ),
        (
            "accounts",
            "account_id,capacity\nA1,client\nA1,house\n",
            r"csv:3: account_id 'A1' is there twice, first in line 2",
        ),
        (
            "accounts",
            "account_id,capacity\nA1,Client\n",
            r"csv:2:4: 'Client' is not a value of capacity(?s:.*)mean client",
        ),
        ("accounts", "account_id,capacity\nA1\n", r"accounts.csv:2: has 1 fields; the header has 2"),
        ("accounts", "account_id,capacity\n,client\n", r"accounts.csv:2:1: account_id is empty"),
        ("instruments", "instrument,price_scale\nI,13\n", "is not a whole number from 0 to 12"),
        ("instruments", "instrument,multiplier\nI,0\n", "is not a number above 0"),
        ("accounts", 'account_id\n"A1\n', "cannot be read"),
    ],
)
def test_what_is_wrong_with_reference_data_is_told_with_its_line(tmp_path, file, text, message):
    with pytest.raises(InputError, match=message):
        read_reference(folder(tmp_path, **{file: text}))


def test_a_folder_without_the_files_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"holds none of accounts.csv, .* \(or .parquet\)"):
        read_reference(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        read_reference(tmp_path / "nowhere")


def test_codes_that_come_later_are_known_as_well(tmp_path):
    reference = read_reference(
        folder(
            tmp_path,
            accounts="account_id,capacity\nA1,client\nA2,house\n",
            instruments="instrument,asset_class,multiplier\nFUT,derivative,50\n",
        )
    )
    dictionaries = Dictionaries()
    enrichment = Enrichment(reference, dictionaries)
    now = np.zeros(2, np.int64)
    account = dictionaries["account"].code
    first = np.array([0, account("A1")], np.int32)
    assert enrichment.values("capacity", first, now).tolist() == [0, Capacity.CLIENT]
    second = np.array([account("A9"), account("A2")], np.int32)
    assert enrichment.values("capacity", second, now).tolist() == [0, Capacity.HOUSE]
    codes = np.array([dictionaries["instrument"].code("FUT"), 0], np.int32)
    assert enrichment.values("asset_class", codes, now).tolist() == [AssetClass.DERIVATIVE, 0]
    assert enrichment.values("multiplier", codes, now).tolist() == [50_000_000, NULL]
