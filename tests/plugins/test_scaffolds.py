"""What `surveil new` writes passes its own tests as it is."""

import sys

import pytest
from click.testing import CliRunner
from plugin_helpers import ROOT, ran

from surveillance.cli.main import run
from surveillance.cli.new import command


def new(*words, status=0):
    ended = CliRunner().invoke(command, [str(word) for word in words])
    assert ended.exit_code == status, ended.output
    return ended.output


@pytest.fixture
def rulebook(tmp_path):
    (tmp_path / "rulebook.yaml").write_bytes((ROOT / "rules" / "rulebook.yaml").read_bytes())
    return tmp_path


@pytest.mark.parametrize("name", ["quote-stuffing", "class"])
def test_a_new_rule_is_valid_and_passes_its_own_tests(rulebook, name, capsys):
    said = new("rule", name, "--to", rulebook)
    assert f"wrote {rulebook / name}.yaml" in said
    assert f"surveil rules check {rulebook}" in said
    assert run(["rules", "check", str(rulebook)]) == 0, capsys.readouterr().err
    assert run(["rules", "test", str(rulebook)]) == 0, capsys.readouterr().out


def test_a_new_rule_outside_a_rulebook_says_so(tmp_path):
    assert "There is no rulebook.yaml here or above" in new("rule", "mine", "--to", tmp_path)


@pytest.mark.slow
@pytest.mark.xdist_group("plugins")
def test_a_new_detector_passes_its_own_tests(tmp_path):
    new("detector", "quote-stuffing", "--to", tmp_path)
    said = ran(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=tmp_path)
    assert " passed" in said


@pytest.mark.slow
@pytest.mark.xdist_group("plugins")
def test_a_new_plugin_installs_passes_its_own_tests_and_those_of_its_rule(install, tmp_path):
    new("plugin", "quote-stuffing", "--to", tmp_path)
    project = tmp_path / "surveillance-quote-stuffing"
    environment = install(project)
    assert " passed" in environment.pytest(project)
    assert "quote-stuffing" in environment.surveil("detectors", "list")
    environment.surveil("rules", "check", project / "rules")
    environment.surveil("rules", "test", project / "rules")


def test_what_is_written_needs_no_formatting(tmp_path):
    new("detector", "quote-stuffing", "--to", tmp_path)
    new("plugin", "quote-stuffing", "--to", tmp_path)
    ran(sys.executable, "-m", "ruff", "format", "--check", "--isolated", "--line-length", "120", ".", cwd=tmp_path)
    ran(
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "E,F,W",
        "--line-length",
        "120",
        ".",
        cwd=tmp_path,
    )


def test_nothing_is_written_over(tmp_path):
    new("detector", "mine", "--to", tmp_path)
    before = (tmp_path / "mine.py").read_text()
    (tmp_path / "test_mine.py").unlink()
    assert "nothing is written over" in new("detector", "mine", "--to", tmp_path, status=2)
    assert (tmp_path / "mine.py").read_text() == before
    assert not (tmp_path / "test_mine.py").exists()


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Quote Stuffing", "quote-stuffing"), ("quote_stuffing", "quote-stuffing"), ("9", "quote-stuffing")],
)
def test_a_name_that_cannot_be_used_is_refused_with_one_that_can(tmp_path, name, hint):
    assert hint in new("rule", name, "--to", tmp_path, status=2)


@pytest.mark.parametrize("name", ["class", "json"])
def test_a_detector_does_not_get_in_the_way_of_python(tmp_path, name):
    assert "in the way of Python's own" in new("detector", name, "--to", tmp_path, status=2)


def test_the_command_knows_the_verb(capsys):
    assert run(["new", "--help"]) == 0
    assert "plugin" in capsys.readouterr().out
