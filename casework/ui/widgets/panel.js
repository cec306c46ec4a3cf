// Server-made, escaped markup with delegated clicks: data-action says what, data-args with what.
function render({ model, el }) {
  const box = h("div", { class: "cw-panel" });
  el.append(box);

  const nameOf = (node) => `${node.dataset.action} ${node.dataset.args || ""}`;
  function act(event, node) {
    event.preventDefault();
    if (node.getAttribute("aria-disabled") === "true") return;
    flush();
    model.send({ do: "act", action: node.dataset.action, args: node.dataset.args || "{}" });
  }
  box.addEventListener("click", (event) => {
    const node = event.target.closest("[data-action]");
    if (node && box.contains(node)) act(event, node);
  });
  box.addEventListener("keydown", (event) => {
    const node = event.target.closest("[data-action]");
    if (!node || node.tagName === "BUTTON" || node.tagName === "A") return;
    if (event.key === "Enter" || event.key === " ") act(event, node);
  });

  function draw() {
    const had = box.contains(document.activeElement) && document.activeElement.closest("[data-action]");
    const name = had ? nameOf(had) : null;
    box.innerHTML = model.get("view").html; // made and escaped by casework.ui.escape
    for (const node of box.querySelectorAll("[data-action]:not(button):not(a)")) {
      node.setAttribute("tabindex", "0");
      if (!node.hasAttribute("role")) node.setAttribute("role", "button");
    }
    if (name)
      [...box.querySelectorAll("[data-action]")].find((node) => nameOf(node) === name)?.focus();
  }
  draw();
  model.on("change:view", draw);
  missed(box, (node) => act(new Event("click"), node));
  return () => model.off("change:view", draw);
}

export default { render };
