import os
import subprocess
import sys
import time

import click
import pytest

from surveillance import __version__
from surveillance.cli.main import VERBS, app, run
from surveillance.errors import InputError, Location, Problem, RulesError

SURVEIL = [sys.executable, "-c", "from surveillance.cli.main import main; main()"]


def fails_with(error):
    """Return a command line whose only verb raises an error."""

    @click.group()
    @click.option("--traceback", is_flag=True)
    @click.pass_obj
    def group(settings, traceback):
        settings.traceback = traceback

    @group.command()
    def verb():
        raise error

    return group


def test_problems_are_printed_like_a_compilers_and_all_of_them(capsys):
    problems = [
        Problem(
            "unknown-field", "unknown field `severty`", Location("wash.yaml", 4, 1, "severty"), "did you mean severity?"
        ),
        Problem("missing-field", "`owner` is missing", Location("burst.yaml", 1)),
    ]
    assert run(["verb"], command=fails_with(RulesError(problems))) == 3
    assert capsys.readouterr().err.splitlines() == [
        "wash.yaml:4:1: unknown field `severty` (at severty) [unknown-field]",
        "    hint: did you mean severity?",
        "burst.yaml:1: `owner` is missing [missing-field]",
        "surveil: stopped by 2 problems",
    ]


def test_an_unusable_input_has_status_2(capsys):
    assert run(["verb"], command=fails_with(InputError(Problem("no-source", "there is no such file")))) == 2
    assert "surveil: stopped by 1 problem\n" in capsys.readouterr().err


def test_a_file_that_cannot_be_used_is_named(capsys, tmp_path):
    error = PermissionError(13, "Permission denied", str(tmp_path / "x"))
    assert run(["verb"], command=fails_with(error)) == 2
    assert f"{tmp_path / 'x'}: Permission denied" in capsys.readouterr().err


def test_an_unexpected_error_is_short_and_says_what_to_do(capsys):
    assert run(["verb"], command=fails_with(ZeroDivisionError("by zero"))) == 70
    shown = capsys.readouterr().err
    assert "surveil: internal error: ZeroDivisionError: by zero" in shown
    assert "surveil --traceback" in shown
    assert __version__ in shown
    assert "Traceback" not in shown


def test_the_traceback_is_shown_when_asked_for(capsys):
    assert run(["--traceback", "verb"], command=fails_with(ZeroDivisionError("by zero"))) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupt_ends_quietly_with_130(capsys):
    assert run(["verb"], command=fails_with(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "surveil: interrupted\n"


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["detect"], ["--no-such-option"]])
def test_a_wrong_command_line_has_status_2_and_says_how_to_get_help(arguments, capsys):
    assert run(arguments) == 2
    assert "--help" in capsys.readouterr().err


def test_every_verb_has_help_that_says_what_it_is_for(capsys):
    assert run(["--help"]) == 0
    overview = capsys.readouterr().out
    for verb in VERBS:
        assert run([verb, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"Usage: surveil {verb}")
        assert f"  {verb} " in overview


def test_the_version_is_printed(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"surveil, version {__version__}\n"


def test_a_closed_pipe_ends_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([*SURVEIL, "--help"], stdout=writer, stderr=subprocess.PIPE, check=False, text=True)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, "")


def test_help_is_quick_because_nothing_slow_is_imported():
    code = "import sys; from surveillance.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    times = []
    for _ in range(3):
        start = time.perf_counter()
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
        times.append(time.perf_counter() - start)
    loaded = set(ended.stderr.split())
    assert not loaded & {
        "numpy",
        "numba",
        "pyarrow",
        "rich",
        "msgspec",
        "jsonschema",
        "yaml",
        "surveillance.events.schema",
    }
    assert min(times) < 2, "far above the promise of 0.2 s, even for a machine that is busy"


def test_the_group_lists_its_verbs_in_the_order_of_use():
    assert app.list_commands(click.Context(app)) == list(VERBS)
