// One labelled field. What is typed belongs to the page until Python sets it again ("rev").
function render({ model, el }) {
  const id = ownId("cw-field");
  const view = () => model.get("view");
  const kind = view().kind;
  const grouped = kind === "choice" || kind === "many";
  const box = h(grouped ? "fieldset" : "div", { class: `cw-field cw-kind-${kind}` });
  const label = h(grouped ? "legend" : "label", { class: "cw-label", for: grouped ? null : id });
  const hint = h("div", { class: "cw-hint", id: `${id}-hint` });
  const control = h("div", { class: "cw-control" });
  const previous = h("div", { class: "cw-previous" });
  const reading = h("div", { class: "cw-reading", "aria-live": "polite" });
  const error = h("div", { class: "cw-error", id: `${id}-error`, role: "alert" });
  const ask = (text, seq) => model.send({ do: "find", text, seq });
  const made = MAKERS[kind]({ id, view, send, ask, control });
  let rev = null;
  let unsent = false;

  box.append(label, hint, h("div", { class: "cw-line" }, control, previous), reading, error);
  el.append(box);

  function send(finished) {
    unsent = false;
    model.send({ do: "entry", entry: made.read(), finished: !!finished });
  }
  const soon = later(250, () => unsent && send(false));
  box.addEventListener("input", (event) => {
    if (event.target.dataset.own) return;
    unsent = true;
    soon();
  });
  box.addEventListener("change", (event) => {
    if (!event.target.dataset.own) send(true);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    if (event.target.tagName === "BUTTON") return;
    if (event.target.tagName === "TEXTAREA" && !event.ctrlKey) return;
    event.preventDefault();
    if (unsent) send(true);
    focusNext(event.target);
  });
  const onFlush = () => unsent && send(true);
  document.addEventListener("casework:flush", onFlush);

  function draw() {
    const now = view();
    box.dataset.name = now.name;
    label.replaceChildren(now.label);
    if (now.required) label.append(h("span", { class: "cw-required" }, now.texts.required));
    hint.textContent = now.hint || "";
    previous.replaceChildren();
    if (now.previous !== null)
      previous.append(h("span", { class: "cw-previous-name" }, now.texts.previous), now.previous);
    previous.hidden = now.previous === null;
    reading.textContent = now.reading || "";
    error.textContent = now.error || "";
    box.classList.toggle("cw-wrong", !!now.error);
    const described = [now.hint && hint.id, now.error && error.id].filter(Boolean).join(" ");
    for (const input of made.inputs()) {
      input.disabled = !!now.disabled;
      if (grouped || input.tagName === "BUTTON") continue;
      mark(input, "aria-describedby", described);
      mark(input, "aria-invalid", now.error && "true");
      mark(input, "aria-required", now.required && "true");
    }
    if (grouped) mark(box, "aria-describedby", described);
    made.draw(now);
    if (now.rev !== rev) {
      rev = now.rev;
      made.write(now.entry);
      unsent = false;
    }
    if (now.focus && now.focus !== draw.focused) {
      draw.focused = now.focus;
      setTimeout(() => focusOnceShown(made.inputs().find((input) => input.checked) || made.inputs()[0]), 0);
    }
  }
  draw();
  model.on("change:view", draw);
  return () => {
    document.removeEventListener("casework:flush", onFlush);
    model.off("change:view", draw);
  };
}

function mark(node, name, value) {
  if (value) node.setAttribute(name, value);
  else node.removeAttribute(name);
}

function plainInput({ id, view, control }, attributes) {
  const input = h("input", { id, class: "cw-input", type: "text", autocomplete: "off", ...attributes });
  control.append(input);
  const unit = h("span", { class: "cw-unit" });
  control.append(unit);
  return {
    input,
    inputs: () => [input],
    read: () => input.value,
    write: (entry) => (input.value = entry),
    draw: (now) => {
      input.placeholder = now.placeholder || "";
      unit.textContent = now.unit || "";
      unit.hidden = !now.unit;
    },
  };
}

const MAKERS = {
  text(parts) {
    const made = plainInput(parts, {});
    const options = parts.view().suggestions || [];
    if (options.length) {
      const list = h("datalist", { id: `${parts.id}-list` }, options.map((value) => h("option", { value })));
      parts.control.append(list);
      made.input.setAttribute("list", list.id);
    }
    return made;
  },
  number(parts) {
    return plainInput(parts, { inputmode: "decimal", class: "cw-input cw-number" });
  },
  date(parts) {
    const made = plainInput(parts, { class: "cw-input cw-date" });
    const native = h("input", { type: "date", class: "cw-native-date", tabindex: "-1", "aria-hidden": "true", "data-own": "1" });
    const pick = h(
      "button",
      {
        type: "button",
        class: "cw-pick",
        "aria-label": parts.view().texts.pick,
        onclick: () => (native.showPicker ? native.showPicker() : native.focus()),
      },
      icon("M4 5h12v11H4zM4 9h12M7 3v4M13 3v4"),
    );
    native.addEventListener("change", () => {
      made.input.value = native.value;
      parts.send(true);
      made.input.focus();
    });
    parts.control.append(pick, native);
    return { ...made, inputs: () => [made.input, pick] };
  },
  long(parts) {
    const area = h("textarea", { id: parts.id, class: "cw-input cw-area" });
    const fit = () => {
      area.style.height = "auto";
      area.style.height = `${Math.min(area.scrollHeight + 2, 480)}px`;
    };
    area.addEventListener("input", fit);
    parts.control.append(area);
    return {
      inputs: () => [area],
      read: () => area.value,
      write: (entry) => {
        area.value = entry;
        setTimeout(fit, 0);
      },
      draw: (now) => {
        area.rows = now.rows || 3;
        area.placeholder = now.placeholder || "";
      },
    };
  },
  choice(parts) {
    const now = parts.view();
    if (!now.most_chips || !now.options.length || now.options.length > now.most_chips) return dropdown(parts);
    const group = h("div", { class: "cw-chips" });
    const clear = h("button", { type: "button", class: "cw-clear", "data-own": "1" }, now.texts.clear);
    const none = h("span", { class: "cw-unanswered" }, now.texts.unanswered);
    parts.control.append(group, none, clear);
    const radios = () => [...group.querySelectorAll("input")];
    const read = () => radios().find((radio) => radio.checked)?.value ?? "";
    const settle = () => {
      none.hidden = read() !== "";
      clear.hidden = read() === "" || !!parts.view().disabled || !!parts.view().required;
    };
    clear.addEventListener("click", () => {
      radios().forEach((radio) => (radio.checked = false));
      settle();
      parts.send(true);
      radios()[0]?.focus();
    });
    group.addEventListener("change", settle);
    group.append(
      ...now.options.map((option, at) =>
        h(
          "label",
          { class: "cw-chip" },
          h("input", { type: "radio", name: parts.id, value: option.code }),
          h(
            "span",
            { class: "cw-chip-face" },
            now.keyed ? h("span", {}, h("kbd", { class: "cw-digit", "aria-hidden": "true" }, String(at + 1)), option.label) : option.label,
            option.help ? h("small", {}, option.help) : null,
          ),
        ),
      ),
    );
    // One digit chooses and goes on: the quickest way through a form.
    if (now.keyed)
      group.addEventListener("keydown", (event) => {
        const radio = /^[1-9]$/.test(event.key) && radios()[Number(event.key) - 1];
        if (!radio || radio.disabled || event.ctrlKey || event.altKey || event.metaKey) return;
        event.preventDefault();
        radio.checked = true;
        settle();
        parts.send(true);
        focusNext(radio);
      });
    return {
      inputs: radios,
      read,
      write: (entry) => {
        radios().forEach((radio) => (radio.checked = radio.value === entry));
        settle();
      },
      draw: settle,
    };
  },
  many(parts) {
    const now = parts.view();
    const group = h("div", { class: "cw-chips" });
    const none = h("span", { class: "cw-unanswered" }, now.texts.unanswered);
    parts.control.append(group, none);
    const boxes = () => [...group.querySelectorAll("input")];
    const read = () => boxes().filter((input) => input.checked).map((input) => input.value);
    const settle = () => (none.hidden = read().length > 0);
    group.addEventListener("change", (event) => {
      // "None of these" and the others exclude each other.
      for (const other of boxes())
        if (event.target.checked && other !== event.target && (other.value === "" || event.target.value === ""))
          other.checked = false;
      settle();
    });
    const options = [...now.options];
    if (now.none_label) options.push({ code: "", label: now.none_label, help: "" });
    group.append(
      ...options.map((option) =>
        h(
          "label",
          { class: `cw-chip cw-check${option.code === "" ? " cw-chip-none" : ""}` },
          h("input", { type: "checkbox", value: option.code }),
          h("span", { class: "cw-chip-face" }, option.label),
        ),
      ),
    );
    return {
      inputs: boxes,
      read,
      write: (entry) => {
        boxes().forEach((input) => (input.checked = entry.includes(input.value)));
        settle();
      },
      draw: settle,
    };
  },
  pick(parts) {
    const chosen = h("ul", { class: "cw-chosen" });
    const input = h("input", { id: parts.id, class: "cw-input", type: "text", "data-own": "1" });
    let items = [];
    const tell = () => parts.send(true);
    const finder = combobox(input, {
      ask: (text, seq) => parts.ask(text, seq),
      choose: (item) => {
        input.value = "";
        if (!parts.view().several) items = [];
        if (!items.some((other) => other.key === item.key)) items.push(item);
        paint();
        tell();
      },
      empty: () => parts.view().texts.nothing,
    });
    function paint() {
      chosen.replaceChildren(
        ...items.map((item) =>
          h(
            "li",
            {},
            item.label,
            h(
              "button",
              {
                type: "button",
                "aria-label": `${parts.view().texts.remove} ${item.label}`,
                onclick: () => {
                  items = items.filter((other) => other !== item);
                  paint();
                  tell();
                  input.focus();
                },
              },
              "×",
            ),
          ),
        ),
      );
      chosen.hidden = !items.length;
    }
    input.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" && !input.value && items.length) {
        items = items.slice(0, -1);
        paint();
        tell();
      }
    });
    parts.control.append(chosen, h("div", { class: "cw-combo" }, input, finder.list));
    return {
      inputs: () => [input],
      read: () => items.map((item) => item.key),
      write: () => {
        items = [...(parts.view().chosen || [])];
        paint();
      },
      draw: (now) => {
        input.placeholder = now.placeholder || "";
        finder.answer(now.hits);
      },
    };
  },
};

function dropdown(parts) {
  const now = parts.view();
  const select = h(
    "select",
    { id: `${parts.id}-select`, class: "cw-input cw-select", "aria-label": now.label },
    h("option", { value: "" }, now.texts.unanswered),
    now.options.map((option) => h("option", { value: option.code }, option.label)),
  );
  const settle = () => select.classList.toggle("cw-is-unanswered", select.value === "");
  select.addEventListener("change", settle);
  parts.control.append(select);
  return {
    inputs: () => [select],
    read: () => select.value,
    write: (entry) => {
      select.value = entry;
      settle();
    },
    draw: settle,
  };
}

export default { render };
