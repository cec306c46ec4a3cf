// A file, chosen or dropped, sent in parts; the next part goes when Python has the last one.
const PART = 512 * 1024;

function render({ model, el }) {
  const view = () => model.get("view");
  const id = ownId("cw-file");
  const input = h("input", { type: "file", id, class: "cw-file-input" });
  const title = h("span", { class: "cw-file-title" });
  const note = h("span", { class: "cw-hint" });
  const face = h("label", { class: "cw-file-face", for: id }, title, note);
  const bar = h("progress", { class: "cw-progress", max: "1" });
  const error = h("div", { class: "cw-error", role: "alert" });
  const box = h("div", { class: "cw-field cw-file" }, input, face, bar, error);
  let file = null;
  let turn = 0;
  el.append(box);

  async function send(offset) {
    const mine = turn;
    const part = await file.slice(offset, offset + PART).arrayBuffer();
    if (mine !== turn) return;
    model.send({ do: "part", name: file.name, size: file.size, offset, turn }, undefined, [part]);
  }
  // A picture is drawn smaller and sent as that; what cannot be drawn is sent as it is.
  async function smaller(chosen, most) {
    try {
      const picture = await createImageBitmap(chosen);
      const by = Math.min(1, most / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * by));
      canvas.height = Math.max(1, Math.round(picture.height * by));
      const brush = canvas.getContext("2d");
      brush.fillStyle = "#fff";
      brush.fillRect(0, 0, canvas.width, canvas.height);
      brush.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const drawn = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      return drawn ? new File([drawn], chosen.name, { type: "image/jpeg" }) : chosen;
    } catch {
      return chosen;
    }
  }
  async function take(chosen) {
    if (!chosen || view().disabled) return;
    if (view().shrink) chosen = await smaller(chosen, view().shrink);
    if (chosen.size > view().most) {
      model.send({ do: "too_large", size: chosen.size });
      return;
    }
    file = chosen;
    turn = view().turn + 1;
    send(0);
  }
  input.addEventListener("change", () => {
    take(input.files[0]);
    input.value = "";
  });
  for (const name of ["dragenter", "dragover"])
    box.addEventListener(name, (event) => {
      event.preventDefault();
      box.classList.add("cw-over");
    });
  for (const name of ["dragleave", "drop"]) box.addEventListener(name, () => box.classList.remove("cw-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });

  let sent = 0;
  function draw() {
    const now = view();
    box.dataset.name = now.name;
    input.accept = now.accept;
    input.disabled = !!now.disabled;
    title.textContent = now.file || now.label;
    note.textContent = now.note;
    error.textContent = now.error;
    bar.hidden = !now.size || now.held >= now.size;
    bar.value = now.size ? now.held / now.size : 0;
    bar.setAttribute("aria-label", now.label);
    box.classList.toggle("cw-wrong", !!now.error);
    if (file && now.turn === turn && now.held < now.size && now.held !== sent) {
      sent = now.held;
      send(now.held);
    }
    if (now.held >= now.size) sent = 0;
  }
  draw();
  model.on("change:view", draw);
  return () => model.off("change:view", draw);
}

export default { render };
