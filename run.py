#!/usr/bin/env python3
"""Set up, start and test casework with nothing but Python: ``python3 run.py`` lists the commands.

Decides where the dependencies live (``.venv``, rebuilt when a lock or the Python changes) and what
each command starts; leaves all work on cases to the package. Uses the standard library only, and
no syntax newer than Python 3.6, so that an old Python reads as far as the message meant for it.
"""

import argparse
import datetime
import fcntl
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)


def _insist_on_python(major: int, minor: int) -> None:
    """Go on with a Python that casework supports, or say which one is needed."""
    if OLDEST <= (major, minor) <= NEWEST:
        return
    for supported in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{supported}")
        # A name on the path may be an empty promise (pyenv), so it is asked first.
        if other and subprocess.call([other, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(other, [other, *sys.argv])  # noqa: S606
    sys.exit(
        f"casework needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}, and this is {major}.{minor}. "
        "Install one of them (Debian and Ubuntu: apt-get install python3; macOS: brew install "
        "python@3.13) and call run.py with it, for example: python3.13 run.py"
    )


if __name__ == "__main__":
    _insist_on_python(*sys.version_info[:2])

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "casework.json"
VAR = ROOT / "var"

# Each lock holds the one before it, so that an environment grows and need not be rebuilt.
LEVELS = ("core", "encrypt", "route", "test", "bench")
BOOTSTRAP = "bootstrap"
# Installed by deploy/install.py, on top of the core's, where a hub serves many.
DEPLOY = "deploy"

MACS = ("aarch64-apple-darwin", "x86_64-apple-darwin")
# What Homebrew calls Debian's packages; names it does not have in common would mislead.
BREWED = {"chromium": "google-chrome", "postgresql": "postgresql@17"}

NO_SUCH_COMMAND = 2
INTERRUPTED = 130
PYTEST_STOPPED = 2  # by a person, or by a test file that cannot be read
ROOM_OF_PROGRAMS, ROOM_OF_TESTS = 4 << 30, 8 << 30  # bytes of memory


class CannotGoOn(Exception):
    """Something outside the project is missing; the message says what to do about it."""


def main(arguments: list[str]) -> int:
    """Run one command; without one, list them.

    Returns
    -------
    int
        Exit status: 0 done, 2 no such command, 130 interrupted, otherwise that of the tool.
    """
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(overview())
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        print(f"There is no command {name!r}.\n\n{overview()}", file=sys.stderr)
        return NO_SUCH_COMMAND
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return COMMANDS[name](rest)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return INTERRUPTED
    except CannotGoOn as reason:
        print(f"{name}: {reason}", file=sys.stderr)
        return 1


def overview() -> str:
    """List the commands, each with the first line of its docstring."""
    lines = ["usage: python3 run.py COMMAND [its own options]", ""]
    for name, command in COMMANDS.items():
        lines.append(f"  {name:<12}{(command.__doc__ or '').splitlines()[0]}")
    return "\n".join(lines)


# Commands ---------------------------------------------------------------------------------------


def setup(arguments: list[str]) -> int:
    """Install everything needed to use and develop casework into .venv."""
    ensure("test")
    prepare_search()
    print(f"Ready: {VENV.relative_to(ROOT)}/bin/casework")
    return 0


def demo(arguments: list[str]) -> int:
    """Make a workbook of invented people and serve its dashboards on this machine.

    ``--agency``, ``--people`` and ``--seed`` choose the workbook, ``--fresh`` makes it again; all
    other options go to ``casework serve``.
    """
    parser = argparse.ArgumentParser(prog="run.py demo", description=demo.__doc__)
    for option in ("--agency", "--people", "--seed"):
        parser.add_argument(option)
    parser.add_argument("--fresh", action="store_true")
    chosen, serving = parser.parse_known_args(arguments)
    options = {k: v for k, v in vars(chosen).items() if isinstance(v, str)}
    ensure("core")
    workbook = VAR / ("-".join(["demo", *options.values()]) + ".sqlite")
    if chosen.fresh or not workbook.exists():
        make_demo(workbook, [part for k, v in options.items() for part in (f"--{k}", v)])
    elif run(PYTHON, "-m", "casework", "init", CASEWORK_DB=str(workbook)):
        raise CannotGoOn("the demo workbook is of another version; make it again with --fresh")
    if "--as-of" not in serving:  # the year of work ends on the day on which it was made
        serving += ["--as-of", made_on(workbook)]
    return replace_by("-m", "casework", "serve", *serving, CASEWORK_DB=str(workbook))


def test(arguments: list[str]) -> int:
    """Run every test, the browser's last; with options, what pytest makes of them.

    Installs Chromium, a Chinese font and a PostgreSQL server where that is allowed.
    """
    ensure("test")
    ensure_programs()
    place = _memory_for_tests()
    if arguments:
        return replace_by("-m", "pytest", *arguments, **place)
    workers = str(min(os.cpu_count() or 1, 4))
    fast = run(PYTHON, "-m", "pytest", "-n", workers, "-m", "not browser", **place)
    if fast == PYTEST_STOPPED:
        return fast
    # Each worker serves the pages for itself; a file's tests share what its first one made.
    sharing = ("-n", workers, "--dist", "loadscope")
    return run(PYTHON, "-m", "pytest", *sharing, "-m", "browser", **place) or fast


def _memory_for_tests() -> dict[str, str]:
    """Let tests keep their files in memory, where Linux has enough of it.

    They make thousands of small workbooks, and each waits for the disk when it is closed.
    """
    memory = Path("/dev/shm")  # noqa: S108
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK | os.X_OK):
        return {}
    able = not os.statvfs(memory).f_flag & os.ST_NOEXEC
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    room = min(whole - ROOM_OF_PROGRAMS, shutil.disk_usage(memory).free)
    return {"TMPDIR": str(memory)} if able and room >= ROOM_OF_TESTS else {}


def lab(arguments: list[str]) -> int:
    """Open JupyterLab with the notebooks, on this machine only."""
    ensure("core")
    return replace_by("-m", "casework", "serve", "--lab", *arguments)


def lint(arguments: list[str]) -> int:
    """Check style, layout and types."""
    ensure("test")
    checks = (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"])
    return int(any([run(PYTHON, "-m", *check) for check in checks]))


def reformat(arguments: list[str]) -> int:
    """Repair what can be repaired of style and layout."""
    ensure("test")
    fixed = run(PYTHON, "-m", "ruff", "check", "--fix", *arguments)
    return run(PYTHON, "-m", "ruff", "format", *arguments) or fixed


def lock(arguments: list[str]) -> int:
    """Write requirements/*.lock anew from pyproject.toml; --upgrade takes newer versions."""
    import tomllib

    if not PYTHON.exists():
        make_environment()
    install_uv()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["optional-dependencies"]
    wanted = list(project["dependencies"])
    earlier: list[str] = []
    for level in LEVELS:
        wanted += groups.get(level, [])
        resolve(level, wanted, [*earlier, *arguments])
        earlier = ["--constraints", str(lockfile(level))]
    many = [*project["dependencies"], *groups[DEPLOY]]
    resolve(DEPLOY, many, ["--constraints", str(lockfile(LEVELS[-1])), *arguments])
    resolve(BOOTSTRAP, groups[BOOTSTRAP], arguments)
    check_wheels()
    return 0


def bench(arguments: list[str]) -> int:
    """Measure speed and growth, and print the figures as a table."""
    ensure("bench")
    return replace_by("-m", "benchmarks", *arguments)


def deploy_test(arguments: list[str]) -> int:
    """Install for many users on loopback, and try as each role what it must not; needs root.

    Makes accounts of the machine whose names begin with ``cwt``, and removes them.
    """
    ensure("test")
    ensure_programs()
    if not shutil.which("nginx") and not apt_install("nginx-light"):
        raise CannotGoOn(f"not on this machine: nginx; {apt_line('nginx-light')}")
    named = any((ROOT / one.partition("::")[0]).exists() for one in arguments)
    asked = arguments if named else [*arguments, "deploy/tests"]
    # An upgrade builds a whole release: on a machine that others use that takes minutes.
    patience = ["-o", "faulthandler_timeout=1800"]
    return replace_by("-m", "pytest", "-p", "tests.browser", *patience, *asked)


COMMANDS = {
    "setup": setup,
    "demo": demo,
    "test": test,
    "lab": lab,
    "lint": lint,
    "format": reformat,
    "lock": lock,
    "bench": bench,
    "deploy-test": deploy_test,
}


def made_on(workbook: Path) -> str:
    """Give the day up to which there is work in a demo; noted beside it when it was made."""
    note = workbook.with_suffix(".day")
    if not note.exists():
        china = datetime.timezone(datetime.timedelta(hours=8))
        note.write_text(datetime.datetime.now(china).date().isoformat(), encoding="utf-8")
    return note.read_text(encoding="utf-8")


def make_demo(workbook: Path, options: list[str]) -> None:
    """Build the demo beside its place and move it there when whole."""
    VAR.mkdir(exist_ok=True)
    part = workbook.with_name("part-" + workbook.name)
    try:
        for leftover in VAR.glob(part.name + "*"):
            leftover.unlink()
        done = run(PYTHON, "-m", "casework", "demo", *options, CASEWORK_DB=str(part))
        if done:
            raise CannotGoOn("the demo workbook could not be made; see the message above")
        for leftover in VAR.glob(workbook.name + "-*"):  # write-ahead log of the one replaced
            leftover.unlink()
        part.replace(workbook)
        workbook.with_suffix(".day").unlink(missing_ok=True)
    finally:
        for leftover in VAR.glob(part.name + "*"):
            leftover.unlink()


# The environment --------------------------------------------------------------------------------


def ensure(level: str) -> None:
    """Bring .venv up to a level; takes no time when it is there already."""
    VAR.mkdir(exist_ok=True)
    with only_one_setup_at_a_time():
        installed = stamped_locks()
        if any(seal != seal_of(each) for each, seal in installed.items()):
            level = max([level, *installed], key=LEVELS.index)
            installed = {}
        if level in installed:
            return
        started = time.monotonic()
        if not installed:
            make_environment()
        install(level)
        connect()
        holds = LEVELS[: LEVELS.index(level) + 1]
        stamp = {"made_for": made_for(), "locks": {each: seal_of(each) for each in holds}}
        STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        say(f"environment ready after {time.monotonic() - started:.0f} s")


def stamped_locks() -> dict[str, str]:
    """Tell which locks .venv holds, as far as it was made here and for this Python."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(stamp["locks"]) if stamp.get("made_for") == made_for() else {}


def made_for() -> str:
    """Name what an environment is tied to: the interpreter and the folder."""
    return f"{sys.version} {ROOT}"


def prepare_search() -> None:
    """Compile the search for rosters now, rather than when the first one is waited for.

    Whoever cannot compile here is told when solving; everything else works.
    """
    for module in ("solving", "uhhc.solving", "week.solving"):
        run(PYTHON, "-c", f"from casework.routing.{module} import prepare; prepare()")


def lockfile(level: str) -> Path:
    """Give the lock of a level."""
    return ROOT / "requirements" / f"{level}.lock"


def seal_of(level: str) -> str:
    """Give the checksum by which a change of the lock, or of the hook, is noticed."""
    return hashlib.sha256(lockfile(level).read_bytes() + start_hook().encode()).hexdigest()


@contextmanager
def only_one_setup_at_a_time() -> Iterator[None]:
    """Wait while another run.py sets up the same folder."""
    with (VAR / "setup.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another run.py to finish setting up")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    """Make an empty .venv, with pip inside or with the machine's pip to fill it."""
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    if VENV.exists():
        shutil.rmtree(VENV)
    python = base_python()
    if not has_ensurepip() and not runs(python, "-m", "pip", "--version"):
        package = f"python3.{sys.version_info.minor}-venv"
        if not apt_install(package) or not has_ensurepip():
            raise CannotGoOn(f"this Python cannot make environments; {apt_line(package)}")
    without_pip = [] if has_ensurepip() else ["--without-pip"]
    must(python, "-m", "venv", *without_pip, VENV)


def has_ensurepip() -> bool:
    """Tell whether an environment comes with pip; Debian packs that part apart."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def base_python() -> str:
    """Give the interpreter proper, also when run.py was started from an environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def pip() -> list[str | Path]:
    """Give the command that fills .venv without uv."""
    if runs(PYTHON, "-m", "pip", "--version"):
        return [PYTHON, "-m", "pip"]
    return [base_python(), "-m", "pip", "--python", PYTHON]


def install(level: str) -> None:
    """Install a lock by hash, with uv or, where that does not work, with pip."""
    say(f"installing the packages of {lockfile(level).relative_to(ROOT)}")
    quietly = [] if sys.stderr.isatty() else ["--quiet"]
    exactly = from_lock(level)
    if install_uv():
        uv = (PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--compile-bytecode")
        if run(*uv, *quietly, *exactly, **uv_settings()) == 0:
            return
        say("uv could not; trying pip, which takes some minutes")
    must(*pip(), "install", "--disable-pip-version-check", "--no-input", *quietly, *exactly)


def from_lock(level: str) -> list[str]:
    """Give the options that install a lock: these very files, and nothing built on the way."""
    return ["--require-hashes", "--only-binary", ":all:", "-r", str(lockfile(level))]


def install_uv() -> bool:
    """Put the pinned uv into .venv; tell whether it works there."""
    if runs(PYTHON, "-m", "uv", "--version"):
        return True
    silently = ("--disable-pip-version-check", "--no-input", "--quiet")
    run(*pip(), "install", *silently, *from_lock(BOOTSTRAP))
    return runs(PYTHON, "-m", "uv", "--version")


def uv_settings() -> dict[str, str]:
    """Tell uv which index the machine's pip is set to, since it does not read pip's settings."""
    listed = subprocess.run([*pip(), "config", "list"], capture_output=True, text=True, check=False)
    pips: dict[str, str] = {}
    for line in listed.stdout.splitlines():  # the environment is listed first, and wins
        key, _, value = line.partition("=")
        pips.setdefault(key.rpartition(".")[2], value.strip("'\""))
    wanted = {
        "UV_DEFAULT_INDEX": pips.get("index-url"),
        "UV_INSECURE_HOST": pips.get("trusted-host"),
        "SSL_CERT_FILE": pips.get("cert"),
    }
    return {name: value for name, value in wanted.items() if value and name not in os.environ}


def check_wheels() -> None:
    """See to it that every pin has a wheel for a Mac too, where nobody may have tried it yet."""
    for machine in MACS:
        for minor in range(OLDEST[1], NEWEST[1] + 1):
            say(f"looking for the wheels of {machine} with Python 3.{minor}")
            uv = (PYTHON, "-m", "uv", "pip", "install", "--dry-run", "--quiet", "--target", VAR)
            to = ("--python-platform", machine, "--python-version", f"3.{minor}")
            for level in (LEVELS[-1], BOOTSTRAP):
                must(*uv, *to, *from_lock(level), **uv_settings())


def resolve(name: str, wanted: list[str], options: list[str]) -> None:
    """Write one lock: all platforms, hashes, wheels only, and no host in it."""
    say(f"resolving {lockfile(name).relative_to(ROOT)}")
    uv = (PYTHON, "-m", "uv", "pip", "compile", "--quiet", "--universal")
    oldest = ["--python-version", ".".join(map(str, OLDEST))]
    form = ["--generate-hashes", "--only-binary", ":all:", "--no-header", "--no-annotate"]
    text = "\n".join(wanted)
    must(*uv, *oldest, *form, *options, "-o", lockfile(name), "-", said=text, **uv_settings())


def connect() -> None:
    """Make the package importable from anywhere in .venv, and give it its command."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = VENV / "lib" / version / "site-packages"
    (packages / "casework.pth").write_text(start_hook(), encoding="ascii")
    command = VENV / "bin" / "casework"
    command.write_text(entry_point(), encoding="utf-8")
    command.chmod(0o755)


def start_hook() -> str:
    """Give the line that every Python of .venv runs first.

    It finds the package in this folder, and keeps out ``rfc3987_syntax``, which compiles 39
    grammars in every server and kernel only to check a form of web addresses that we never use.
    """
    return (
        f"import sys; sys.path.append({str(ROOT)!a}); "
        "sys.modules.setdefault('rfc3987_syntax', None)\n"
    )


def entry_point() -> str:
    """Give the text of the ``casework`` command; sh finds Python whatever the folder is called."""
    return (
        "#!/bin/sh\n"
        f"'''exec' {shlex.quote(str(PYTHON))} \"$0\" \"$@\"\n"
        "' '''\n"
        "from casework.cli import main\n\n"
        "raise SystemExit(main())\n"
    )


# Programs of the machine ------------------------------------------------------------------------


def ensure_programs() -> None:
    """See to it that what the tests drive is there, or say in one line what is missing."""
    from tests.programs import missing_programs

    missing = missing_programs()
    if missing:
        apt_install(*missing)
        missing = missing_programs()
    if missing:
        raise CannotGoOn(f"not on this machine: {', '.join(missing)}; {apt_line(*missing)}")


def apt_install(*packages: str) -> bool:
    """Install Debian packages if this machine and this account allow it."""
    apt = shutil.which("apt-get")
    if not apt or os.geteuid() != 0:
        return False
    say(f"installing {', '.join(packages)} (apt-get)")
    silent = {"DEBIAN_FRONTEND": "noninteractive"}
    run(apt, "update", "-qq", **silent)
    return run(apt, "install", "-y", "-qq", "--no-install-recommends", *packages, **silent) == 0


def apt_line(*packages: str) -> str:
    """Say how a person installs what is missing."""
    if shutil.which("apt-get"):
        return f"install with: sudo apt-get install {' '.join(packages)}"
    if sys.platform == "darwin":
        brewed = " ".join(BREWED.get(package, package) for package in packages)
        return f"install with Homebrew: brew install {brewed}"
    return f"install what your system calls {', '.join(packages)}, then try again"


# Other processes --------------------------------------------------------------------------------


def say(text: str) -> None:
    """Show progress."""
    print(f"[casework] {text}", file=sys.stderr, flush=True)


def environment(**settings: str) -> dict[str, str]:
    """Give the surroundings of our processes.

    Compiled modules are kept even where the machine asks not to: every kernel would compile the
    package again.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **settings}


def run(*command: str | Path, said: str | None = None, **settings: str) -> int:
    """Run a program in the project's folder and give its exit status.

    Interrupted, it leaves the program time to end in its own way, then insists.
    """
    source = subprocess.DEVNULL if said is None else subprocess.PIPE
    words = list(map(str, command))
    child = subprocess.Popen(words, cwd=ROOT, env=environment(**settings), stdin=source, text=True)
    try:
        child.communicate(said)
    except KeyboardInterrupt:
        end(child)
        raise
    return child.returncode


def end(child: subprocess.Popen[str]) -> None:
    """Wait for an interrupted program, asking it more firmly each time."""
    # At a terminal the program has had the same signal, and a second one would spoil its ending.
    for patience, firmer in ((3, signal.SIGINT), (10, signal.SIGTERM), (5, signal.SIGKILL)):
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            child.send_signal(firmer)
    child.wait()


def must(*command: str | Path, said: str | None = None, **settings: str) -> None:
    """Run a program that has to succeed."""
    if run(*command, said=said, **settings):
        raise CannotGoOn(f"this failed: {shlex.join(map(str, command))}")


def runs(*command: str | Path) -> bool:
    """Tell whether a program starts and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def replace_by(*arguments: str, **settings: str) -> int:
    """Become the environment's Python, so that signals reach what was started."""
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), *arguments], environment(**settings))  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
