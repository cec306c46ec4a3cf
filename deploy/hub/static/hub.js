// What the hub's pages do: speak one of two languages, wait for a server, go on.
(() => {
  const root = document.documentElement;
  const kept = () => {
    try {
      return localStorage.getItem("casework-language");
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  const speak = (code) => {
    root.lang = code === "en" ? "en" : "zh-CN";
    for (const button of document.querySelectorAll("[data-language]")) {
      button.hidden = false;
      button.lang = code === "en" ? "zh-CN" : "en";
      button.textContent = code === "en" ? "中文" : "English";
    }
  };
  speak(kept() || "zh");
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-language]")) return;
    const code = root.lang === "en" ? "zh" : "en";
    try {
      localStorage.setItem("casework-language", code);
    } catch {
      // the choice holds for this page
    }
    speak(code);
  });

  // Pressed twice, a form would log in twice.
  for (const form of document.forms)
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
    });
  window.addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[type=submit]")) button.disabled = false;
  });

  const going = document.querySelector("[data-go]");
  if (going)
    setTimeout(() => {
      if (going.dataset.go) window.location.replace(going.dataset.go);
      else window.location.reload();
    }, Number(going.dataset.after || 300));

  const waiting = document.querySelector("[data-progress]");
  if (waiting) {
    const failed = (why) => {
      waiting.querySelector("[data-failed]").hidden = false;
      waiting.querySelector("[data-why]").textContent = why || "";
      waiting.classList.add("failed");
    };
    const events = new EventSource(waiting.dataset.progress);
    events.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.ready) {
        events.close();
        window.location.reload(); // leads on to the server
      } else if (told.failed) {
        events.close();
        failed((told.message || "").replace(/^Spawn failed:\s*/, ""));
      }
    };
  }
})();
