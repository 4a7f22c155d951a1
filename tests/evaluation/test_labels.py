"""Labels are read strictly: what is wrong with them is told with its place, all at once."""

from __future__ import annotations

import pytest

from surveillance.errors import InputError
from surveillance.evaluation import read_truth

HEADER = "episode_id,typology,is_abuse,instrument,accounts,traders,start,end,params\n"


def test_the_labels_of_the_simulator_are_read(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text(
        HEADER
        + 'E1,layering,true,IBM,A1;A2,T1,2026-03-16T10:00:00.000000001Z,2026-03-16T10:01:00Z,"{""severity"": 0.3}"\n'
        + "E2,twap,false,IBM,,,2026-03-16T10:00:00Z,2026-03-16T10:01:00Z,\n"
    )
    first, second = read_truth(file)
    assert (first.id, first.typology, first.is_abuse) == ("E1", "layering", True)
    assert first.accounts == {"A1", "A2"}
    assert first.actors == {"A1", "A2", "T1"}
    assert first.end - first.start == 60 * 10**9 - 1
    assert first.params == {"severity": 0.3}
    assert not second.is_abuse
    assert second.accounts == frozenset()


def test_labels_of_other_makers_need_little(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text("typology,accounts,start,end\nlayering,A1,2026-03-16T10:00:00Z,2026-03-16T10:01:00Z\n")
    (one,) = read_truth(file)
    assert one.is_abuse
    assert one.id == "line 2"


def test_everything_that_is_wrong_is_told_at_its_place(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text(
        HEADER
        + "E1,layering,yes,IBM,A1,,2026-03-16T10:00:00Z,tomorrow,\n"
        + "E2,layering,true,IBM,A1,,2026-03-16T10:01:00Z,2026-03-16T10:00:00Z,\n"
        + "E3,layering,true,IBM,A1,,2026-03-16T10:00:00Z,2026-03-16T10:01:00Z,{oops\n"
        + "E4,layering\n"
    )
    with pytest.raises(InputError) as error:
        read_truth(file)
    said = "\n".join(str(one) for one in error.value.problems)
    for part in ("end 'tomorrow' is not a time", "'yes' is neither true nor false", "end is before start"):
        assert part in said
    assert "params are not JSON" in said
    assert "has 2 fields; the header has 9" in said
    assert [one.location.line for one in error.value.problems].count(2) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("typology,accounts,start\n", "there is no column 'end'"),
        ("typology,start,end\n", "there is no column 'accounts'"),
    ],
)
def test_a_file_that_holds_no_labels_is_refused(tmp_path, text, message):
    file = tmp_path / "truth.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_truth(file)
