"""The set-up script, as far as it can be watched without setting up: see also .ci/run."""

from __future__ import annotations

import ast
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import run
from tests import programs

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "run.py"


def called(*arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, SCRIPT, *arguments], capture_output=True, text=True)


def test_run_alone_lists_the_commands() -> None:
    done = called()
    assert done.returncode == 0
    assert re.findall(r"^  ([\w-]+)", done.stdout, re.M) == list(run.COMMANDS)


def test_unknown_command_is_refused_with_the_list() -> None:
    done = called("dmeo")
    assert done.returncode == 2
    assert "'dmeo'" in done.stderr
    assert "demo" in done.stderr


def test_make_calls_the_same_commands() -> None:
    listed = re.search(r"^COMMANDS := (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert listed
    assert listed[1].split() == list(run.COMMANDS)


@pytest.mark.parametrize("found", [(2, 7), (3, 10), (3, 14)])
def test_python_that_is_too_old_or_too_new_is_told_which_one_is_needed(
    found: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 to 3\.13, and this is \d\.\d+\."):
        run._insist_on_python(*found)


def test_script_is_read_by_a_python_that_is_too_old_to_run_it() -> None:
    assert ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7)).body


def test_environment_counts_only_for_the_python_and_folder_it_was_made_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = tmp_path / "casework.json"
    monkeypatch.setattr(run, "STAMP", stamp)
    assert run.stamped_locks() == {}
    stamp.write_text(json.dumps({"made_for": run.made_for(), "locks": {"core": "x"}}))
    assert run.stamped_locks() == {"core": "x"}
    stamp.write_text(json.dumps({"made_for": "3.10 elsewhere", "locks": {"core": "x"}}))
    assert run.stamped_locks() == {}


def test_command_works_from_a_folder_with_blanks_and_chinese_in_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "老干部 工作" / "it's"
    (home / "casework").mkdir(parents=True)
    (home / "casework" / "__init__.py").touch()
    (home / "casework" / "cli.py").write_text("def main():\n    print('hello')\n    return 3\n")
    link = home / "python"
    link.symlink_to(sys.executable)
    monkeypatch.setattr(run, "PYTHON", link)
    monkeypatch.setattr(run, "ROOT", home)
    command = home / "command"
    command.write_text(run.entry_point(), encoding="utf-8")
    command.chmod(0o755)
    (home / "hook.py").write_text(run.start_hook(), encoding="ascii")
    done = subprocess.run([command], capture_output=True, text=True, env={"PYTHONPATH": str(home)})
    assert (done.stdout, done.returncode) == ("hello\n", 3)
    script = f"exec(open({str(home / 'hook.py')!r}).read()); print(sys.path[-1])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == str(home)


def test_indexes_of_pip_are_passed_on_to_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CERT", "/etc/certificates.pem")
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
    given = run.uv_settings()
    assert given["UV_DEFAULT_INDEX"] == "http://127.0.0.1:9/simple"
    assert given["SSL_CERT_FILE"] == "/etc/certificates.pem"


def test_interrupted_program_is_given_time_and_then_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = "import signal, time; print(flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    child.stdout.readline()
    send, told = child.send_signal, []

    def noted(sign: int) -> None:
        told.append((sign, time.monotonic() - started >= 3))
        send(sign)

    monkeypatch.setattr(child, "send_signal", noted)
    started = time.monotonic()
    run.end(child)
    child.stdout.close()
    assert told[0] == (signal.SIGINT, True)
    assert child.returncode


def test_missing_programs_are_named_as_debian_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert programs.missing_programs() == ["chromium"]


def test_mac_is_told_by_the_names_of_homebrew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    monkeypatch.setenv("PATH", "")
    assert "chromium" in programs.missing_programs()
    assert set(programs.missing_programs()) <= {"chromium", "postgresql"}
    told = "install with Homebrew: brew install google-chrome postgresql@17"
    assert run.apt_line("chromium", "postgresql") == told
    assert not run.apt_install("chromium")


def test_browser_of_a_mac_is_found_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(programs.shutil, "which", lambda name: name if name == place else None)
    monkeypatch.setattr(programs, "starts", lambda program: program == place)
    assert programs.chromium() == place
