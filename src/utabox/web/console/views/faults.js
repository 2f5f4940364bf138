// What fails on purpose: the rules with their counts, and a form for new ones.

import { at, cliOf, curlOf } from "../api.js";
import { actForm, ask, field, note, quietly } from "../act.js";
import { chip, complaint, empty, fields, h, show, showAgain, svg } from "../dom.js";
import { count, moment } from "../format.js";
import { throttled } from "../store.js";

const number = (text) => (text === "" ? undefined : Number(text));
const words = (text) => (text === "" ? undefined : text);

const PRESETS = [
  ["System busy", { retCode: "10016", times: "3" }],
  ["Too many visits", { retCode: "10006", times: "5" }],
  ["502 page", { status: "502", times: "1" }],
  ["403 of the edge", { status: "403", probability: "0.1" }],
  ["Slow", { delayMs: "500", jitterMs: "200" }],
  ["Answer lost, act done", { close: "before", executed: "true", method: "POST", times: "1" }],
  ["Cut in the middle", { close: "middle", times: "1" }],
  ["A field is missing", { path: "/v5/account/wallet-balance", drop: "result.list[].totalEquity" }],
];

function faultFields(known = {}) {
  return [
    field("path", "Path", { value: known.path, placeholder: "/v5/account/info, or /v5/account/*", hint: "Empty: any." }),
    field("method", "Method", { choices: [["", "any"], ["GET", "GET"], ["POST", "POST"]] }),
    field("uid", "Account", { value: known.uid, placeholder: "UID; empty: any", inputmode: "numeric" }),
    field("retCode", "retCode", { placeholder: "such as 10016", inputmode: "numeric", hint: "Instead of the answer, with HTTP 200." }),
    field("status", "HTTP status", { placeholder: "such as 502", inputmode: "numeric", hint: "Instead of the answer." }),
    field("close", "Connection", { choices: [["", "stays open"], ["before", "closes before the answer"], ["middle", "closes in the middle of it"], ["after", "closes after it"]] }),
    field("delayMs", "Delay, ms", { inputmode: "numeric", placeholder: "0" }),
    field("jitterMs", "And up to, ms", { inputmode: "numeric", placeholder: "0" }),
    field("drop", "Field left out", { placeholder: "result.list[].coin" }),
    field("executed", "The account", { choices: [["", "sees it if the answer is its own"], ["true", "sees it in any case"], ["false", "never sees it"]] }),
    field("times", "At most, times", { inputmode: "numeric", placeholder: "without end" }),
    field("nth", "From the n-th on", { inputmode: "numeric", placeholder: "1" }),
    field("probability", "Probability", { inputmode: "decimal", placeholder: "1" }),
    field("note", "Note", { placeholder: "what it is for" }),
  ];
}

function bodyOf(given) {
  const body = {
    path: words(given.path), method: words(given.method), uid: number(given.uid), retCode: number(given.retCode), status: number(given.status),
    close: words(given.close), delayMs: number(given.delayMs), jitterMs: number(given.jitterMs), drop: given.drop ? given.drop.split(/[,\s]+/) : undefined,
    executed: given.executed === "" ? undefined : given.executed === "true", times: number(given.times), nth: number(given.nth),
    probability: words(given.probability), note: words(given.note),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

const OPTIONS = { path: "--path", method: "--method", uid: "--uid", retCode: "--ret-code", status: "--status", close: "--close", delayMs: "--delay",
  jitterMs: "--jitter", times: "--times", nth: "--nth", probability: "--probability", note: "--note" };

export function cliWords(body) {
  const told = ["fault", "add"];
  for (const [name, option] of Object.entries(OPTIONS)) if (body[name] !== undefined) told.push(option, body[name]);
  for (const path of body.drop ?? []) told.push("--drop", path);
  if (body.executed !== undefined) told.push(body.executed ? "--executed" : "--not-executed");
  return told;
}

export function mount(root, { venue, query }) {
  const place = h("div");
  const removeAll = h("button", { type: "button", onclick: () => ask(venue, {
    title: "Remove all faults", button: "Remove all", danger: true,
    door: () => ({ method: "DELETE", path: "faults" }), cli: () => ["fault", "remove", "--all"], after: () => { load(); note("Gone."); } }) }, "Remove all…");
  let last = "";

  async function load() {
    try {
      const faults = await venue.doors.get("faults");
      const now = JSON.stringify(faults);
      if (now === last) return;
      last = now;
      removeAll.hidden = !faults.length;
      showAgain(place, faults.length ? h("ul", { class: "faults" }, faults.map(row))
        : empty("Nothing fails on purpose", "Order a fault below, or on the command line: ", h("code", null, "utabox fault add --help")));
    } catch (error) {
      show(place, complaint(error));
    }
  }

  function row(fault) {
    const part = fault.times ? fault.fired / fault.times : 0;
    return h("li", { class: `card fault ${fault.spent ? "is-spent" : ""}` },
      h("div", { class: "fault-main" },
        h("p", { class: "fault-summary" }, chip(`no. ${fault.id}`), " ", fault.summary),
        fault.note && h("p", { class: "muted" }, fault.note),
        fault.times ? svg("svg", { class: "meter-bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
          svg("rect", { class: "ranking-back", width: 100, height: 4 }), svg("rect", { class: "bar warn", width: Math.min(1, part) * 100, height: 4 })) : null),
      h("dl", { class: "counts" },
        h("div", null, h("dt", null, "about it"), h("dd", { class: "mono" }, count(fault.matched))),
        h("div", null, h("dt", null, "met"), h("dd", { class: "mono" }, count(fault.fired))),
        h("div", null, h("dt", null, "left"), h("dd", { class: "mono" }, fault.spent ? chip("spent") : fault.left === null ? "∞" : count(fault.left)))),
      h("button", { type: "button", "aria-label": `Remove fault ${fault.id}`, onclick: () => ask(venue, {
        title: `Remove fault ${fault.id}`, button: "Remove", danger: true,
        door: () => ({ method: "DELETE", path: at("faults", fault.id) }), cli: () => ["fault", "remove", fault.id], after: () => { load(); note("Gone."); } }) }, "Remove…"));
  }

  const form = actForm(venue, {
    title: "New fault", button: "Order it",
    fields: faultFields({ uid: query.get("uid"), path: query.get("path") }),
    door: (given) => ({ method: "POST", path: "faults", body: bodyOf(given) }),
    cli: (given) => cliWords(bodyOf(given)),
  }, { done: (made) => { load(); note(`Fault ${made.id}: ${made.summary}`); } });

  function preset(given) {
    for (const [of, { input }] of form.controls) input.value = given[of.name] ?? "";
    form.told();
  }

  show(root, h("div", { class: "bar" }, h("span", { class: "muted" }, "Of the rules that are about a request, the first that meets it takes effect."), h("span", { class: "spring" }), removeAll),
    place,
    h("section", { class: "card" }, h("h3", null, "New fault"),
      h("div", { class: "acts presets", role: "group", "aria-label": "Usual faults" }, PRESETS.map(([name, given]) => h("button", { type: "button", class: "small", onclick: () => preset(given) }, name))),
      form.element));
  removeAll.hidden = true;
  const soon = throttled(load, 300);
  venue.addEventListener("moved", soon);
  load();
  return { stop: () => { venue.removeEventListener("moved", soon); soon.stop(); } };
}
