// The parameters of one endpoint: a field each, and what of them is sent.

import { h, uuid } from "../shared/dom.js";
import { openValues } from "./lookup.js";

const HIDDEN = /password/i;
const START = /(^start|^createTime)(Time|From)$/;
const END = /(^end|^createTime)(Time|To)$/;
const DAY = 86_400_000;
const OWN_ID = "transferId"; // good for one call: the page makes a fresh one for each
const LABEL_MAX = 34; // a longer one would be cut off in its select

/** `{element, values(), fresh(), sent(), remember()}`; `changed` is called after every change. */
export function form(endpoint, changed) {
  const given = new URLSearchParams(location.search);
  let made = ""; // the id that this page made for the next call
  const inputs = endpoint.parameters.map((parameter) => {
    if (parameter.name === OWN_ID && !given.get(OWN_ID)) made = uuid();
    const input = field(parameter, given.get(parameter.name) ?? (parameter.name === OWN_ID ? made : null));
    input.addEventListener("input", changed);
    input.addEventListener("change", changed);
    return { parameter, input };
  });
  const element = h("div", { class: "parameters" },
    inputs.length ? inputs.map(({ parameter, input }) => row(parameter, input, changed))
      : h("p", { class: "soft" }, "It takes none."));

  /** What was filled in; throws a sentence where a field holds no JSON. */
  function values() {
    const filled = inputs.filter(({ input }) => input.value !== "");
    return Object.fromEntries(filled.map(({ parameter, input }) =>
      [parameter.name, typed(parameter, input.value, endpoint.method)]));
  }

  const own = inputs.find(({ parameter }) => parameter.name === OWN_ID)?.input;

  /** The id in the form that this page made; empty: there is none, or it is the user's. */
  const fresh = () => (own && own.value === made ? made : "");

  /** After a call: the next one needs another id. */
  function sent() {
    if (!own) return;
    own.dataset.last = own.value;
    own.dispatchEvent(new Event("sent"));
    if (own.value === made) own.value = made = uuid();
  }

  function remember() {
    const kept = new URLSearchParams();
    for (const { parameter, input } of inputs) {
      const madeHere = input === own && own.value === made;
      if (input.value !== "" && !madeHere && !HIDDEN.test(parameter.name)) kept.set(parameter.name, input.value);
    }
    const query = kept.toString();
    const here = location.pathname + (query ? `?${query}` : "");
    if (here.length < 2000) history.replaceState(history.state, "", here);
  }
  return { element, values, fresh, sent, remember };
}

/** The query string of a GET, spelled as a browser sends it. */
export function queryOf(values) {
  const text = Object.entries(values)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return text.replace(/'/g, "%27"); // the one character that a URL would change
}

function field(parameter, given) {
  const { name, values, json } = parameter;
  const first = given ?? shown(parameter.example);
  const common = { id: `p-${name}`, name, "aria-describedby": `d-${name}` };
  if (json === "boolean" || values) {
    const options = (values ?? [true, false]).map(String);
    const labels = options.map((value) => [value, parameter.meanings?.[value]].filter(Boolean).join(": "));
    const short = labels.every((label) => label.length <= LABEL_MAX);
    return h("select", { ...common },
      first === "" || !parameter.required ? h("option", { value: "" }, parameter.required ? "" : "(left out)") : null,
      options.map((value, index) => h("option", { value, selected: value === first }, short ? labels[index] : value)));
  }
  if (json === "object" || json === "array") {
    const text = given ?? (parameter.example === undefined ? "" : JSON.stringify(parameter.example, null, 2));
    return h("textarea", { ...common, rows: Math.min(10, text.split("\n").length + 1), spellcheck: "false", value: text });
  }
  const hint = parameter.suggestion ?? parameter.example;
  return h("input", {
    ...common, type: "text", value: first, autocomplete: "off", spellcheck: "false",
    autocapitalize: "off", inputmode: json === "integer" ? "numeric" : undefined,
    placeholder: hint === undefined ? "" : `such as ${shown(hint)}`,
  });
}

const shown = (value) => (value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

function row(parameter, input, changed) {
  const { name } = parameter;
  const set = (value) => {
    input.value = value;
    changed();
  };
  const help = [];
  if (START.test(name)) help.push(["24 hours ago", () => String(Date.now() - DAY)]);
  if (END.test(name)) help.push(["now", () => String(Date.now())]);
  if (name === OWN_ID) help.push(["new UUID", uuid]);
  if (parameter.suggestion !== undefined && !START.test(name) && !END.test(name)) {
    help.push([shown(parameter.suggestion), () => shown(parameter.suggestion)]);
  }
  return h("div", { class: "parameter" },
    h("div", { class: "parameter-head" },
      h("label", { for: `p-${name}`, class: "mono" }, name),
      h("span", { class: "soft small" }, [parameter.type, parameter.limits].filter(Boolean).join(", ")),
      parameter.needed ? h("span", { class: "small needed" }, "required") : null),
    h("p", { class: "soft small", id: `d-${name}` }, parameter.description,
      parameter.fallback !== undefined && parameter.fallback !== null && parameter.fallback !== ""
        ? ` Left out: ${shown(parameter.fallback)}.` : ""),
    input, input.tagName === "SELECT" ? meaningOf(parameter, input) : null,
    help.length ? h("div", { class: "suggested small" }, help.map(([text, value]) => suggestion(text, value)),
      name === OWN_ID ? lastSent() : null) : null);

  function suggestion(text, value) {
    return h("button", { type: "button", class: "plain", "aria-label": `${text}, into ${name}`, onclick: () => set(value()) }, text);
  }

  function lastSent() {
    const button = suggestion("the one just sent", () => input.dataset.last);
    button.hidden = true;
    input.addEventListener("sent", () => (button.hidden = false));
    return button;
  }
}

/** What the chosen value means, and a way to what all of them mean. */
function meaningOf(parameter, input) {
  const meanings = parameter.meanings ?? {};
  if (!Object.keys(meanings).length) return null;
  const told = h("span", {});
  const show = () => (told.textContent = meanings[input.value] ?? "");
  input.addEventListener("input", show);
  show();
  const known = () => parameter.values.find((value) => String(value) === input.value);
  return h("p", { class: "small chosen-value" }, told, h("button", {
    type: "button", class: "plain", "aria-label": `all ${parameter.values.length} values, of ${parameter.name}`, onclick: () => openValues(parameter, known()),
  }, `all ${parameter.values.length} values`));
}

/** A text of the form as what is sent: of a GET always text. */
function typed(parameter, text, method) {
  if (method === "GET") return text;
  const { json, name, example } = parameter;
  if (json === "object" || json === "array") {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`${name} is no JSON: ${error.message}`);
    }
  }
  if (json === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  const number = json === "integer" && typeof example !== "string" && /^-?\d{1,15}$/.test(text);
  return number ? Number(text) : text;
}
