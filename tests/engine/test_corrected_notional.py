"""A correction that gives only what it corrects changes the money that rules see, from the file to the finding."""

import json

import pytest

from surveillance.engine.run import detect

SECOND = 1_000_000_000
FRIDAY = 1_773_396_000 * SECOND  # 2026-03-13 10:00:00 UTC
TRADE = {
    "kind": "trade", "side": "buy", "price": "100", "quantity": "20000", "currency": "USD", "instrument": "IBM",
    "asset_class": "equity", "account": "A1", "trader": "T1", "trade": "X1",
}  # fmt: skip


def bursts(folder, *events, **options):
    """Return times of the limit that each burst reached; the limit of shares is 1,000,000 USD."""
    path = folder / "day.ndjson"
    lines = [json.dumps({"time": FRIDAY + place * SECOND, **event}) for place, event in enumerate(events)]
    path.write_text("\n".join(lines) + "\n")
    found = detect([path], feed="canonical", out=folder / "out", **options).findings
    return [one["measures"]["times_limit"] for one in found if one["rule"] == "notional-burst"]


@pytest.mark.parametrize(
    ("correction", "times"), [({"price": "150"}, 4), ({"price": "50"}, 2), ({"quantity": "30000"}, 4), ({}, 3)]
)
def test_what_is_corrected_counts_with_what_is_not(tmp_path, correction, times):
    events = [TRADE, {"kind": "correct", "trade": "X1", **correction}, {**TRADE, "trade": "X2", "quantity": "10000.01"}]
    found = bursts(tmp_path, *events)
    assert len(found) == (times >= 3)
    assert all(round(float(one)) == times for one in found)


def test_a_contract_is_corrected_by_the_multiplier_that_its_trade_had(tmp_path):
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "instruments.csv").write_text(
        "instrument,asset_class,price_scale,quantity_scale,multiplier\nFUT,derivative,2,0,50\n"
    )
    trade = {**TRADE, "instrument": "FUT", "asset_class": None, "quantity": "100"}  # 500,000 of a limit of 2,000,000
    correction = {"kind": "correct", "trade": "X1", "price": "1200.25", "quantity": "101"}
    found = bursts(tmp_path, trade, correction, {**trade, "trade": "X2"}, reference=reference)
    assert [round(float(one), 2) for one in found] == [round((1200.25 * 101 * 50 + 500_000) / 2_000_000, 2)]


@pytest.mark.parametrize(("correction", "times"), [({"price": "101"}, [4.04]), ({"aggressor": "taker"}, [])])
def test_what_a_correction_changes_is_converted_at_the_rate_of_its_time(tmp_path, correction, times):
    rates = tmp_path / "rates.csv"
    rates.write_text("date,base,quote,rate\n2026-03-11,EUR,USD,1\n2026-03-12,EUR,USD,2\n")
    midnight = FRIDAY - 10 * 3600 * SECOND
    events = [
        {**TRADE, "currency": "EUR", "time": midnight - SECOND},
        {"kind": "correct", "trade": "X1", "time": midnight, **correction},
        {**TRADE, "trade": "X2", "quantity": "0.01", "time": midnight + SECOND},
    ]
    assert [round(float(one), 2) for one in bursts(tmp_path, *events, rates=[rates])] == times
