// The list of all endpoints, beside every page and as a page of its own.

import { fill, h } from "../shared/dom.js";
import { address, base } from "./spec.js";

const NAMES = {
  account: "Account", asset: "Asset", demo: "Demo trading", market: "Market",
  order: "Order", "spot-cross-margin-trade": "Spot margin of classic accounts",
  "spot-margin-uta": "Spot margin", user: "User", misc: "Misc",
};
const named = (category) => NAMES[category] ?? category;

export const badge = (method) => h("span", { class: `badge ${method.toLowerCase()}` }, method);

function grouped(endpoints) {
  const groups = new Map();
  for (const each of endpoints) {
    groups.set(each.category, [...(groups.get(each.category) ?? []), each]);
  }
  return [...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

const FIRST = ["account", "asset", "spot-margin-uta", "market", "user"];
const rank = (category) => (FIRST.indexOf(category) + 1 || 99);

export const fits = (endpoint, asked) =>
  asked.toLowerCase().split(/\s+/).every((word) => endpoint.words.includes(word));

/** The list beside a page. */
export function nav(element, spec, here, asked) {
  const fitting = spec.endpoints.filter((each) => fits(each, asked));
  const groups = grouped(fitting).map(([category, each]) =>
    h("section", {},
      h("h2", {}, named(category)),
      h("ul", {}, each.map((endpoint) => h("li", {},
        h("a", {
          href: address(endpoint.page), title: endpoint.summary,
          "aria-current": endpoint.page === here ? "page" : undefined,
        },
        h("span", { class: `dot ${endpoint.method.toLowerCase()}` }, endpoint.method),
        h("span", {}, endpoint.name)))))));
  const values = h("section", {},
    h("h2", {}, "Look up"),
    h("ul", {}, [["error", "Error codes"], ["enum", "Enumerations"]].map(([page, name]) =>
      h("li", {}, h("a", {
        href: address(page), "aria-current": page === here ? "page" : undefined,
      }, h("span", { class: "dot", "aria-hidden": "true" }, "#"), h("span", {}, name))))));
  fill(element,
    asked && h("p", { class: "soft small found", role: "status" },
      `${fitting.length} of ${spec.endpoints.length} fit “${asked}”`),
    groups, !asked && values);
  element.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** The page of all endpoints. */
export function listPage(main, spec, asked) {
  const fitting = spec.endpoints.filter((each) => fits(each, asked));
  const elsewhere = new Map();
  for (const [category, method, path, page, why] of spec.documented) {
    elsewhere.set(category, [...(elsewhere.get(category) ?? []), { method, path, page, why }]);
  }
  const missing = spec.documented.length;
  const sections = grouped(fitting).map(([category, endpoints]) => {
    const absent = elsewhere.get(category) ?? [];
    elsewhere.delete(category);
    return h("section", { class: "category panel", "aria-labelledby": `at-${category}` },
      h("div", { class: "category-head" },
        h("h2", { id: `at-${category}` }, named(category)),
        h("span", { class: "soft small" }, absent.length && !asked
          ? `${endpoints.length} here, ${absent.length} not` : `${endpoints.length} here`)),
      h("ul", { class: "rows" }, endpoints.map(row)),
      !asked && absent.length ? gone(absent, spec) : null);
  });
  const others = [...elsewhere].flatMap(([, each]) => each);
  fill(main,
    h("div", { class: "intro" },
      h("h1", { tabindex: "-1" }, "API explorer"),
      h("p", {}, "Every endpoint of this server, each with what it takes, what it answers and a ",
        "RUN button. Requests are signed in this page and sent to this server: nothing leaves ",
        "your machine."),
      h("p", { class: "actions" },
        h("a", { class: "button primary", href: address("account/account-info") },
          "Start with account info"),
        h("a", { class: "button", href: address("error") }, "Look up an error code")),
      h("p", { class: "soft small", role: asked ? "status" : undefined }, asked
        ? `${fitting.length} of ${spec.endpoints.length} fit “${asked}”.`
        : `${spec.endpoints.length} endpoints are here; of ${missing} that the exchange documents besides, `
          + "the list says why they are not.")),
    sections,
    !asked && others.length ? h("section", { class: "category panel" },
      h("div", { class: "category-head" }, h("h2", {}, "Other products"),
        h("span", { class: "soft small" }, `0 here, ${others.length} not`)),
      gone(others, spec)) : null,
    asked && !fitting.length ? h("p", { class: "panel empty" },
      "No endpoint has that in its path, page, parameters, fields or refusals. ",
      h("a", { href: address("error") }, "Look it up among the error codes"), ".") : null);
}

function row(endpoint) {
  return h("li", {}, h("a", { href: address(endpoint.page) },
    badge(endpoint.method),
    h("span", { class: "path mono" }, endpoint.path),
    h("span", { class: "soft" }, endpoint.summary)));
}

function gone(absent, spec) {
  return h("details", { class: "gone" },
    h("summary", {}, `${absent.length} that the exchange documents and that are not here`),
    h("ul", { class: "rows" }, absent.map(({ method, path, page, why }) => h("li", {},
      h("a", { href: spec.docs + page, rel: "noreferrer", target: "_blank" },
        badge(method), h("span", { class: "path mono" }, path),
        h("span", { class: "soft" }, why || "not here"))))));
}

/** Links at the right end of the head. */
export function ends() {
  return [
    h("a", { href: `/-/console` }, "Console"),
    h("a", { href: `${base}/openapi.json` }, "OpenAPI"),
  ];
}
