// A list of any length of which only the rows in sight are elements.

import { h, unique } from "./dom.js";

const BEYOND = 6; // rows drawn above and below what is in sight

/**
 * A list box. Rows are all equally high; row 0 is the topmost.
 *
 * `draw(index)` returns the cells of a row, `keyOf(index)` what it is told apart by,
 * `open(index)` is called when it is chosen, and `wanted()` when its end comes into sight.
 */
export class VirtualList {
  constructor({ label, rowHeight, draw, keyOf, classOf, open, wanted }) {
    Object.assign(this, { rowHeight, draw, keyOf, classOf, open, wanted });
    this.id = unique("list");
    this.length = 0;
    this.active = null; // the key of the row that the keyboard is at
    this.drawn = new Map(); // key -> [element, index]
    this.space = h("div", { class: "list-space", role: "presentation" });
    this.element = h("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": label, id: this.id }, this.space);
    this.element.addEventListener("scroll", () => this.#soon(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.#choose(Number(row.dataset.index));
    });
    this.resized = new ResizeObserver(() => this.#soon());
    this.resized.observe(this.element);
  }

  /** There are now so many rows, of which `grown` are new at the top. */
  update(length, grown = 0) {
    const atTop = this.element.scrollTop < this.rowHeight / 2;
    this.length = length;
    this.space.style.height = `${length * this.rowHeight}px`;
    if (grown && !atTop) this.element.scrollTop += grown * this.rowHeight;
    this.#soon();
  }

  /** Draw every row in sight anew. */
  redraw() {
    for (const [element] of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.#soon();
  }

  stop() {
    this.resized.disconnect();
    cancelAnimationFrame(this.frame);
  }

  #soon() {
    this.frame ??= requestAnimationFrame(() => { this.frame = undefined; this.#render(); });
  }

  #render() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - BEYOND);
    const last = Math.min(this.length, Math.ceil((scrollTop + clientHeight) / this.rowHeight) + BEYOND);
    const wanted = new Set();
    let previous = null;
    for (let index = first; index < last; index++) {
      const key = this.keyOf(index);
      wanted.add(key);
      let [element, at] = this.drawn.get(key) ?? [];
      if (!element) {
        element = h("div", { role: "option", id: `${this.id}-${key}`, class: `row ${this.classOf?.(index) ?? ""}` }, this.draw(index));
      }
      const place = previous ? previous.nextSibling : this.space.firstChild;
      if (element !== place) this.space.insertBefore(element, place); // the order that is read out
      previous = element;
      if (at !== index) {
        element.dataset.index = index;
        element.style.transform = `translateY(${index * this.rowHeight}px)`;
        element.setAttribute("aria-posinset", index + 1);
        this.drawn.set(key, [element, index]);
      }
      element.setAttribute("aria-setsize", this.length);
      element.setAttribute("aria-selected", key === this.active);
    }
    for (const [key, [element]] of this.drawn) {
      if (!wanted.has(key)) {
        element.remove();
        this.drawn.delete(key);
      }
    }
    const here = this.active !== null && this.drawn.has(this.active);
    if (here) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.element.removeAttribute("aria-activedescendant");
    if (last >= this.length - BEYOND && this.length) this.wanted?.();
  }

  #index() {
    if (this.active === null) return -1;
    const drawn = this.drawn.get(this.active);
    if (drawn) return drawn[1];
    for (let index = 0; index < this.length; index++) if (this.keyOf(index) === this.active) return index;
    return -1;
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.rowHeight) - 1);
    const now = this.#index();
    const steps = { ArrowDown: now + 1, ArrowUp: now - 1, PageDown: now + page, PageUp: now - page, Home: 0, End: this.length - 1 };
    if (event.key in steps && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#stand(Math.max(0, Math.min(this.length - 1, steps[event.key])));
    } else if ((event.key === "Enter" || event.key === " ") && now >= 0) {
      event.preventDefault();
      this.open?.(now);
    }
  }

  #stand(index) {
    if (!this.length) return;
    this.active = this.keyOf(index);
    const top = index * this.rowHeight;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + this.rowHeight - clientHeight;
    this.#soon();
  }

  #choose(index) {
    this.#stand(index);
    this.open?.(index);
  }
}
