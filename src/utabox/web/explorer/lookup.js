// What values mean: return codes and enumerations, in a dialog beside an answer or as pages.

import { fill, h } from "../shared/dom.js";
import { absentRows } from "./list.js";
import { absentOf, address, codesOf } from "./spec.js";

const dialog = document.getElementById("lookup");
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

function open(title, ...content) {
  fill(dialog,
    h("div", { class: "dialog-head" },
      h("h2", { id: "lookup-title" }, title),
      h("button", { type: "button", onclick: () => dialog.close() }, "Close")),
    h("div", { class: "dialog-body" }, content));
  dialog.showModal();
}

/** What a code means, in general and from this endpoint. */
export function openCode(spec, code, endpoint) {
  open(`retCode ${code}`, aboutCode(spec, code, endpoint),
    h("p", {}, h("a", { href: address("error"), onclick: () => dialog.close() }, "All error codes"), ", or ",
      h("a", { href: `${spec.docs}error`, rel: "noreferrer", target: "_blank" },
        "the exchange's page of them")));
}

function aboutCode(spec, code, endpoint) {
  const known = about(spec, code);
  const here = endpoint?.refusals.filter((each) => each.retCode === Number(code)) ?? [];
  return [
    Number(code) === 0 ? h("p", {}, "Success: the request was understood and done.") : null,
    known.documented ? h("p", {}, "The exchange's documentation: ",
      h("span", {}, `${known.documented}.`)) : null,
    known.door.map((each) => h("p", {}, `At the door: when ${each.when}.`)),
    here.length && endpoint.refusals.length ? h("div", {},
      h("h3", {}, "Of this endpoint"),
      h("p", { class: "soft small" }, "Its refusals, the first that applies wins."),
      h("ol", { class: "refusals" }, endpoint.refusals.map((each) =>
        h("li", { class: each.retCode === Number(code) ? "chosen" : undefined },
          h("code", {}, each.retCode), ` ${each.retMsg}`)))) : null,
    known.messages.length ? h("div", {},
      h("h3", {}, "Texts that it comes with here"),
      h("ul", {}, known.messages.map((each) =>
        h("li", {}, h("code", {}, each.retMsg), h("span", { class: "soft small" }, ` ${each.source}`))))) : null,
    known.endpoints.length ? h("details", {},
      h("summary", {}, known.endpoints.length === 1 ? "One endpoint refuses with it" : `${known.endpoints.length} endpoints refuse with it`),
      h("ul", {}, known.endpoints.map((each) =>
        h("li", {}, h("a", { href: address(each.page), onclick: () => dialog.close() },
          `${each.method} ${each.path}`))))) : null,
  ];
}

function about(spec, code) {
  const number = Number(code);
  return {
    documented: spec.errors[String(code)] ?? "",
    door: spec.door.filter((each) => each.retCode === number),
    messages: number === 0 ? [] : spec.messages[String(code)] ?? [],
    endpoints: spec.endpoints.filter((each) => each.refusals.some((r) => r.retCode === number)),
  };
}

/** The values that a field can have, and what they mean. */
export function openValues(field, value) {
  open(field.name, h("p", { class: "soft" }, field.description), values(field, value));
}

function values(field, value) {
  return h("table", {},
    h("thead", {}, h("tr", {}, h("th", {}, "Value"), h("th", {}, "Meaning"))),
    h("tbody", {}, field.values.map((each) =>
      h("tr", { class: each === value ? "chosen" : undefined },
        h("td", {}, h("code", {}, String(each))),
        h("td", {}, field.meanings[each] ?? h("span", { class: "soft" }, "-"))))));
}

/** `error`: every code; `enum`: every enumeration; `not-here`: what is documented besides. */
export function lookupPage(main, spec, page) {
  ({ error: errorPage, enum: enumPage, "not-here": absentPage })[page](main, spec);
}

const FILTERS = "q"; // the parameter of the address that a look-up begins with

/** A field that narrows a list, and keeps what was asked in the address. */
function filterField(id, placeholder, show) {
  return h("input", {
    type: "search", id, placeholder, autocomplete: "off", spellcheck: "false",
    value: new URLSearchParams(location.search).get(FILTERS) ?? "",
    oninput: (event) => {
      const asked = event.target.value.trim();
      const query = asked ? `?${new URLSearchParams({ [FILTERS]: asked })}` : "";
      history.replaceState(history.state, "", location.pathname + query);
      show();
    },
  });
}

function absentPage(main, spec) {
  const list = h("div", { class: "panel category absent" });
  const count = h("p", { class: "soft small", role: "status" });
  const asked = filterField("absent", "order, /v5/position, withdrawal", show);
  function show() {
    const fitting = absentOf(spec, asked.value.trim());
    count.textContent = `${fitting.length} of ${spec.absent.length} rows; some are documented in two categories`;
    fill(list, absentRows(fitting));
    list.hidden = !fitting.length;
  }
  fill(main,
    h("div", { class: "intro" }, h("h1", { tabindex: "-1" }, "Documented, not here"),
      h("p", {}, "What the exchange documents and this server does not have: a call of it gets 404 with an empty body."),
      h("p", { class: "soft small" }, `Endpoints here: ${spec.coverage}.`),
      h("div", { class: "filter" }, h("label", { for: "absent" }, "Path, page or category"), asked),
      count),
    list);
  show();
}

function errorPage(main, spec) {
  const here = new Set([
    ...spec.door.map((each) => each.retCode),
    ...spec.endpoints.flatMap((each) => each.refusals.map((r) => r.retCode)),
  ]);
  const body = h("tbody");
  const count = h("p", { class: "soft small", role: "status" });
  const only = h("input", { type: "checkbox", id: "only-here", onchange: show });
  const asked = filterField("code", "10004, or words such as margin", show);
  const detail = h("div");
  function show() {
    const text = asked.value.trim();
    const fitting = codesOf(spec, text).filter(({ code }) => !only.checked || here.has(code));
    count.textContent = `${fitting.length} of ${spec.codes.length} codes`;
    // One that was asked for by its number is told at once.
    const exact = fitting.find(({ code }) => String(code) === text);
    fill(detail, exact && h("section", { class: "panel code-told", "aria-label": `Code ${exact.code}` },
      h("h2", {}, h("span", { class: "mono" }, exact.code), ` ${exact.text}`), aboutCode(spec, exact.code)));
    fill(body, fitting.slice(0, 300).map(({ code, text }) => h("tr", {},
      h("td", {}, h("button", { type: "button", class: "plain mono", onclick: () => openCode(spec, code) }, String(code))),
      h("td", {}, text),
      h("td", { class: "soft small here" }, here.has(code) ? "yes" : ""))));
    if (fitting.length > 300) count.textContent += ": the first 300 are shown";
    if (!fitting.length) count.textContent += ". Neither the exchange's documentation nor this server has such a code";
  }
  fill(main,
    h("div", { class: "intro" }, h("h1", { tabindex: "-1" }, "Error codes"),
      h("p", {}, "What the exchange documents, and which of it this server can answer. ",
        "A code that you got has its reason in the answer of the page where you press RUN."),
      h("div", { class: "filter" },
        h("label", { for: "code" }, "Code or words"), asked,
        h("label", { class: "check", for: "only-here" }, only, " only what this server answers")),
      count),
    detail,
    h("div", { class: "panel tabled" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", {}, "retCode"), h("th", {}, "Text or meaning"), h("th", {}, "Here"))),
      body)));
  show();
}

function enumPage(main, spec) {
  const found = new Map();
  for (const endpoint of spec.endpoints) {
    for (const field of [...endpoint.parameters, ...endpoint.fields]) {
      if (!field.enumName) continue;
      const known = found.get(field.enumName) ?? { field, names: new Set(), endpoints: new Set() };
      known.names.add(field.name);
      known.endpoints.add(endpoint);
      found.set(field.enumName, known);
    }
  }
  fill(main,
    h("div", { class: "intro" }, h("h1", { tabindex: "-1" }, "Enumerations"),
      h("p", {}, "Values that parameters and fields have here. The exchange's own list, of all ",
        "its products, is ", h("a", { href: `${spec.docs}enum`, rel: "noreferrer", target: "_blank" },
          "in its documentation"), ".")),
    [...found].sort(([a], [b]) => a.localeCompare(b)).map(([, { field, names, endpoints }]) =>
      h("section", { class: "panel enum" },
        h("h2", { class: "mono" }, [...names].join(", ")),
        values(field),
        h("details", {}, h("summary", {}, `In ${endpoints.size} endpoints`),
          h("ul", {}, [...endpoints].map((each) =>
            h("li", {}, h("a", { href: address(each.page) }, `${each.method} ${each.path}`))))))));
}
