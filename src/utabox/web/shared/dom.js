// Elements out of text. Whatever is shown goes through text nodes: no value is ever read as HTML.

/** An element: `h("p", {class: "soft"}, "text", child)`. `on...` are listeners. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...shown(children));
  return element;
}

// What a condition left out is nothing, never the word "false".
const shown = (children) => children.flat(9).filter((each) => each !== null && each !== undefined && each !== false);

/** Put children in the place of all that is there. */
export function fill(element, ...children) {
  element.replaceChildren(...shown(children));
  return element;
}

/** A button that copies what `text()` gives, and says so. */
export function copyButton(text, name = "Copy") {
  const button = h("button", { type: "button", class: "copy", "aria-live": "polite" }, name);
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text())) ? "Copied" : "Select and copy by hand";
    setTimeout(() => (button.textContent = name), 1500);
  });
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not a secure context, or not allowed
  }
}

/** Tabs that the arrow keys walk: `[{id, name, panel}]`; `chosen` is told of every choice. */
export function tabs(label, entries, chosen = () => {}) {
  const list = h("div", { role: "tablist", "aria-label": label, class: "tabs" });
  const buttons = entries.map(({ id, name, panel }) => {
    panel.id = `panel-${id}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${id}`);
    return h("button", {
      type: "button", role: "tab", id: `tab-${id}`, "aria-controls": panel.id,
      onclick: () => choose(id),
    }, name);
  });
  list.append(...buttons);
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = buttons.indexOf(document.activeElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    next.focus();
    next.click();
    event.preventDefault();
  });
  function choose(id) {
    entries.forEach((entry, index) => {
      const on = entry.id === id;
      entry.panel.hidden = !on;
      buttons[index].setAttribute("aria-selected", on);
      buttons[index].tabIndex = on ? 0 : -1;
    });
    chosen(id);
  }
  choose(entries[0].id);
  return { list, choose };
}

/** A button that goes through the system's theme, light and dark. */
export function themeButton() {
  const names = { auto: "system", light: "light", dark: "dark" };
  const order = ["auto", "light", "dark"];
  const root = document.documentElement;
  const button = h("button", { type: "button", class: "theme", title: "System, light or dark" });
  const show = () => fill(button, h("span", { class: "wide" }, "Theme: "), names[root.dataset.theme || "auto"]);
  button.addEventListener("click", () => {
    const next = order[(order.indexOf(root.dataset.theme || "auto") + 1) % order.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === "auto") localStorage.removeItem("utabox-theme");
      else localStorage.setItem("utabox-theme", next);
    } catch {
      // It holds until the page is left.
    }
    show();
  });
  show();
  return button;
}

/** A random UUID, also where the page is no secure place. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** A time of the exchange, ms, as people read it. */
export function dated(ms) {
  const date = new Date(Number(ms));
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().replace("T", " ").replace("Z", " UTC");
}
