import json

from surveillance.cli.main import run
from surveillance.detecting.plugins import load_detectors


def test_the_list_names_every_installed_detector_with_its_first_line(capsys):
    assert run(["detectors", "list"]) == 0
    shown = capsys.readouterr().out
    for detector_id, detector in load_detectors().items():
        assert detector_id in shown
        assert detector.__doc__.split()[0] in shown


def test_the_list_as_json_has_all_declarations(capsys):
    assert run(["detectors", "list", "--json"]) == 0
    listed = {detector["id"]: detector for detector in json.loads(capsys.readouterr().out)}
    assert set(listed) == set(load_detectors())
    churn = listed["wash.churn"]
    assert churn["distribution"] == "trade-surveillance"
    assert churn["key"] == ["account", "instrument"]
    assert churn["needs"]["kinds"] == ["trade"]
    assert churn["measures"]["alternation"]["unit"] == "share"


def test_a_detector_is_shown_with_measures_params_and_their_units(capsys):
    assert run(["detectors", "show", "wash.churn"]) == 0
    shown = capsys.readouterr().out
    for name in load_detectors()["wash.churn"].measures:
        assert name in shown
    assert "duration" in shown
    assert "continuous or day or session" in shown


def test_every_detector_can_be_shown(capsys):
    for detector_id in load_detectors():
        assert run(["detectors", "show", detector_id]) == 0
        assert run(["detectors", "show", detector_id, "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_an_unknown_detector_is_answered_with_the_nearest_one(capsys):
    assert run(["detectors", "show", "wash.chrn"]) == 2
    assert "did you mean wash.churn?" in capsys.readouterr().err
    assert run(["detectors", "show", "zzz"]) == 2
    assert "surveil detectors list" in capsys.readouterr().err
