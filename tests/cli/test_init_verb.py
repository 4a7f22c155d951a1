"""`surveil init` begins a repository of rules that passes its own checks."""

from __future__ import annotations

from pathlib import Path

import yaml

from surveillance.cli.main import run


def test_a_new_house_checks_tests_and_locks(tmp_path, capsys, monkeypatch):
    assert run(["init", str(tmp_path / "house")]) == 0
    assert "Next: cd " in capsys.readouterr().out
    monkeypatch.chdir(tmp_path / "house")
    for words in (["check", "rules"], ["test", "rules"], ["lock", "--check", "rules"]):
        assert run(["rules", *words]) == 0, capsys.readouterr().out


def test_its_recipes_run_commands_that_exist(tmp_path, capsys):
    assert run(["init", str(tmp_path)]) == 0
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    entries = [hook["entry"] for hook in hooks["repos"][0]["hooks"]]
    flow = yaml.safe_load((tmp_path / ".github/workflows/rules.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in flow["jobs"]["rules"]["steps"] if "run" in step]
    ours = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    entries += [hook["entry"] for hook in ours] + [line.strip() for step in steps for line in step.splitlines()]
    named = [entry.split()[1:3] for entry in entries if entry.startswith("surveil ")]
    assert len(named) >= 7
    for verbs in named:
        assert run([*verbs, "--help"]) == 0
    assert '"$GITHUB_STEP_SUMMARY"' in steps[-1]


def test_nothing_is_written_over(tmp_path, capsys):
    (tmp_path / "README.md").write_text("mine\n", encoding="utf-8")
    assert run(["init", str(tmp_path)]) == 2
    assert "there is already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
