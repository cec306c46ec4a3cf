// Something is carried elsewhere: data-carry says what, data-landing where it may be put down. With
// a mouse by moving it, by touch after a short press, so that the page still scrolls. Escape lets go.
const PRESS = 350; // milliseconds
const SLIP = 6; // pixels until a press is a move
const EDGE = 0.18; // of the height of the window, from either end: there the page scrolls along
const WIDEST = 200; // pixels; wider, what is carried would hide where it goes

function carrying(box, model) {
  let held = null;

  const landing = (x, y) => {
    const under = document.elementFromPoint(x, y);
    const node = under && under.closest("[data-landing]");
    return node && box.contains(node) ? node : null;
  };

  function lift() {
    const top = held.node.getBoundingClientRect().top;
    box.classList.add("cw-carrying");
    // Free places open up: what is held stays under the finger all the same.
    window.scrollBy(0, held.node.getBoundingClientRect().top - top);
    held.ghost = held.node.cloneNode(true);
    for (const name of ["data-action", "data-args", "data-carry", "aria-pressed"])
      held.ghost.removeAttribute(name);
    held.ghost.setAttribute("aria-hidden", "true");
    held.ghost.classList.add("cw-carried");
    held.ghost.style.width = `${Math.min(held.node.offsetWidth, WIDEST)}px`;
    held.node.classList.add("cw-lifted");
    box.append(held.ghost);
    follow(held.x, held.y);
  }

  function follow(x, y) {
    held.ghost.style.transform = `translate(${x + 10}px, ${y + 10}px)`;
    const over = landing(x, y);
    if (over !== held.over) {
      if (held.over) held.over.classList.remove("cw-landing");
      if (over) over.classList.add("cw-landing");
      held.over = over;
    }
    const depth = y / window.innerHeight;
    if (depth < EDGE) window.scrollBy(0, -12);
    if (depth > 1 - EDGE) window.scrollBy(0, 12);
  }

  function end() {
    if (!held) return;
    clearTimeout(held.timer);
    if (held.ghost) held.ghost.remove();
    if (held.over) held.over.classList.remove("cw-landing");
    held.node.classList.remove("cw-lifted");
    box.classList.remove("cw-carrying");
    held = null;
  }

  function down(event) {
    const node = event.target.closest("[data-carry]");
    if (!node || !box.contains(node) || event.button !== 0 || held) return;
    const touch = event.pointerType === "touch";
    held = { node, touch, id: event.pointerId, x: event.clientX, y: event.clientY };
    if (touch) held.timer = setTimeout(lift, PRESS);
  }

  function move(event) {
    if (!held || event.pointerId !== held.id) return;
    if (held.ghost) return follow(event.clientX, event.clientY);
    if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < SLIP) return;
    if (held.touch) return end(); // it scrolls
    lift();
    follow(event.clientX, event.clientY);
  }

  function up(event) {
    if (!held || event.pointerId !== held.id) return;
    const { node, ghost, over } = held;
    const home = node.closest("[data-landing]");
    end();
    if (!ghost) return;
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 0);
    if (over && over !== home)
      model.send({ do: "carry", what: node.dataset.carry, where: over.dataset.landing });
  }

  const swallow = (event) => event.stopPropagation(); // letting go is no click
  const still = (event) => held && held.ghost && event.preventDefault();
  const press = (event) => held && held.touch && event.preventDefault();
  const key = (event) => event.key === "Escape" && end();

  box.addEventListener("pointerdown", down);
  box.addEventListener("touchmove", still, { passive: false });
  box.addEventListener("contextmenu", press);
  const outside = { pointermove: move, pointerup: up, pointercancel: end, keydown: key };
  for (const [name, does] of Object.entries(outside)) window.addEventListener(name, does);
  return () => {
    end();
    for (const [name, does] of Object.entries(outside)) window.removeEventListener(name, does);
  };
}
