// A button that gives a file: Python makes it when pressed, the page hands it to the browser.
function render({ model, el }) {
  const view = () => model.get("view");
  const button = h("button", { type: "button", class: "cw-action" });
  let waiting = false;
  el.append(button);

  button.addEventListener("click", () => {
    if (waiting || view().disabled) return;
    flush();
    waiting = true;
    draw();
    model.send({ do: "make" });
  });
  function given(message, buffers) {
    if (message.do === "failed" || message.do === "file") {
      waiting = false;
      draw();
    }
    if (message.do !== "file" || !buffers || !buffers.length) return;
    const address = URL.createObjectURL(new Blob([buffers[0]], { type: message.kind }));
    const anchor = h("a", { href: address, download: message.name });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }
  function draw() {
    const now = view();
    button.textContent = waiting ? now.busy_label : now.label;
    button.className = `cw-action cw-${now.kind}`;
    button.disabled = !!now.disabled;
    button.setAttribute("aria-busy", waiting ? "true" : "false");
  }
  draw();
  model.on("change:view", draw);
  model.on("msg:custom", given);
  return () => {
    model.off("change:view", draw);
    model.off("msg:custom", given);
  };
}

export default { render };
