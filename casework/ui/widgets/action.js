// A button that says what it does, takes a key, and cannot be pressed twice while it works.
function render({ model, el }) {
  const view = () => model.get("view");
  const label = h("span", { class: "cw-action-label" });
  const key = h("kbd", { class: "cw-key", "aria-hidden": "true" });
  const button = h("button", { type: "button", class: "cw-action" }, label, key);
  let pressed = null;
  el.append(button);

  function press() {
    if (button.disabled || button.getAttribute("aria-busy") === "true") return;
    flush();
    pressed = view().turn;
    draw();
    model.send({ do: "press", turn: view().turn });
  }
  button.addEventListener("click", press);

  const onKey = (event) => {
    const wanted = view().key;
    if (!wanted || event.isComposing || !visible(button) || !mayTakeKeys(el)) return;
    const ctrl = event.ctrlKey || event.metaKey;
    const name = `${ctrl ? "ctrl+" : ""}${event.altKey ? "alt+" : ""}${event.key.toLowerCase()}`;
    if (name !== wanted) return;
    event.preventDefault();
    event.stopPropagation();
    press();
  };
  document.addEventListener("keydown", onKey, true);

  function draw() {
    const now = view();
    const busy = pressed !== null && pressed === now.turn;
    label.textContent = busy && now.busy_label ? now.busy_label : now.label;
    key.textContent = now.key_label || "";
    key.hidden = !now.key_label;
    button.className = `cw-action cw-${now.kind}`;
    button.disabled = !!now.disabled;
    button.title = now.hint || "";
    button.setAttribute("aria-busy", busy ? "true" : "false");
    if (now.key) button.setAttribute("aria-keyshortcuts", now.key === "ctrl+s" ? "Control+S" : now.key);
  }
  draw();
  const onEnded = () => {
    pressed = null; // nobody is at work on it any more
    draw();
  };
  document.addEventListener("casework:ended", onEnded);
  model.on("change:view", draw);
  return () => {
    document.removeEventListener("casework:ended", onEnded);
    document.removeEventListener("keydown", onKey, true);
    model.off("change:view", draw);
  };
}

export default { render };
