// A button that prints the page on A4, with a line over every sheet that says whose it is.
function render({ model, el }) {
  const view = () => model.get("view");
  const button = h("button", { type: "button", class: "cw-action" });
  const sheet = document.createElement("style");
  const quoted = (words) => `"${String(words).replace(/[\\"]/g, "\\$&").replace(/[\n\r\f<]/g, " ")}"`;
  button.addEventListener("click", () => window.print());
  el.append(button);
  document.head.append(sheet);

  function draw() {
    const now = view();
    button.textContent = now.label;
    button.className = `cw-action cw-${now.kind}`;
    // Margin boxes repeat on every page; a browser without them prints its own line instead.
    sheet.textContent = `@page { size: A4; margin: 20mm 14mm 18mm 18mm;
      @top-left { content: ${quoted(now.head)}; font-size: 9pt; color: #444; }
      @top-right { content: ${quoted(now.day)}; font-size: 9pt; color: #444; }
      @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt; color: #444; } }`;
  }
  draw();
  model.on("change:view", draw);
  return () => {
    sheet.remove();
    model.off("change:view", draw);
  };
}

export default { render };
