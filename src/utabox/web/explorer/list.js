// The list of all endpoints, beside every page and as a page of its own.

import { fill, h } from "../shared/dom.js";
import { absentOf, address, base, codesOf, has, LOOKUPS } from "./spec.js";

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

const CODES_SHOWN = 8;
const ABSENT_SHOWN = 12;

/** What fits: endpoints, codes, and what is documented and not here. */
function found(spec, asked) {
  const endpoints = spec.endpoints.filter((each) => has(each.words, asked));
  return { endpoints, codes: asked ? codesOf(spec, asked) : [], absent: asked ? absentOf(spec, asked) : [] };
}

const counted = ({ endpoints, codes, absent }) => [
  `${endpoints.length} endpoint${endpoints.length === 1 ? "" : "s"}`,
  codes.length ? `${codes.length} code${codes.length === 1 ? "" : "s"}` : "",
  absent.length ? `${absent.length} documented, not here` : "",
].filter(Boolean).join(", ");

/** The address of a look-up page that begins with a search. */
const lookup = (page, asked) => `${address(page)}?${new URLSearchParams({ q: asked })}`;

/** The list beside a page. */
export function nav(element, spec, here, asked) {
  const fitting = found(spec, asked);
  const groups = grouped(fitting.endpoints).map(([category, each]) =>
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
    h("ul", {}, LOOKUPS.map(([page, name]) =>
      h("li", {}, h("a", {
        href: address(page), "aria-current": page === here ? "page" : undefined,
      }, h("span", { class: "dot", "aria-hidden": "true" }, "#"), h("span", {}, name))))));
  fill(element,
    asked && h("p", { class: "soft small found", role: "status" },
      `“${asked}”: ${counted(fitting)}`),
    // Who asks for a number asks for a code.
    /^\d+$/.test(asked) ? [besideCodes(fitting, asked), groups] : [!asked && values, groups, besideCodes(fitting, asked)],
    besideAbsent(fitting, asked));
  const current = element.querySelector("[aria-current]");
  if (current) bringIntoView(element, current);
}

// Not scrollIntoView: that would scroll the page as well.
function bringIntoView(element, current) {
  const [frame, entry] = [element, current].map((each) => each.getBoundingClientRect());
  if (entry.top < frame.top || entry.bottom > Math.min(frame.bottom, innerHeight)) {
    element.scrollTop += entry.top - frame.top - frame.height / 3;
  }
}

function besideCodes({ codes }, asked) {
  const entry = ({ code, text }) => h("li", {}, h("a", { href: lookup("error", String(code)), title: text },
    h("span", { class: "dot", "aria-hidden": "true" }, "#"), h("span", {}, `${code} `, h("span", { class: "soft" }, text))));
  return beside("Codes", codes, CODES_SHOWN, entry, lookup("error", asked));
}

function besideAbsent({ absent }, asked) {
  const entry = ({ method, page }) => h("li", {}, h("a", { href: address(page) },
    h("span", { class: `dot ${method.toLowerCase()}` }, method), h("span", { class: "soft" }, page)));
  return beside("Documented, not here", absent, ABSENT_SHOWN, entry, lookup("not-here", asked));
}

function beside(title, found, shown, entry, all) {
  return found.length ? h("section", {}, h("h2", {}, title), h("ul", {}, found.slice(0, shown).map(entry),
    found.length > shown && h("li", {}, h("a", { href: all },
      h("span", {}), h("span", {}, `All ${found.length}`))))) : null;
}

/** The page of all endpoints. */
export function listPage(main, spec, asked) {
  const fitting = found(spec, asked);
  const elsewhere = new Map();
  for (const each of spec.absent) elsewhere.set(each.category, [...(elsewhere.get(each.category) ?? []), each]);
  const sections = grouped(fitting.endpoints).map(([category, endpoints]) => {
    const absent = elsewhere.get(category) ?? [];
    elsewhere.delete(category);
    return h("section", { class: "category panel", "aria-labelledby": `at-${category}` },
      h("div", { class: "category-head" },
        h("h2", { id: `at-${category}` }, named(category)),
        h("span", { class: "soft small" }, absent.length && !asked
          ? `${endpoints.length} here, ${absent.length} not` : `${endpoints.length} here`)),
      h("ul", { class: "rows" }, endpoints.map(row)),
      !asked && absent.length ? gone(absent) : null);
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
        LOOKUPS.map(([page, name]) => h("a", { class: "button", href: address(page) }, name))),
      h("p", { class: "soft small", role: asked ? "status" : undefined }, asked
        ? `“${asked}”: ${counted(fitting)}.` : `Endpoints here: ${spec.coverage}.`)),
    codesPanel(spec, fitting, asked),
    sections,
    asked && fitting.absent.length ? h("section", { class: "category panel", "aria-labelledby": "at-absent" },
      h("div", { class: "category-head" }, h("h2", { id: "at-absent" }, "Documented, not here"),
        h("span", { class: "soft small" }, `${fitting.absent.length}`)),
      absentRows(fitting.absent)) : null,
    !asked && others.length ? h("section", { class: "category panel" },
      h("div", { class: "category-head" }, h("h2", {}, "Other products"),
        h("span", { class: "soft small" }, `0 here, ${others.length} not`)),
      gone(others)) : null,
    asked && !fitting.endpoints.length && !fitting.codes.length && !fitting.absent.length
      ? h("p", { class: "panel empty" }, "Nothing has that: no path, page, parameter, field, value or code, "
        + "neither of this server nor in the exchange's documentation.") : null);
}

function codesPanel(spec, { codes }, asked) {
  if (!codes.length) return null;
  return h("section", { class: "category panel", "aria-labelledby": "at-codes" },
    h("div", { class: "category-head" }, h("h2", { id: "at-codes" }, "Codes"),
      codes.length > CODES_SHOWN && h("a", { class: "small", href: lookup("error", asked) }, `All ${codes.length}`)),
    h("ul", { class: "codes" }, codes.slice(0, CODES_SHOWN).map(({ code, text }) => h("li", {},
      h("a", { href: lookup("error", String(code)) }, h("span", { class: "mono" }, code), h("span", { class: "soft" }, text))))));
}

function row(endpoint) {
  return h("li", {}, h("a", { href: address(endpoint.page) },
    badge(endpoint.method),
    h("span", { class: "path mono" }, endpoint.path),
    h("span", { class: "soft" }, endpoint.summary)));
}

function gone(absent) {
  return h("details", { class: "gone" },
    h("summary", {}, `${absent.length} that the exchange documents and that are not here`),
    absentRows(absent));
}

/** Rows of what is documented and not here; each leads to a page that says so, and on to the exchange's. */
export const absentRows = (absent) => h("ul", { class: "rows" }, absent.map(({ method, path, page, why }) =>
  h("li", {}, h("a", { href: address(page) },
    badge(method), h("span", { class: "path mono" }, path), h("span", { class: "soft" }, why || `as ${page}`)))));

/** Links at the right end of the head. */
export function ends() {
  return [
    h("a", { href: address("error"), class: "roomy" }, "Error codes"),
    h("a", { href: `/-/console` }, "Console"),
    h("a", { href: `${base}/openapi.json` }, "OpenAPI"),
  ];
}
