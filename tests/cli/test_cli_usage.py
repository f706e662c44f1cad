"""Wrong use: one sentence in plain words, with what to write instead, and the documented exit status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_cases import call, fail

SHIPPED = Path(__file__).resolve().parents[2] / "checkpoints" / "digits-vae"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["train", "--epoch", "3"], "--epoch: train has no such option; did you mean --epochs?"),
        (["train", "--latent_dim", "3"], "did you mean --latent-dim?"),
        (["train", "-q"], "-q: train has no such option;"),
        (["train", "--xyzzy=4"], "--help lists the options"),
        (["train", "--epochs"], "--epochs: a value is missing"),
        (["train", "--epochs", "many"], "--epochs many: write a whole number"),
        (["train", "--learning-rate", "fast"], "--learning-rate fast: write a number"),
        (["train", "--json=yes"], "--json: this option takes no value"),
        (["info"], "info: RUN is missing: a run's folder"),
        (["decode", "RUN", "--z", "0,0"], "decode: --out is missing: the decodes as a picture"),
        (["plane", "RUN", "--out", "x.png", "--size", "3"], "--size 3: must be at least 64"),
        (["info", "RUN", "more"], "more: info takes no such argument;"),
        (["--verson"], "did you mean --version?"),
        (["train", "--model", "vea"], "unknown model 'vea': did you mean vae?"),
        (["train", "--data", "mnst"], "unknown data set 'mnst': did you mean mnist?"),
        (["train", "--set", "model.betta=4"], "model.betta: no such setting; did you mean model.beta?"),
        (["train", "--set", "model.likelihood=bernouli"], "did you mean bernoulli?"),
        (["train", "--set", "model.beta=big"], "model.beta = 'big': write a number"),
        (["train", "--set", "model.beta=-1"], "must be 0 to 1,000"),
        (["evaluate", "RUN", "--split", "tets"], "unknown split 'tets': did you mean test?"),
        (["sample", "RUN", "--out", "x.png", "--from", "prio"], "--from prio: did you mean prior?"),
        (["path", "RUN", "--through", "1", "--through", "2", "--out", "x.png", "--method", "sphere"], "spherical?"),
        (["traverse", "RUN", "--out", "x.png", "--rows", "principals"], "--rows principals: did you mean principal?"),
        (["plane", "RUN", "--out", "x.png", "--overlay", "prior_ring"], "did you mean prior_rings?"),
        (["information", "--preset", "rating"], "did you mean ratings?"),
    ],
)
def test_the_message_says_what_to_write(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    message = fail(*(SHIPPED if word == "RUN" else word for word in words))
    assert said in message and message.startswith("latent-explorer: ")
    assert not any(word in message for word in ("Input should", "Invalid value", "No such option", "Missing", "<int"))


@pytest.mark.parametrize("words", [["bogus", "--help"], ["bogus", "-h"], ["evalute", "-h", "--json"]])
def test_no_unknown_command_shows_a_help(words: list[str]) -> None:
    assert "neither a command nor a file or folder" in fail(*words)


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["train", "-h"], ["train", "--help"], ["decode", "-h"]])
def test_h_is_help(words: list[str]) -> None:
    result = call(*words)
    assert result.exit_code == 0 and result.stdout.startswith("Usage: ")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (["train", "--json", "--epochs", "many"], "usage"),
        (["evalute", "--json"], "config"),
        (["train", "--json", "--set", "model.betta=4"], "config"),
        (["train", "--json", "--data", "nowhere"], "data"),
        (["info", "nosuch", "--json"], "run"),
        (["export", "nosuch", "--json"], None),
    ],
)
def test_errors_are_json_with_json(words: list[str], kind: str | None) -> None:
    result = call(*words)
    assert result.exit_code == 2 and result.stdout == ""
    said = json.loads(result.stderr)
    assert said["schema_version"] == 2 and said["error"]["exit_code"] == 2
    assert said["error"]["message"] and (kind is None or said["error"]["kind"] == kind)


def test_a_fault_of_the_program_has_another_status(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.data import catalog

    def slip() -> None:
        raise KeyError("slip")

    monkeypatch.setattr(catalog, "describe_all", slip)
    assert "internal error (KeyError: 'slip'); see " in fail("datasets", status=1)
    said = json.loads(call("datasets", "--json").stderr)["error"]
    assert (said["kind"], said["exit_code"]) == ("internal", 1) and "last-command-error.txt" in said["message"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, "Cancelled"])
def test_ctrl_c_ends_without_a_traceback(raised: type[BaseException] | str, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.data import catalog

    def stop() -> None:
        raise catalog.Cancelled if isinstance(raised, str) else raised

    monkeypatch.setattr(catalog, "describe_all", stop)
    assert fail("datasets", status=130) == "latent-explorer: interrupted\n"
    assert json.loads(call("datasets", "--json").stderr)["error"]["kind"] == "interrupted"


def program(*words: str, **options: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-P", "-m", "explorer", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload, no-any-return]


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="a signal of POSIX")
def test_a_reader_that_goes_away_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        command = [sys.executable, "-P", "-m", "explorer", "datasets", "--json"]
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, text=True, timeout=800, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_ctrl_c_while_it_starts_prints_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'explorer.cli':\n"
        "            try: signal.raise_signal(signal.SIGINT)\n"
        "            except KeyboardInterrupt as error: raise ValueError('as pydantic does') from error\n"
        "sys.meta_path.insert(0, Stop())\n"
    )
    started = program("models", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert started.communicate(timeout=800) == ("", "latent-explorer: interrupted\n")
    assert started.returncode == 130


def test_long_values_are_wrapped_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from explorer.cli.output import print_rows

    monkeypatch.setenv("COLUMNS", "50")
    rows = [("model", "hidden_widths 512-256, likelihood bernoulli, beta 4.0"), ("data", "digits")]
    print_rows(rows)
    assert capsys.readouterr().out == f"model  {rows[0][1]}\ndata   digits\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_rows(rows)
    first = "model  hidden_widths 512-256, likelihood\n       bernoulli, beta 4.0\n"
    assert capsys.readouterr().out == f"{first}data   digits\n"
