"""An installation is brought up to date, and back, by the same script; it stops the hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from deploy.tests.stack import CHIEF, MARK, Stack


def count(stack: Stack) -> str:
    return stack.sql(f"{MARK}owner", "SELECT count(*) FROM person").stdout.strip()


def test_installing_again_changes_nothing(stack: Stack) -> None:
    current = (stack.folder / "opt" / "current").resolve()
    settings = (stack.folder / "etc" / "site.toml").read_text(encoding="utf-8")
    done = stack.install()
    assert done.returncode == 0, done.stderr
    assert "in use already" in done.stderr
    assert (stack.folder / "opt" / "current").resolve() == current
    assert (stack.folder / "etc" / "site.toml").read_text(encoding="utf-8") == settings


def test_nightly_backup_is_made_and_read(stack: Stack) -> None:
    script = stack.folder / "opt" / "current" / "app" / "deploy" / "backup.sh"
    folder = stack.folder / "state" / "backups"
    done = stack.as_person(f"{MARK}owner", str(script), str(stack.python), str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("casework-*.backup")
    assert made.stat().st_mode & 0o077 == 0
    assert stack.owner("verify", str(made)).returncode == 0


def test_upgrade_backs_up_first_and_both_ways_back_work(
    stack: Stack, tmp_path: Path, open_page: Callable[..., Page]
) -> None:
    link, before = stack.folder / "opt" / "current", (stack.folder / "opt" / "current").resolve()
    newer = tmp_path / "newer"
    shutil.copytree(stack.source, newer)
    readme = newer / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + "\nnewer\n", encoding="utf-8")
    stack.stop()
    people = count(stack)

    done = stack.install(source=newer)
    assert done.returncode == 0, done.stderr
    assert link.resolve() != before
    assert len(list((stack.folder / "state" / "backups").glob("before-*.backup"))) == 1

    done = stack.install("--rollback")
    assert done.returncode == 0, done.stderr
    assert link.resolve() == before

    done = stack.install(source=newer)  # built already: it only turns
    assert done.returncode == 0, done.stderr
    stack.sql(f"{MARK}owner", "UPDATE person SET name = '后来改的'")
    done = stack.install("--rollback", "--data")
    assert done.returncode == 0, done.stderr
    assert link.resolve() == before
    assert count(stack) == people
    changed = "SELECT count(*) FROM person WHERE name = '后来改的'"
    assert stack.sql(f"{MARK}owner", changed).stdout.strip() == "0"

    stack.start()
    page = open_page()
    page.goto(stack.address)
    page.fill("#username", CHIEF)
    page.fill("#password", stack.passwords[CHIEF])
    page.click("button[type=submit]")
    expect(page.locator("html[data-casework=live]")).to_be_attached(timeout=180_000)
    expect(page.locator(".cw-main")).to_contain_text("在册")
