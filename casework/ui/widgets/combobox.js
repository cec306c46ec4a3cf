// Suggestions under a text input: arrows, Enter, Escape, mouse; the server finds, the page shows.
function combobox(input, { ask, choose, wait = 180, empty = () => "" }) {
  const id = ownId("cw-list");
  const list = h("ul", { class: "cw-hits", id, role: "listbox", hidden: true });
  let items = [];
  let active = -1;
  let asked = 0;

  for (const [key, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": id,
    autocomplete: "off",
  }))
    input.setAttribute(key, value);

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(index) {
    active = index;
    [...list.querySelectorAll("[role=option]")].forEach((node, at) => {
      node.setAttribute("aria-selected", at === index ? "true" : "false");
      if (at === index) {
        input.setAttribute("aria-activedescendant", node.id);
        node.scrollIntoView({ block: "nearest" });
      }
    });
  }
  function take(index) {
    const item = items[index];
    if (!item) return;
    close();
    choose(item);
  }
  function answer(hits) {
    if (!hits || hits.seq !== asked || !input.value.trim()) return;
    items = hits.items;
    list.replaceChildren(
      ...items.map((item, at) =>
        h(
          "li",
          {
            role: "option",
            id: `${id}-${at}`,
            "aria-selected": "false",
            onmousedown: (event) => event.preventDefault(),
            onclick: () => take(at),
          },
          h("span", { class: "cw-hit-label" }, item.label),
          item.note ? h("span", { class: "cw-hit-note" }, item.note) : null,
        ),
      ),
    );
    if (!items.length) list.append(h("li", { class: "cw-hit-none", role: "presentation" }, empty()));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    mark(items.length ? 0 : -1);
  }
  const send = later(wait, () => {
    asked += 1;
    ask(input.value.trim(), asked);
  });
  input.addEventListener("input", () => {
    if (input.value.trim()) send();
    else {
      send.cancel();
      close();
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.stopPropagation();
    } else if (list.hidden) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (items.length) mark((active + step + items.length) % items.length);
      event.preventDefault();
    } else if (event.key === "Enter" && active >= 0) {
      take(active);
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 120));
  return { list, answer, close };
}
