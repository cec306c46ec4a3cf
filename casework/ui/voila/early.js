// Runs before everything else on a served page: shows the first paint, keeps clicks made before
// the widgets are up, swaps to the live page without moving anything, tells when the connection
// or the kernel is gone.
(() => {
  const WORDS = __WORDS__;
  const word = (name) => WORDS[document.documentElement.lang.startsWith("en") ? "en" : "zh"][name];
  const byId = (id) => document.getElementById(id);
  let painted = false;
  let up = false;

  window.voila_heartbeat = () => {};
  window.voila_process = () => {};
  window.update_loading_text = () => {};
  window.caseworkMissed = null;

  window.caseworkPaint = () => {
    const paint = byId("cw-first-paint");
    const wait = byId("cw-wait");
    wait.replaceChildren(paint.content.firstElementChild);
    wait.className = "";
    wait.setAttribute("aria-busy", "true");
    paint.remove();
    if (window.location.hash.length > 2) {
      const screen = wait.querySelector(".cw-screen, .cw-main > *");
      if (screen)
        screen.innerHTML =
          '<div class="cw-skeleton"><span class="cw-bone"></span><span class="cw-bone"></span></div><div class="cw-skeleton cw-skeleton-table"></div>';
    } else {
      window.performance.mark("casework-painted");
    }
    painted = true;
    wait.addEventListener("click", (event) => {
      const node = event.target.closest("[data-action]");
      if (!node) return;
      event.preventDefault();
      window.caseworkMissed = `${node.dataset.action} ${node.dataset.args || ""}`;
      document.documentElement.classList.add("cw-busy");
    });
  };

  window.caseworkFailed = () => {
    painted = true;
    up = true;
    const wait = byId("cw-wait");
    const box = document.createElement("div");
    box.className = "cw-empty cw-empty-failure";
    for (const [name, css] of [["failed", "cw-empty-title"], ["failed_advice", ""]]) {
      const line = document.createElement("p");
      line.textContent = word(name);
      line.className = css;
      box.append(line);
    }
    wait.className = "cw cw-shell";
    wait.querySelector(".cw-screen").replaceChildren(box);
  };

  function swap() {
    if (up) return;
    up = true;
    const wait = byId("cw-wait");
    const typed = wait.contains(document.activeElement) ? document.activeElement : null;
    const live = byId("rendered_cells");
    live.classList.remove("cw-unready");
    if (typed && typed.matches("input[data-search]")) {
      const input = live.querySelector("input[data-search]");
      if (input) {
        input.value = typed.value;
        input.focus();
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    wait.remove();
    document.documentElement.classList.remove("cw-busy");
    window.performance.mark("casework-live");
    document.documentElement.dataset.casework = "live";
  }
  // The live page takes over when everything that was painted stands in it.
  function swapWhenReady() {
    const wait = byId("cw-wait");
    const live = byId("rendered_cells");
    const began = performance.now();
    const look = () => {
      const wanted = wait.querySelectorAll(".cw-panel, .cw-bar").length;
      const there = [...live.querySelectorAll(".cw-panel, .cw-bar")].length;
      const hollow = live.querySelector(".cw-main > .jupyter-widgets:empty");
      if ((there >= wanted && there > 0 && !hollow) || performance.now() - began > 4000) swap();
      else requestAnimationFrame(look);
    };
    look();
  }
  document.addEventListener("casework:up", swapWhenReady);
  window.voila_finish = window.display_cells = () => {
    if (!painted) setTimeout(swap, 0); // a notebook without a shell
  };
  document.addEventListener("DOMContentLoaded", () => {
    if (!painted) window.display_cells();
  });

  // ---- connection and kernel ---------------------------------------------------------------

  function banner(name) {
    const box = byId("cw-banner");
    if (box.dataset.name === (name || "")) return;
    box.dataset.name = name || "";
    box.hidden = !name;
    const button = box.querySelector("button");
    button.hidden = name !== "dead";
    if (!name) return;
    box.querySelector("span").textContent = word(name);
    button.textContent = word("reopen");
    button.onclick = () => window.location.reload();
  }
  let socketLost = false;
  let dead = false;
  const show = () => banner(dead ? "dead" : socketLost ? "lost" : "");
  // Once ended, a page stays so: its kernel is gone, and another would know nothing of it.
  function end() {
    if (dead) return;
    dead = true;
    document.documentElement.classList.remove("cw-busy");
    document.dispatchEvent(new Event("casework:ended"));
  }
  // What is pressed or typed on it reaches nobody. Text can be copied; a button leads to the only
  // one that does something.
  function refuse(event) {
    if (!dead || event.target.closest?.("#cw-banner")) return;
    event.stopImmediatePropagation();
    const isSaving = event.type === "keydown" && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s";
    if (!isSaving && !(event.type === "click" && event.target.closest?.("button, [data-action]"))) return;
    event.preventDefault();
    byId("cw-banner").querySelector("button").focus();
  }
  for (const kind of ["click", "keydown", "input", "change"]) window.addEventListener(kind, refuse, true);

  function watch() {
    const kernel = window.jupyterapp?.widgetManager?.kernel;
    if (!kernel) return setTimeout(watch, 300);
    kernel.connectionStatusChanged.connect((_sender, status) => {
      socketLost = status !== "connected";
      if (socketLost) setTimeout(() => (show(), look()), 600);
      else show();
    });
    let quiet = null;
    kernel.statusChanged.connect((_sender, status) => {
      clearTimeout(quiet);
      // A kernel that was started anew knows nothing of this page: what is sent would be lost.
      if (["restarting", "autorestarting", "dead", "terminating"].includes(status)) {
        end();
        show();
      }
      if (status === "busy")
        quiet = setTimeout(() => document.documentElement.classList.add("cw-busy"), 250);
      else document.documentElement.classList.remove("cw-busy");
    });
    const base = document.body.dataset.baseUrl.replace(/voila\/$/, "");
    async function look() {
      try {
        // Behind a hub, a request by a script is answered only with the token of the page.
        const token = (document.cookie.match(/(?:^|; )_xsrf=([^;]+)/) || [])[1] || "";
        const headers = { "X-XSRFToken": token };
        const answer = await fetch(`${base}api/kernels/${kernel.id}`, { cache: "no-store", headers });
        if (answer.status === 404) end();
        if (answer.ok && (await answer.json()).execution_state === "dead") end();
      } catch {
        socketLost = true; // the server itself does not answer
      }
      show();
    }
    setInterval(() => document.visibilityState === "visible" && !dead && look(), __POLL__);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  }
  window.addEventListener("load", () => setTimeout(watch, 300));
})();
