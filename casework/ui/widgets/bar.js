// The bar on top of every screen: navigation, search for people, language, as-of day.
function render({ model, el }) {
  const view = () => model.get("view");
  const box = h("div", { class: "cw-bar-holder" });
  let finder = null;
  let drawn = null;
  const remembered = {};
  const sheet = document.createElement("style");
  const quoted = (words) => `"${String(words).replace(/[\\"]/g, "\\$&").replace(/[\n\r\f<]/g, " ")}"`;
  el.append(box);
  document.head.prepend(sheet); // a screen that prints in its own way comes after it

  function draw() {
    const now = view();
    if (drawn !== now.html) {
      drawn = now.html;
      box.innerHTML = now.html; // made and escaped by casework.ui.escape
      const input = box.querySelector("input[data-search]");
      finder = null;
      if (input) {
        finder = combobox(input, {
          ask: (text, seq) => model.send({ do: "find", text, seq }),
          choose: (item) => {
            input.value = "";
            input.blur();
            flush();
            model.send({ do: "choose", key: item.key });
          },
          empty: () => view().nothing,
        });
        input.parentElement.append(finder.list);
        input.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
          if (!input.value.trim()) return;
          model.send({ do: "all", text: input.value.trim() });
          finder.close();
        });
      }
      const day = box.querySelector("input[data-day]");
      if (day) {
        day.addEventListener("click", () => day.showPicker && day.showPicker());
        day.addEventListener("change", () => {
          flush();
          model.send({ do: "as_of", day: day.value });
        });
      }
    }
    if (finder) finder.answer(now.hits);
    if (now.paper) {
      // Margin boxes repeat on every page; a browser without them prints its own line instead.
      const style = "font-size: 9pt; color: #333;";
      sheet.textContent = `@page { size: A4; margin: 16mm 14mm;
        @top-left { content: ${quoted(now.paper[0])}; ${style} }
        @top-right { content: ${quoted(now.paper[1])}; ${style} }
        @bottom-center { content: counter(page) " / " counter(pages); ${style} } }`;
    }
    for (const [name, value] of Object.entries(now.kept)) {
      if (remembered[name] === value) continue;
      remembered[name] = value;
      const kept = `casework_${name}=${encodeURIComponent(value)}; path=/; SameSite=Strict`;
      document.cookie = `${kept}; max-age=${value ? 31536000 : 0}`;
    }
  }
  // What a narrow bar has no room for is folded away; a press anywhere else folds it again.
  const unfold = (open) => {
    const more = box.querySelector("[data-more]");
    if (more) more.setAttribute("aria-expanded", open ? "true" : "false");
  };
  const onPress = (event) => {
    const more = box.querySelector("[data-more]");
    unfold(!!more && more.contains(event.target) && more.getAttribute("aria-expanded") !== "true");
  };
  document.addEventListener("click", onPress);
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-skip]")) {
      const able = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
      const first = [...document.querySelectorAll(".cw-main .cw-screen")]
        .flatMap((screen) => [...screen.querySelectorAll(able)])
        .find((one) => visible(one) && !one.disabled);
      if (first) first.focus();
      return;
    }
    const node = event.target.closest("[data-action]");
    if (!node) return;
    event.preventDefault();
    flush();
    model.send({ do: "act", action: node.dataset.action, args: node.dataset.args || "{}" });
  });
  const onKey = (event) => {
    if (event.key === "Escape") unfold(false);
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || !mayTakeKeys(el)) return;
    const at = document.activeElement;
    if (at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
    const input = box.querySelector("input[data-search]");
    if (!visible(input)) return;
    event.preventDefault();
    input.focus();
    input.select();
  };
  document.addEventListener("keydown", onKey);

  draw();
  model.on("change:view", draw);
  missed(box, (node) => model.send({ do: "act", action: node.dataset.action, args: node.dataset.args || "{}" }));
  return () => {
    document.removeEventListener("click", onPress);
    document.removeEventListener("keydown", onKey);
    sheet.remove();
    model.off("change:view", draw);
  };
}

export default { render };
