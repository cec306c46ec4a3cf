// Server-made, escaped markup with delegated clicks: data-action says what, data-args with what.
// Parts that fold: open on a wide page and folded on a phone, until somebody says otherwise.
const FOLD = "casework.fold.";
function foldsKept(name, open) {
  try {
    if (open !== undefined) window.localStorage.setItem(FOLD + name, open ? "1" : "0");
    return window.localStorage.getItem(FOLD + name);
  } catch {
    return null; // a browser that keeps nothing
  }
}
function fold(box) {
  const narrow = window.matchMedia("(max-width: 640px)").matches;
  for (const part of box.querySelectorAll("details[data-fold]")) {
    const kept = foldsKept(part.dataset.fold);
    part.open = kept === null ? !narrow : kept === "1";
  }
}
function jump(name) {
  const part = document.querySelector(`details[data-fold="${CSS.escape(name)}"]`);
  if (!part) return;
  part.open = true;
  const screen = part.closest(".cw-screen");
  const head = screen && screen.querySelector(":scope > :has(.cw-person)");
  part.style.scrollMarginTop = `${(head ? head.offsetHeight : 0) + 8}px`;
  part.scrollIntoView({ block: "start" });
  part.querySelector("summary").focus({ preventScroll: true });
}

// Why something was not saved comes into sight, however far down the form the person is.
const TOLD = ".cw-notice-error, .cw-meanwhile";

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
    const lead = event.target.closest("[data-jump]");
    if (lead) jump(lead.dataset.jump);
    const head = event.target.closest("details[data-fold] > summary");
    if (head) foldsKept(head.parentNode.dataset.fold, !head.parentNode.open);
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
    const told = box.querySelector(TOLD)?.textContent;
    box.innerHTML = model.get("view").html; // made and escaped by casework.ui.escape
    fold(box);
    for (const node of box.querySelectorAll("[data-action]:not(button):not(a)")) {
      node.setAttribute("tabindex", "0");
      if (!node.hasAttribute("role")) node.setAttribute("role", "button");
    }
    const { focus } = model.get("view");
    if (focus && focus !== draw.focused) {
      draw.focused = focus;
      box.tabIndex = -1;
      setTimeout(() => {
        focusOnceShown(box);
        if (!box.closest(FORM)) intoSight(box); // its head, where it is taller than the page
      }, 0);
    } else if (name)
      [...box.querySelectorAll("[data-action]")].find((node) => nameOf(node) === name)?.focus();
    const tells = box.querySelector(TOLD);
    if (draw.before && tells && tells.textContent !== told) setTimeout(() => intoSight(tells), 0);
    draw.before = true;
  }
  // On paper nothing is folded.
  const unfold = () => box.querySelectorAll("details[data-fold]").forEach((part) => (part.open = true));
  const refold = () => fold(box);
  window.addEventListener("beforeprint", unfold);
  window.addEventListener("afterprint", refold);
  draw();
  model.on("change:view", draw);
  const letGo = typeof carrying === "function" ? carrying(box, model) : () => {}; // of carry.js
  missed(box, (node) => act(new Event("click"), node));
  return () => {
    model.off("change:view", draw);
    letGo();
    window.removeEventListener("beforeprint", unfold);
    window.removeEventListener("afterprint", refold);
  };
}

export default { render };
