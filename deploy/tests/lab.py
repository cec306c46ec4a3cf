"""Running code in a kernel of somebody's JupyterLab, by the addresses that JupyterLab uses."""

from __future__ import annotations

import json
import uuid
from typing import Any

from playwright.sync_api import Page

_RUN = """
async ([base, code, session]) => {
  const xsrf = (document.cookie.match(/(?:^|; )_xsrf=([^;]+)/) || [])[1] || "";
  const asked = { method: "POST", headers: { "X-XSRFToken": xsrf }, body: "{}" };
  const made = await fetch(base + "api/kernels", asked);
  if (!made.ok) return { refused: made.status };
  const kernel = (await made.json()).id;
  const address = location.origin.replace("http", "ws") + base + `api/kernels/${kernel}/channels`;
  const socket = new WebSocket(`${address}?session_id=${session}&_xsrf=${xsrf}`);
  await new Promise((go, no) => { socket.onopen = go; socket.onerror = () => no("no socket"); });
  let said = "", failed = "";
  const done = new Promise((go) => {
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      const content = message.content;
      if (message.header.msg_type === "stream") said += content.text;
      if (message.header.msg_type === "error") failed = `${content.ename}: ${content.evalue}`;
      if (message.header.msg_type === "execute_reply") setTimeout(go, 300);
    };
  });
  socket.send(JSON.stringify({
    header: { msg_id: session + "1", username: "", session, msg_type: "execute_request",
              version: "5.3", date: new Date().toISOString() },
    parent_header: {}, metadata: {}, channel: "shell", buffers: [],
    content: { code, silent: false, store_history: false, user_expressions: {},
               allow_stdin: false, stop_on_error: true },
  }));
  await done;
  socket.close();
  const ended = { method: "DELETE", headers: { "X-XSRFToken": xsrf } };
  await fetch(base + `api/kernels/${kernel}`, ended);
  return { said, failed };
}
"""


def run_in_kernel(page: Page, base: str, code: str) -> dict[str, Any]:
    """Run code in a new kernel below ``base``; give what it printed as JSON, or the refusal."""
    found: dict[str, Any] = page.evaluate(_RUN, [base, code, uuid.uuid4().hex])
    assert not found.get("failed"), found["failed"]
    return json.loads(found["said"]) if "said" in found else found
