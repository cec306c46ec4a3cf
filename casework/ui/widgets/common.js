// Shared by our widgets: elements made without markup, focus in reading order, one flush of what
// is still being typed before an action is sent. Text only ever goes through textContent.
const SVG = "http://www.w3.org/2000/svg";

function h(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "value") node.value = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// Every widget may load its script anew, so the counter belongs to the page: with a name that two
// groups of answers share, choosing in one would clear the other.
function ownId(name) {
  window.caseworkIds = (window.caseworkIds || 0) + 1;
  return `${name}-${window.caseworkIds}`;
}

function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "cw-icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

const FOCUSABLE =
  "input:not([disabled]):not([type=hidden]), select:not([disabled]), textarea:not([disabled]), button:not([disabled]), a[href], [tabindex='0']";

function visible(node) {
  return !!node && node.getClientRects().length > 0;
}

// Enter goes on: the next field of the same screen; after the last, its primary action.
function focusNext(from) {
  const screen = from.closest(".cw-screen") || document.body;
  const fields = [...screen.querySelectorAll(".cw-field")].filter(visible);
  const here = from.closest(".cw-field");
  for (const field of fields.slice(fields.indexOf(here) + 1)) {
    const target =
      field.querySelector("input[type=radio]:checked") || field.querySelector(FOCUSABLE);
    if (target) return target.focus();
  }
  const primary = [...screen.querySelectorAll(".cw-action.cw-primary:not([disabled])")].filter(visible)[0];
  if (primary) primary.focus();
}

// What was asked for comes where it is seen: under the head that stays, the whole of it if it fits.
function intoSight(part) {
  const screen = part.closest(".cw-screen");
  const head = screen && screen.querySelector(":scope > :has(.cw-person)");
  const above = (head ? head.offsetHeight : 0) + 8;
  part.style.scrollMarginTop = `${above}px`;
  const fits = part.offsetHeight < window.innerHeight - above;
  part.scrollIntoView({ block: fits ? "nearest" : "start" });
}

// The form around what has the focus; its parts come one after another, so once more when it stands.
const FORM = ".cw-editor, .cw-slot > .cw-panel";
function showForm(node, again = 2) {
  const form = node.closest(FORM);
  if (!form || !node.contains(document.activeElement)) return;
  intoSight(form);
  node.scrollIntoView({ block: "nearest" });
  if (again) setTimeout(() => showForm(node, again - 1), 200);
}

// A page that is not yet swapped in takes no focus: try again until it does, unless the person has
// gone elsewhere meanwhile.
function focusOnceShown(node, tries = 100, from = document.activeElement) {
  if (!node) return;
  node.focus({ preventScroll: !!node.closest(FORM) });
  showForm(node);
  const at = document.activeElement;
  if (at === node || ![document.body, from].includes(at) || !tries) return;
  setTimeout(() => focusOnceShown(node, tries - 1, from), 50);
}

// Every field sends what it still holds back; messages keep their order on the one connection.
function flush() {
  document.dispatchEvent(new CustomEvent("casework:flush"));
}

// In JupyterLab our keys count only inside our own screens; in a dashboard everywhere.
function mayTakeKeys(el) {
  const root = el.closest(".cw") || el;
  return !!document.body.dataset.voila || root.contains(document.activeElement);
}

function later(wait, run) {
  let timer = null;
  const call = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = null;
      run(...values);
    }, wait);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

// What was clicked in the first paint, before the widgets were up, is done once they are.
function missed(box, act) {
  const wanted = window.caseworkMissed;
  if (!wanted) return;
  const same = (node) => `${node.dataset.action} ${node.dataset.args || ""}` === wanted;
  const node = [...box.querySelectorAll("[data-action]")].find(same);
  if (!node) return;
  window.caseworkMissed = null;
  act(node);
}
