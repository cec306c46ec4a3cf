// What was just done, with a way back: read out politely, gone after a while, undone on request.
function render({ model, el }) {
  const box = h("div", { class: "cw-toasts", role: "status", "aria-live": "polite" });
  const shown = new Map();
  el.append(box);

  function drop(key) {
    const held = shown.get(key);
    if (!held) return;
    clearTimeout(held.timer);
    held.node.remove();
    shown.delete(key);
  }
  function add(each, texts) {
    const failed = ["error", "unsaved"].includes(each.kind);
    const node = h("div", { class: `cw-toast cw-toast-${failed ? "error" : each.kind}` }, h("span", {}, each.text));
    if (each.undo)
      node.append(
        h(
          "button",
          {
            type: "button",
            class: "cw-toast-undo",
            onclick: () => {
              drop(each.key);
              model.send({ do: "undo", key: each.key });
            },
          },
          texts.undo,
        ),
      );
    node.append(
      h("button", { type: "button", class: "cw-toast-close", "aria-label": texts.close, onclick: () => drop(each.key) }, "×"),
    );
    const held = { node, timer: null };
    const wait = () => (held.timer = setTimeout(() => drop(each.key), failed ? 20000 : each.undo ? 10000 : 5000));
    node.addEventListener("mouseenter", () => clearTimeout(held.timer));
    node.addEventListener("mouseleave", wait);
    node.addEventListener("focusin", () => clearTimeout(held.timer));
    wait();
    shown.set(each.key, held);
    box.append(node);
  }
  function draw() {
    const now = model.get("view");
    const held = new Set(now.toasts.map((each) => each.key));
    for (const key of [...shown.keys()]) if (!held.has(key)) drop(key);
    for (const each of now.toasts) if (each.key > draw.last) {
      draw.last = each.key;
      add(each, now.texts);
    }
  }
  draw.last = Math.max(0, ...model.get("view").toasts.map((each) => each.key)) - (model.get("view").toasts.length ? 1 : 0);
  draw();
  model.on("change:view", draw);
  return () => model.off("change:view", draw);
}

export default { render };
