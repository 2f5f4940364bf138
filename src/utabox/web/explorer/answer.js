// An answer as its text, with what each field means beside it.

import { dated, h } from "../shared/dom.js";
import { openCode, openValues } from "./lookup.js";
import { Exact } from "./run.js";
import { described, followed } from "./spec.js";

const LIST_SHOWN = 10;
const LIST_MORE = 50;
const NOTE_BESIDE = 56; // characters; a longer note has a line of its own

/** The tree of an answer. */
export function answerTree(spec, endpoint, json) {
  const refused = json?.retCode instanceof Exact && json.retCode.source !== "0";
  const show = (name, value, schema, last, told) => {
    const field = { name, ...described(schema ?? {}) };
    if (value instanceof Exact || typeof value !== "object" || value === null) {
      return line(name, [plain(field, value), comma(last)], told ? note(field, value) : "");
    }
    const list = Array.isArray(value);
    const entries = list ? value.map((each) => [null, each]) : Object.entries(value);
    const [opens, closes] = list ? "[]" : "{}";
    if (!entries.length) {
      // What a success has there says nothing of a refusal.
      const text = refused && name === "result" ? "Empty: it was refused." : told ? note(field, value) : "";
      return line(name, [opens + closes, comma(last)], text);
    }
    return block(name, field, entries, opens, closes, last, told, list, schema);
  };

  function block(name, field, entries, opens, closes, last, told, list, schema) {
    const known = inner(schema);
    const inside = h("div", { class: "inside" });
    const child = ([key, value], index) => show(
      key, value, list ? known?.items : known?.properties?.[key],
      index === entries.length - 1, told && (!list || index === 0));
    let shown = 0;
    const more = h("button", { type: "button", class: "plain small", onclick: () => add(LIST_MORE) });
    function add(count) {
      const next = entries.slice(shown, shown + count);
      const made = next.map((entry, index) => child(entry, shown + index));
      shown += next.length;
      inside.append(...made);
      more.remove();
      if (shown < entries.length) {
        more.textContent = `${entries.length - shown} more, of ${entries.length}`;
        inside.append(more);
      }
    }
    add(list ? LIST_SHOWN : Infinity);
    const size = list && entries.length > 1 ? `${entries.length} rows` : "";
    const text = [told ? field.description : "", size].filter(Boolean).join(" ");
    return h("details", { open: true, class: "block" },
      h("summary", {}, key(name), opens, text ? h("span", { class: "note" }, text) : null),
      inside, h("div", {}, closes, comma(last)));
  }

  function plain(field, value) {
    const text = value instanceof Exact ? value.source : JSON.stringify(value);
    const kind = value instanceof Exact ? "number" : typeof value === "string" ? "string" : "word";
    if (field.name === "retCode") return linked(text, kind, () => openCode(spec, value.source, endpoint));
    if (field.name === "reasonCode") return linked(text, kind, () => openCode(spec, value, endpoint));
    if (field.values?.length > 1) {
      const known = field.json === "integer" ? Number(value.source ?? value) : value;
      return linked(text, kind, () => openValues(field, known));
    }
    return h("span", { class: `value ${kind}` }, text);
  }

  function note(field, value) {
    const known = value instanceof Exact ? value.source : String(value);
    if (field.name === "retCode") return known === "0" ? "Success." : "Press it: what it means.";
    if (field.name === "retMsg") return "";
    const meaning = field.meanings?.[known] ?? "";
    const time = /^\d{13}$/.test(known) && /(time|At|timestamp)$/i.test(field.name) ? dated(known) : "";
    const first = meaning ? `${meaning[0].toUpperCase()}${meaning.slice(1)}.` : time && `${time}.`;
    // A description that only lists the values has said it.
    const rest = meaning && field.description.includes(`${known}: `) ? "" : field.description;
    return [first ? h("span", { class: "meaning" }, first) : "", first && rest ? " " : "", rest];
  }
  return h("div", { class: "tree mono", tabindex: "0", role: "region", "aria-label": "The answer with its fields explained" },
    show(null, json, endpoint.answer, true, true));
}

const wordsOf = (text) => [text].flat().map((each) => each.textContent ?? each).join("").length;
const comma = (last) => (last ? "" : ",");
const key = (name) => (name === null ? "" : [h("span", { class: "key" }, JSON.stringify(name)), ": "]);

function line(name, content, text) {
  return h("div", { class: "line" }, h("span", {}, key(name), content),
    text && text.length ? h("span", { class: wordsOf(text) > NOTE_BESIDE ? "note below" : "note" }, text) : null);
}

function linked(text, kind, onclick) {
  return h("button", { type: "button", class: `plain value ${kind}`, onclick, title: "What it means" }, text);
}

function inner(schema) {
  const known = followed(schema);
  const some = known.anyOf?.map(followed).find((each) => each.type !== "null");
  return some ?? known;
}
