// Elements without a framework. Text is always a text node: nothing here can make markup of a value.

/** Make an element: `h("button", {class: "quiet", onclick: save}, "Save")`. */
export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** Make an SVG element. */
export function svg(tag, props, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.setAttribute("class", value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

/** Put these in place of all that an element holds. */
export function show(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** `show`, and the focus stays on what is there again. */
export function showAgain(element, ...children) {
  const focused = document.activeElement;
  const named = element.contains(focused) ? nameOf(focused) : null;
  show(element, ...children);
  if (named) [...element.querySelectorAll(focused.tagName)].find((each) => nameOf(each) === named)?.focus({ preventScroll: true });
  return element;
}

const nameOf = (element) => element.getAttribute("aria-label") ?? element.textContent;

/** A name for labels and the like, used once. */
let made = 0;
export const unique = (stem) => `${stem}-${++made}`;

export function chip(text, kind = "") {
  return h("span", { class: `chip ${kind}` }, text);
}

export function icon(name, label) {
  const drawn = svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" });
  for (const d of ICONS[name]) drawn.append(svg("path", { d }));
  return label ? h("span", { class: "with-icon" }, drawn, label) : drawn;
}

const ICONS = {
  requests: ["M2 4h12M2 8h12M2 12h7"],
  accounts: ["M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6z", "M2.5 14c.6-2.8 2.8-4 5.5-4s4.9 1.2 5.5 4"],
  journal: ["M8 2v12", "M8 4.5h5M8 8h3.5M8 11.5h5", "M5 4.5h.01M5 8h.01M5 11.5h.01"],
  pictures: ["M2 13.5h12", "M3 10.5l3-3.5 2.5 2 4.5-6"],
  clock: ["M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z", "M8 5v3.2l2.2 1.5"],
  faults: ["M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z"],
  venues: ["M2.5 3h11v4h-11zM2.5 9.5h11v4h-11z", "M5 5h.01M5 11.5h.01"],
  copy: ["M5.5 5.5h8v8h-8z", "M10.5 5.5v-3h-8v8h3"],
  close: ["M4 4l8 8M12 4l-8 8"],
  sun: ["M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
        "M8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1"],
  exit: ["M6.5 2.5h-4v11h4", "M6 8h8M11 5l3 3-3 3"],
  back: ["M10 3L5 8l5 5"],
  plus: ["M8 3v10M3 8h10"],
  past: ["M2.5 8a5.5 5.5 0 1 0 1.6-3.9", "M2.3 2.3v2.6h2.6", "M8 5v3.2l2 1.3"],
};

/** A button that copies what `text()` says then. */
export function copyButton(text, label = "Copy") {
  const said = h("span", null, label);
  const button = h("button", { class: "quiet small", type: "button", "aria-label": label, onclick: copy },
    icon("copy"), said);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      said.textContent = "Copied";
    } catch {
      said.textContent = "Select and copy";
    }
    setTimeout(() => { said.textContent = label; }, 1500);
  }
  return button;
}

/** Lines of code that can be copied. */
export function code(text, label) {
  const pre = h("pre", { class: "code", tabindex: "0", role: "group", "aria-label": label ?? "code" }, h("code", null, text));
  return h("div", { class: "coded" },
    h("div", { class: "coded-head" }, h("span", { class: "label" }, label ?? ""), copyButton(() => pre.textContent)), pre);
}

/** Name and value, one below the other. */
export function fields(pairs, flashing) {
  return h("dl", { class: "fields" }, pairs.filter(Boolean).map(([name, value, said]) => {
    const dd = h("dd", null, value === "" || value === null || value === undefined ? h("span", { class: "none" }, "–") : value,
      said && h("span", { class: "muted said" }, said));
    if (flashing?.(name, String(value))) dd.classList.add("flash");
    return h("div", null, h("dt", null, name), dd);
  }));
}

/** A sentence where there is nothing else. */
export function empty(title, ...sentence) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", null, ...sentence));
}

/** A complaint, with its hint. */
export function complaint(error) {
  const why = error.why;
  if (!why) return h("div", { class: "notice bad", role: "alert" }, error.message);
  return h("div", { class: "notice bad", role: "alert" },
    h("strong", null, why.rule), h("div", null, `Seen: ${why.seen}. Expected: ${why.expected}.`), h("div", null, why.hint));
}
