"""The store, in both databases: written once, revised visibly, never rewritten, and every id resolves."""

import os
import sys
from decimal import Decimal

import postgres
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from alert_helpers import SCORING, filed
from sqlalchemy import inspect, select, text

from surveillance.alerts.alert import alert
from surveillance.alerts.capsule import context, seal
from surveillance.alerts.grouping import Grouping
from surveillance.alerts.store import opening
from surveillance.alerts.store.opening import open_store, opened_store
from surveillance.alerts.store.query import Query
from surveillance.alerts.store.reading import exported, listed, resolved, shown, summary
from surveillance.alerts.store.tables import HEAD, aliases, metadata
from surveillance.alerts.store.writing import close, put
from surveillance.errors import InputError

LINEAGE = {
    "digest": "0" * 64,
    "rulebook": {"name": "house", "version": "1.0.0", "digest": "1" * 64},
    "suppressions": None,
    "feed": {"name": "canonical", "digest": "2" * 64},
    "reference": None,
    "rates": None,
    "engine": "0.1.0",
    "distributions": [],
}


def alerts_of(findings, at="2026-03-16T20:00:00.000000000Z"):
    """Return the alerts of findings as a run would make them, each with its capsule."""
    grouping = Grouping()
    for one in findings:
        grouping.add(one)
    made = []
    for draft in grouping.close(2**62):
        digest, sealed = seal(draft.members, rules={}, reference={}, rates={}, scoring=SCORING)
        one = alert(draft, SCORING, {**LINEAGE, "capsule": digest}, at)
        made.append((one, sealed, context(draft.members, [])))
    return made


def write(store, findings, **options):
    pairs = alerts_of(findings, **options)
    with store.begin() as connection:
        changes = put(connection, pairs, "run", frozenset(one["alert_id"] for one, _, _ in pairs))
    return [one for one, _, _ in pairs], changes


def dump(store):
    """Return everything that is in a store."""
    with store.connect() as connection:
        return {
            table.name: sorted(tuple(map(str, row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def show(store, name):
    with store.connect() as connection:
        [found] = resolved(connection, name)
        return shown(connection, found)


def end(store, name):
    with store.begin() as connection:
        assert close(connection, name, by="Ann", why="explained by the desk", at="2026-03-17T08:00:00.000000000Z")


def test_writing_the_same_alerts_again_changes_nothing(store):
    write(store, [filed("a"), filed("b", 50), filed("c", subject="B2")])
    before = dump(store)
    _, changes = write(store, [filed("a"), filed("b", 50), filed("c", subject="B2")], at="2026-03-18T00:00:00.0Z")
    assert changes == []
    assert dump(store) == before


def test_a_late_finding_is_a_revision_that_says_what_changed_and_keeps_the_one_before(store):
    [first], _ = write(store, [filed("a", strength=0)])
    write(store, [filed("a", strength=0), filed("b", 10, rule="layering", family="spoofing")])
    found = show(store, first["alert_id"])
    assert found["alert"]["revision"] == 2
    assert [one["revision"] for one in found["revisions"]] == [1, 2]
    assert found["revisions"][1]["why"].startswith("score 72.00 to ")
    assert found["state"] == "open"


def test_a_bust_lowers_the_score_in_a_revision(store):
    [first], _ = write(store, [filed("a"), filed("b", 10, rule="layering", family="spoofing")])
    write(store, [filed("a")])
    found = show(store, first["alert_id"])
    assert (found["alert"]["revision"], found["alert"]["rules"]) == (2, ["wash-churn"])
    assert found["alert"]["score"] < first["score"]


def test_an_alert_with_an_earlier_finding_absorbs_the_one_before_and_its_id_leads_there(store):
    [second], _ = write(store, [filed("b", 20)])
    [whole], _ = write(store, [filed("a", 0), filed("b", 20)])
    assert whole["alert_id"] != second["alert_id"]
    found = show(store, second["alert_id"])
    assert found["alert"]["alert_id"] == whole["alert_id"]
    assert found["aliases"] == [second["alert_id"]]
    with store.connect() as connection:
        assert listed(connection, Query())[0] == 1


def test_aliases_lead_on_when_what_they_lead_to_is_absorbed_itself(store):
    [third], _ = write(store, [filed("c", 40)])
    [second], _ = write(store, [filed("b", 20), filed("c", 40)])
    [first], _ = write(store, [filed("a", 0), filed("b", 20), filed("c", 40)])
    assert show(store, third["alert_id"])["alert"]["alert_id"] == first["alert_id"]
    assert show(store, first["alert_id"])["aliases"] == sorted([second["alert_id"], third["alert_id"]])


def test_what_was_absorbed_and_is_apart_again_is_an_alert_again(store):
    [second], _ = write(store, [filed("b", 20)])
    write(store, [filed("a", 0), filed("b", 20)])
    write(store, [filed("b", 20)])
    found = show(store, second["alert_id"])
    assert (found["alert"]["alert_id"], found["state"]) == (second["alert_id"], "open")


def test_an_alert_that_falls_apart_keeps_its_id_and_the_rest_is_a_new_one(store):
    [whole], _ = write(store, [filed("a", 0), filed("b", 25), filed("c", 50)])
    pair, _ = write(store, [filed("a", 0), filed("c", 50)])
    assert pair[0]["alert_id"] == whole["alert_id"]
    assert show(store, whole["alert_id"])["alert"]["findings"] == [filed("a").id]
    write(store, [filed("a", 0), filed("c", 50)])
    assert show(store, pair[1]["alert_id"])["alert"]["revision"] == 1


def test_a_closed_alert_is_never_rewritten_but_continued_in_a_linked_one(store):
    [first], _ = write(store, [filed("a")])
    end(store, first["alert_id"])
    before = show(store, first["alert_id"])
    write(store, [filed("a"), filed("b", 10, rule="layering", family="spoofing")])
    after = show(store, first["alert_id"])
    assert after["alert"] == before["alert"]
    assert after["closed"]["by"] == "Ann"
    successor = show(store, after["continued_by"])
    assert successor["follows"] == first["alert_id"]
    assert successor["alert"]["rules"] == ["layering", "wash-churn"]
    assert successor["state"] == "open"


def test_running_again_after_a_closed_alert_was_continued_changes_nothing_and_more_revises_the_successor(store):
    [first], _ = write(store, [filed("a")])
    end(store, first["alert_id"])
    both = [filed("a"), filed("b", 10, rule="layering", family="spoofing")]
    write(store, both)
    before = dump(store)
    assert write(store, both)[1] == []
    assert dump(store) == before
    write(store, [*both, filed("c", 20, rule="burst", family="notional")])
    successor = show(store, show(store, first["alert_id"])["continued_by"])
    assert (successor["alert"]["revision"], len(successor["alert"]["findings"])) == (2, 3)


def test_a_closed_alert_with_an_earlier_finding_is_continued_as_well(store):
    [first], _ = write(store, [filed("b", 20)])
    end(store, first["alert_id"])
    both = [filed("a", 0), filed("b", 20)]
    write(store, both)
    assert show(store, first["alert_id"])["state"] == "closed"
    assert len(show(store, show(store, first["alert_id"])["continued_by"])["alert"]["findings"]) == 2
    before = dump(store)
    write(store, both)
    assert dump(store) == before


def test_a_closed_alert_that_is_found_again_as_it_was_stays_alone(store):
    [first], _ = write(store, [filed("a")])
    end(store, first["alert_id"])
    before = dump(store)
    write(store, [filed("a")])
    assert dump(store) == before
    assert show(store, first["alert_id"])["continued_by"] is None


def test_only_an_open_alert_can_be_closed(store):
    [first], _ = write(store, [filed("a")])
    end(store, first["alert_id"])
    with store.begin() as connection:
        assert not close(connection, first["alert_id"], by="Bob", why="again", at="2026-03-17T09:00:00.0Z")


def test_the_capsule_comes_back_with_exact_numbers(store):
    [first], _ = write(store, [filed("a")])
    assert show(store, first["alert_id"])["capsule"]["events"][0]["price"] == Decimal("100.25")


def test_lists_are_filtered_sorted_and_paged(store):
    found = [filed(f"f{place}", 2 * place, subject=f"B{place}", strength=place / 10) for place in range(6)]
    found.append(filed("low", subject="B9", severity="low", groups=("KO",), rule="other", family="x"))
    write(store, found)

    def ask(**options):
        with store.connect() as connection:
            total, rows = listed(connection, Query(**options))
        return total, [row["alert"]["subject"]["id"] for row in rows]

    assert ask() == (7, ["B5", "B4", "B3", "B2", "B1", "B0", "B9"])
    assert ask(limit=2, offset=2) == (7, ["B3", "B2"])
    assert ask(sort="start", limit=2)[1] == ["B5", "B4"]
    assert ask(sort="subject", ascending=True, limit=2)[1] == ["B0", "B1"]
    assert ask(levels=["low"]) == (1, ["B9"])
    assert ask(facets=[("instrument", ["KO"])]) == (1, ["B9"])
    assert ask(facets=[("rule", ["wash-churn"]), ("account", ["A1"])], limit=1)[0] == 6
    assert ask(subjects=["B2", "B3"]) == (2, ["B3", "B2"])
    assert ask(least=70, most=75) == (3, ["B2", "B1", "B0"])
    assert ask(day_from="2026-03-17") == (0, [])
    assert ask(states=["closed"]) == (0, [])


def test_the_summary_counts_every_alert_once_in_each_part(store):
    write(store, [filed("a"), filed("b", subject="B2", severity="low"), filed("c", subject="B3", severity="medium")])
    with store.connect() as connection:
        found = summary(connection, Query())
    assert (found["total"], found["open"]) == (3, 3)
    assert found["by_level"] == {"low": 1, "medium": 1, "high": 1, "critical": 0}
    assert found["by_risk"] == {"above 70": 1, "40 to 70": 1, "below 40": 1}
    assert found["by_typology"] == {"wash.churn": 3}
    assert found["by_asset_class"] == {"equity": 3}


def test_an_export_gives_back_what_was_written(store):
    made, _ = write(store, [filed("a"), filed("b", subject="B2")])
    with store.connect() as connection:
        found = list(exported(connection, Query(limit=0)))
    assert sorted(found, key=lambda one: one["alert_id"]) == sorted(made, key=lambda one: one["alert_id"])


def test_the_beginning_of_an_id_is_enough(store):
    [first], _ = write(store, [filed("a")])
    with store.connect() as connection:
        assert resolved(connection, first["alert_id"][:8]) == [first["alert_id"]]
        assert resolved(connection, "zz") == []


def test_migrations_make_exactly_the_tables_that_the_program_knows(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_the_newest_migration_is_the_one_that_the_program_expects():
    config = Config()
    config.set_main_option("script_location", str(opening._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_opening_twice_migrates_once(store_url):
    for _ in range(2):
        open_store(store_url, write=True).dispose()
    open_store(store_url, write=False).dispose()


def test_a_store_of_an_older_version_is_refused_to_a_reader_and_brought_up_to_date_by_a_writer(store_url):
    with opened_store(store_url, write=True) as engine, engine.begin() as connection:
        connection.execute(text("DROP INDEX alerts_by_day"))
        connection.execute(text("DROP INDEX alerts_by_follows"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(InputError, match="the next surveil detect --store brings it up to date"):
        open_store(store_url, write=False)
    open_store(store_url, write=True).dispose()
    with opened_store(store_url, write=False) as engine:
        assert {"alerts_by_day", "alerts_by_follows"} <= {one["name"] for one in inspect(engine).get_indexes("alerts")}


def test_a_reader_is_told_that_there_is_no_store(tmp_path):
    with pytest.raises(InputError, match="there is no store"):
        open_store(str(tmp_path / "none.db"), write=False)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x@y/z", "mysql is not a kind of store"),
        ("://", "is no URL"),
        ("postgresql://ann:secret@/none?host=/nowhere", "cannot be used"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_without_its_password(url, said):
    with pytest.raises(InputError, match=said) as error:
        open_store(url, write=True)
    assert "secret" not in str(error.value)


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "note.txt").write_text("this is no database, it is a note of some length " * 40)
    with pytest.raises(InputError, match="not a database"):
        open_store(str(tmp_path / "note.txt"), write=False)


def test_the_store_was_tried_with_postgresql_or_it_is_said_that_it_was_not(capsys):
    if not postgres.wanted():
        with capsys.disabled():
            sys.stderr.write("\nNOT RUN: the tests of the store with PostgreSQL; apt-get install postgresql\n")
    assert postgres.wanted() or not os.environ.get("CI")


def test_nothing_of_a_transaction_that_breaks_off_is_left(store):
    pairs = alerts_of([filed("a")])
    with pytest.raises(KeyboardInterrupt), store.begin() as connection:  # noqa: PT012 - the break is what is tested
        put(connection, pairs, "run", frozenset())
        raise KeyboardInterrupt
    with store.connect() as connection:
        assert listed(connection, Query())[0] == 0
        assert connection.execute(select(aliases)).all() == []
