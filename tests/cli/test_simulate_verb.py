import json

from surveillance.cli.main import run


def test_a_day_is_written_with_its_labels_and_reference_data(market_day):
    written = {path.relative_to(market_day).as_posix() for path in market_day.rglob("*") if path.is_file()}
    assert written == {
        "events.parquet",
        "truth.csv",
        "simulation.json",
        "reference/accounts.csv",
        "reference/instruments.csv",
        "reference/rates.csv",
    }
    assert json.loads((market_day / "simulation.json").read_text())["episodes"] > 0


def test_the_same_seed_gives_the_same_files(market_day, tmp_path):
    assert run(["simulate", str(tmp_path), "--events", "20000", "--seed", "3", "--quiet"]) == 0
    for path in market_day.rglob("*"):
        if path.is_file():
            assert (tmp_path / path.relative_to(market_day)).read_bytes() == path.read_bytes(), path.name


def test_it_says_what_it_made_and_what_to_do_next(tmp_path, capsys):
    options = ["--events", "5000", "--day", "2026-05-04", "--format", "csv"]
    assert run(["simulate", str(tmp_path), *options]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "labelled episodes of abuse" in said.err
    reference = tmp_path / "reference"
    known = f"--reference {reference} --rates {reference / 'rates.csv'}"
    assert f"Next: surveil detect {tmp_path / 'events.csv'} --feed canonical {known}" in said.err
    assert (tmp_path / "events.csv").read_text().splitlines()[1].startswith("2026-05-04T")


def test_all_wrong_options_are_reported_at_once(tmp_path, capsys):
    assert run(["simulate", str(tmp_path), "--events", "1", "--instruments", "1", "--seed", "-1"]) == 2
    assert "surveil: stopped by 3 problems" in capsys.readouterr().err
