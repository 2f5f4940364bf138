// Two texts, character by character; two records, field by field.

import { h } from "./dom.js";

const WORK_MAX = 1500000;

/** What of two texts is the same and what is not: [kind, text], kind "=", "-" or "+". */
export function compare(a, b) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const parts = [["=", a.slice(0, start)]];
  parts.push(...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)));
  parts.push(["=", a.slice(a.length - end)]);
  return joined(parts.filter(([, text]) => text));
}

function middle(a, b) {
  if (!a || !b || a.length * b.length > WORK_MAX) return [["-", a], ["+", b]];
  // The longest common subsequence: lengths[i][j] is that of a from i and b from j.
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const parts = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) { parts.push(["=", a[i]]); i++; j++; }
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) parts.push(["-", a[i++]]);
    else parts.push(["+", b[j++]]);
  }
  parts.push(["-", a.slice(i)], ["+", b.slice(j)]);
  return parts.filter(([, text]) => text);
}

function joined(parts) {
  const some = [];
  for (const [kind, text] of parts) {
    if (some.length && some[some.length - 1][0] === kind) some[some.length - 1][1] += text;
    else some.push([kind, text]);
  }
  return some;
}

/** The two texts, one above the other, with what differs marked. */
export function diffView(ours, theirs) {
  const parts = compare(theirs, ours);
  const line = (kind, label, hint) => h("div", { class: "diff-line" },
    h("div", { class: "label" }, label),
    h("pre", { class: "code wrap", tabindex: "0", role: "group", "aria-label": label }, parts.filter(([k]) => k === "=" || k === kind).map(([k, text]) =>
      k === "=" ? text : h("mark", { class: kind === "-" ? "gone" : "come", title: hint }, visible(text)))));
  return h("div", { class: "diff" },
    line("-", "Your client signed", "only in what your client signed"),
    line("+", "The server signed", "only in what the server signed"));
}

/** White space that makes the difference is drawn. */
const visible = (text) => text.replaceAll(" ", "␣").replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll("\r", "␍");

/** One level: path -> value, for everything in a record. */
export function flat(record, prefix = "", found = new Map()) {
  if (Array.isArray(record)) {
    record.forEach((each, i) => flat(each, `${prefix}[${each?.coin ?? each?.apiKey ?? i}]`, found));
  } else if (record !== null && typeof record === "object") {
    for (const [name, each] of Object.entries(record)) flat(each, prefix ? `${prefix}.${name}` : name, found);
  } else {
    found.set(prefix, record === null ? "null" : String(record));
  }
  return found;
}

/** What changed from one record to another: [path, before, after]. */
export function changes(before, after) {
  const a = flat(before);
  const b = flat(after);
  const changed = [];
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(name) !== b.get(name)) changed.push([name, a.get(name) ?? "", b.get(name) ?? ""]);
  }
  return changed;
}

export function changesTable(changed) {
  return h("div", { class: "table-wrap" }, h("table", { class: "changes" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Field"), h("th", { scope: "col" }, "Before"), h("th", { scope: "col" }, "After"))),
    h("tbody", null, changed.map(([name, before, after]) => h("tr", null,
      h("th", { scope: "row", class: "mono" }, name),
      h("td", { class: "mono gone-text" }, before || h("span", { class: "none" }, "–")),
      h("td", { class: "mono come-text" }, after || h("span", { class: "none" }, "–")))))));
}
