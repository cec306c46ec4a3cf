"""The way in by nginx, as its settings stand: TLS, one name, a limit to guessing."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.tests.conftest import LIVE_SECONDS
from deploy.tests.stack import CHIEF, ROOT, Stack, free_ports

NAME = "localhost"
MAIN = """
pid {folder}/nginx.pid;
error_log {folder}/nginx.log warn;
worker_processes 1;
daemon off;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/casework.conf;
}}
"""


@pytest.fixture(scope="module")
def front(stack: Stack) -> Iterator[str]:
    """Run nginx by our settings, with other ports and a certificate of its own."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program, "no nginx on this machine; python3 run.py deploy-test installs one"
    plain, safe = free_ports(2)
    folder = stack.folder / "nginx"
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "cert.pem"
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    where = ["-subj", f"/CN={NAME}", "-keyout", key, "-out", certificate]
    subprocess.run([*making, *where], check=True, capture_output=True)
    for name in ("casework.conf", "casework_proxy.conf"):
        text = (ROOT / "deploy" / "nginx" / name).read_text(encoding="utf-8")
        for ours, here in (
            ("cases.example.cn", NAME),
            ("/etc/casework/tls/", f"{folder}/"),
            ("/etc/nginx/casework_proxy.conf", f"{folder}/casework_proxy.conf"),
            ("listen 80;", f"listen 127.0.0.1:{plain};"),
            ("listen 443 ", f"listen 127.0.0.1:{safe} "),
            ("127.0.0.1:8000", f"127.0.0.1:{stack.port}"),
        ):
            text = text.replace(ours, here)
        (folder / name).write_text(text, encoding="utf-8")
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder), encoding="utf-8")
    subprocess.run([program, "-t", "-q", "-c", main], check=True)
    server = subprocess.Popen([program, "-c", main])
    latest = time.monotonic() + 90
    while time.monotonic() < latest:
        with suppress(OSError), socket.create_connection(("127.0.0.1", safe), 1):
            break
        time.sleep(0.1)
    yield f"https://{NAME}:{safe}"
    server.terminate()
    server.wait(20)


def asked(address: str, host: str) -> int:
    """Give the status of an answer; 0 when there is none."""
    request = urllib.request.Request(address, headers={"Host": host})
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        return int(urllib.request.urlopen(request, timeout=60, context=trusting).status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except (OSError, ValueError):
        return 0


def test_dashboard_stands_behind_tls_and_no_cookie_travels_without(
    stack: Stack, front: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(ignore_https_errors=True)
    answer = page.goto(front)
    assert answer is not None
    assert "max-age=31536000" in (answer.header_value("strict-transport-security") or "")
    page.fill("#username", CHIEF)
    page.fill("#password", stack.passwords[CHIEF])
    page.click("button[type=submit]")
    live = page.locator("html[data-casework=live]")
    expect(live).to_be_attached(timeout=LIVE_SECONDS * 1000)
    page.get_by_role("button", name="人员", exact=True).click()
    expect(page.locator(".cw-main h1")).to_have_text("老干部")  # by its websocket
    # But for the tokens of forms, which are worth nothing without the login.
    cookies = [one for one in page.context.cookies() if one["name"] != "_xsrf"]
    assert len(cookies) >= 3
    assert not [one["name"] for one in cookies if not one["secure"]]


def test_other_names_are_not_answered(front: str) -> None:
    assert asked(f"{front}/hub/login", NAME) == 200
    assert asked(f"{front}/hub/login", "elsewhere.example") == 0
    assert asked(f"{front}/hub/metrics", NAME) == 404


def test_guessing_passwords_is_slowed_down(front: str) -> None:
    answers = [asked(f"{front}/hub/login", NAME) for _n in range(15)]
    assert answers.count(429) >= 3
    assert Path("/etc/pam.d/cwt").read_text().count("pam_faillock") == 3
