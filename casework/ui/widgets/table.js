// A list by pages: the server sorts, searches and counts; the page shows, moves and selects.
// Keys: arrows move, Home/End and PageUp/PageDown jump, Enter opens, Space selects.
const FOLDED = 15; // how many rows a narrow page begins with; lists.css hides the others
function render({ model, el }) {
  const view = () => model.get("view");
  // A language with two numbers brings what it says of one beside what it says of many.
  const one = (name, values) => values && Object.values(values).at(-1) === 1 && view().texts[`${name}_one`];
  const word = (name, values) =>
    (one(name, values) || view().texts[name]).replace(/\{(\w+)\}/g, (_, key) => (values ? values[key].toLocaleString("en-US") : ""));
  let asked = view().page.seq;
  let row = 0; // which row the arrow keys are on
  let keepFocus = false;

  const search = h("input", { type: "search", class: "cw-input cw-table-search", autocomplete: "off" });
  const count = h("span", { class: "cw-count", role: "status", "aria-live": "polite" });
  const chosen = h("div", { class: "cw-selection", hidden: true });
  const head = h("tr", { role: "row" });
  const body = h("tbody", { role: "rowgroup" });
  const caption = h("caption", { class: "cw-hidden" });
  const table = h("table", { role: "table" }, caption, h("thead", { role: "rowgroup" }, head), body);
  const empty = h("div", { class: "cw-empty", hidden: true });
  const pager = h("nav", { class: "cw-pager" });
  // On a narrow page: what the headings do elsewhere, and the rest of a page once it is asked for.
  const order = h("select", { class: "cw-input cw-select" });
  const orders = h("label", { class: "cw-order" }, order);
  const more = h("button", { type: "button", class: "cw-plain cw-more-rows", onclick: unfold });
  const tools = h("div", { class: "cw-table-tools" }, search, orders, count);
  const box = h(
    "div",
    { class: "cw-table" },
    tools,
    chosen,
    h("div", { class: "cw-table-scroll" }, table),
    empty,
    more,
    pager,
  );
  el.append(box);

  function ask(changes) {
    const page = view().page;
    asked += 1;
    box.setAttribute("aria-busy", "true");
    model.send({
      do: "page",
      seq: asked,
      offset: page.offset,
      sort: page.sort,
      descending: page.descending,
      search: page.search,
      ...changes,
    });
  }
  const find = later(200, () => ask({ search: search.value.trim(), offset: 0 }));
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "Enter") {
      event.preventDefault();
      goTo(0);
    }
  });

  function unfold() {
    const next = rows().length;
    box.classList.add("cw-unfolded");
    goTo(next);
  }
  order.addEventListener("change", () => {
    row = 0;
    const [sign, sort] = [order.value[0], order.value.slice(1)];
    ask({ sort, descending: sign === "-", offset: 0 });
  });

  const rows = () => [...body.querySelectorAll("tr")].filter(visible);
  function goTo(index) {
    const all = rows();
    if (!all.length) return;
    row = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((tr, at) => (tr.tabIndex = at === row ? 0 : -1));
    all[row].focus();
  }
  function turnTo(offset) {
    const { matching, limit } = view().page;
    if (offset < 0 || offset >= Math.max(matching, 1)) return;
    row = 0;
    ask({ offset, limit });
  }
  body.addEventListener("keydown", (event) => {
    const { offset, limit } = view().page;
    const onRow = event.target.tagName === "TR";
    const moves = {
      ArrowDown: () => goTo(row + 1),
      ArrowUp: () => goTo(row - 1),
      Home: () => goTo(0),
      End: () => goTo(rows().length - 1),
      PageDown: () => ((keepFocus = true), turnTo(offset + limit)),
      PageUp: () => ((keepFocus = true), turnTo(offset - limit)),
    };
    if (moves[event.key]) moves[event.key]();
    else if (onRow && event.key === "Enter") open(event.target.dataset.key);
    else if (onRow && event.key === " " && view().selectable) toggle(event.target.dataset.key);
    else return;
    event.preventDefault();
  });
  body.addEventListener("click", (event) => {
    const tr = event.target.closest("tr");
    if (!tr || event.target.closest(".cw-pickcell, .cw-cell-why")) return;
    row = rows().indexOf(tr);
    if (window.getSelection().toString()) return; // copying text is not opening
    open(tr.dataset.key);
  });

  function open(key) {
    if (!view().opens) return;
    flush();
    model.send({ do: "open", key });
  }
  const selected = () => new Set(view().selected);
  function toggle(key) {
    model.send({ do: "select", keys: [key], on: !selected().has(key) });
  }

  function drawHead(now, chosenNow) {
    head.replaceChildren();
    if (now.selectable) {
      const keys = now.page.rows.map((each) => each.key);
      const on = keys.filter((key) => chosenNow.has(key)).length;
      const all = h("input", {
        type: "checkbox",
        "aria-label": word("select_page"),
        onchange: () => model.send({ do: "select", keys, on: all.checked }),
      });
      all.checked = keys.length > 0 && on === keys.length;
      all.indeterminate = on > 0 && on < keys.length;
      head.append(h("th", { role: "columnheader", scope: "col", class: "cw-pickcell" }, h("label", { class: "cw-tick" }, all)));
    }
    for (const column of now.columns) {
      const sorted = now.page.sort === column.key;
      const cell = h("th", {
        role: "columnheader",
        scope: "col",
        class: `cw-col-${column.kind}`,
        "aria-sort": !column.sortable ? null : !sorted ? "none" : now.page.descending ? "descending" : "ascending",
      });
      if (column.share) cell.style.width = `${column.share}%`;
      if (column.sortable)
        cell.append(
          h(
            "button",
            {
              type: "button",
              class: "cw-sort",
              onclick: () => {
                row = 0;
                ask({ sort: column.key, descending: sorted && !now.page.descending, offset: 0 });
              },
            },
            column.label,
            h("span", { class: "cw-sort-sign", "aria-hidden": "true" }, !sorted ? "" : now.page.descending ? "▾" : "▴"),
          ),
        );
      else cell.append(column.label);
      head.append(cell);
    }
  }

  function drawOrder(now) {
    const sortable = now.columns.filter((column) => column.sortable);
    orders.hidden = !sortable.length || now.page.matching < 2;
    const ways = sortable.flatMap(({ key, label }) => [[`+${key}`, `${label} ▴`], [`-${key}`, `${label} ▾`]]);
    order.replaceChildren(...[["+", word("as_listed")], ...ways].map(([value, text]) => h("option", { value }, text)));
    order.value = now.page.sort ? `${now.page.descending ? "-" : "+"}${now.page.sort}` : "+";
    order.setAttribute("aria-label", word("order"));
  }

  function whyOf(reasons) {
    const many = reasons.length > 1;
    const told = ({ text, note }) => h("span", { class: "cw-cell-note" }, many ? h("b", {}, text) : "", note);
    return h("details", { class: "cw-cell-why" }, h("summary", {}, word("why")), ...reasons.map(told));
  }

  function drawCell(column, cell, first, now) {
    const td = h("td", { role: "cell", class: `cw-col-${column.kind} cw-phone-${column.phone}`, "data-label": column.label });
    const face = h("span", { class: "cw-cell" });
    if (cell.lines) {
      for (const line of cell.lines) {
        const row = h("span", { class: "cw-cell-line" }, h("span", { class: "cw-cell-what" }, line.text));
        if (line.state) row.append(h("span", { class: `cw-state cw-state-${line.state.state}` }, line.state.text));
        if (line.note) row.append(h("span", { class: "cw-cell-note" }, line.note));
        face.append(row);
      }
      if (cell.why?.length) face.append(whyOf(cell.why));
    } else if (cell.state) {
      face.append(h("span", { class: `cw-state cw-state-${cell.state}` }, cell.text));
    } else if (cell.tags) {
      for (const tag of cell.tags) face.append(h("span", { class: "cw-tag" }, tag));
    } else if (first && now.opens) {
      face.append(h("span", { class: "cw-link" }, cell.text));
    } else {
      face.append(cell.text);
    }
    if (cell.note) face.append(h("span", { class: "cw-cell-note" }, cell.note));
    td.append(face);
    return td;
  }

  function drawRow(each, at, now, chosenNow) {
    const on = chosenNow.has(each.key);
    const tr = h("tr", {
      role: "row",
      tabindex: at === row ? "0" : "-1",
      "data-key": each.key,
      class: now.opens ? "cw-opens" : "",
      "aria-selected": now.selectable ? (on ? "true" : "false") : null,
    });
    if (now.selectable) {
      const tick = h("input", {
        type: "checkbox",
        tabindex: "-1",
        "aria-label": `${word("select_row")} ${each.cells[0].text}`,
        onchange: () => toggle(each.key),
      });
      tick.checked = on;
      tr.append(h("td", { role: "cell", class: "cw-pickcell" }, h("label", { class: "cw-tick" }, tick)));
    }
    now.columns.forEach((column, index) => tr.append(drawCell(column, each.cells[index], index === 0, now)));
    return tr;
  }

  function drawSelection(now) {
    chosen.hidden = !now.selected.length;
    if (chosen.hidden) return;
    const n = now.selected.length;
    chosen.replaceChildren(h("span", { class: "cw-selection-n" }, word("selected", { n })));
    if (now.every && n < now.page.matching)
      chosen.append(
        h("button", { type: "button", class: "cw-quiet", onclick: () => model.send({ do: "every" }) }, word("select_every", { m: now.page.matching })),
      );
    for (const action of now.actions)
      chosen.append(
        h("button", { type: "button", class: "cw-plain", onclick: () => model.send({ do: "together", action: action.name }) }, action.label),
      );
    chosen.append(
      h("button", { type: "button", class: "cw-quiet", onclick: () => model.send({ do: "select", keys: now.selected, on: false }) }, word("unselect")),
    );
  }

  function drawPager(now) {
    const { offset, limit, matching } = now.page;
    const pages = Math.max(1, Math.ceil(matching / limit));
    pager.hidden = pages < 2;
    pager.setAttribute("aria-label", word("pages"));
    if (pager.hidden) return;
    const at = Math.floor(offset / limit);
    const step = (label, to, off) =>
      h("button", { type: "button", class: "cw-plain", disabled: off, onclick: () => turnTo(to) }, label);
    const refocus = pager.contains(document.activeElement)
      ? [...pager.children].indexOf(document.activeElement)
      : -1;
    pager.replaceChildren(
      step(word("before"), offset - limit, at === 0),
      h("span", { class: "cw-page-n" }, word("page_of", { page: at + 1, pages })),
      step(word("after"), offset + limit, at >= pages - 1),
    );
    if (refocus >= 0) pager.children[refocus].focus();
  }

  function draw() {
    const now = view();
    const page = now.page;
    if (page.seq && page.seq < asked) return; // an answer to an older question
    asked = Math.max(asked, page.seq);
    const inBody = keepFocus || body.contains(document.activeElement);
    keepFocus = false;
    box.removeAttribute("aria-busy");
    caption.textContent = now.caption;
    search.placeholder = now.texts.search;
    search.setAttribute("aria-label", now.texts.search);
    search.hidden = !now.searchable;
    if (document.activeElement !== search) search.value = page.search;
    count.textContent =
      page.matching === page.total ? word("count", { m: page.total }) : word("count_of", { n: page.matching, m: page.total });
    row = Math.max(0, Math.min(row, page.rows.length - 1));
    const chosenNow = selected();
    drawHead(now, chosenNow);
    drawOrder(now);
    const shown = `${page.offset} ${page.sort} ${page.descending} ${page.search}`;
    if (box.dataset.shown !== shown) box.classList.remove("cw-unfolded");
    box.dataset.shown = shown;
    more.hidden = page.rows.length <= FOLDED;
    more.textContent = word("more", { n: Math.max(0, page.rows.length - FOLDED) });
    body.replaceChildren(...page.rows.map((each, at) => drawRow(each, at, now, chosenNow)));
    drawSelection(now);
    drawPager(now);
    empty.hidden = page.rows.length > 0;
    table.hidden = page.rows.length === 0;
    const none = !page.failed && !page.total;
    tools.hidden = none && !page.search && document.activeElement !== search; // nothing to search in
    const [title, advice] = page.failed ? now.failed : none ? now.empty : now.nothing;
    const begin = none && now.begin ? h("button", { type: "button", class: "cw-plain", onclick: () => model.send({ do: "begin" }) }, now.begin) : "";
    empty.replaceChildren(h("p", { class: "cw-empty-title" }, title), h("p", {}, advice), begin);
    if (inBody && page.rows.length) goTo(row);
  }
  draw();
  model.on("change:view", draw);
  return () => model.off("change:view", draw);
}

export default { render };
