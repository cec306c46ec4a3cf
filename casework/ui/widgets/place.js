// The address bar and the screen say the same: deep links and the browser's back button work in a
// dashboard. In JupyterLab the address belongs to the notebook and is left alone.
function render({ model }) {
  const view = () => model.get("view");
  const ours = () => document.body.dataset.voila === "voila";
  let rev = view().rev;

  // A screen that has not come after a while is asked for once more: the message may be lost.
  const AGAIN_AFTER = 10000;
  let asking;
  const ask = () => model.send({ do: "moved", hash: window.location.hash });
  const moved = () => {
    flush();
    ask();
    const before = view().rev;
    window.clearTimeout(asking);
    asking = window.setTimeout(() => view().rev === before && ask(), AGAIN_AFTER);
  };
  function draw() {
    const now = view();
    document.documentElement.lang = ours() ? now.language : document.documentElement.lang;
    if (!ours()) return;
    document.title = now.title;
    if (now.rev === rev) return;
    rev = now.rev;
    if (window.location.hash !== now.hash) {
      const step = now.replace ? "replaceState" : "pushState";
      window.history[step](null, "", now.hash || "#");
    }
    if (now.top) window.scrollTo({ top: 0 });
  }
  draw();
  model.on("change:view", draw);
  if (ours()) {
    window.addEventListener("popstate", moved);
    const up = () => document.dispatchEvent(new CustomEvent("casework:up"));
    if (window.location.hash.length > 2 && window.location.hash !== view().hash) {
      // A deep link: the page stands when its screen does, not when the first one does.
      const began = rev;
      const arrived = () => {
        if (view().rev === began) return;
        model.off("change:view", arrived);
        up();
      };
      model.on("change:view", arrived);
      moved();
    } else up();
  }
  return () => {
    window.clearTimeout(asking);
    window.removeEventListener("popstate", moved);
    model.off("change:view", draw);
  };
}

export default { render };
