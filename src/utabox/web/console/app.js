// The console: who is in, which venue is shown, and which view of it.

import { Doors, dropKeys, forgetKeys, pages, session, whenLoggedOut } from "./api.js";
import { note } from "./act.js";
import { complaint, h, icon, show } from "./dom.js";
import { count, moment } from "./format.js";
import { Venue } from "./store.js";
import { themeButton } from "../shared/dom.js";
import * as requests from "./views/requests.js";

const VIEWS = [
  ["requests", "Requests", async () => requests],
  ["accounts", "Accounts", () => import("./views/accounts.js")],
  ["journal", "Journal", () => import("./views/journal.js")],
  ["pictures", "Pictures", () => import("./views/pictures.js")],
  ["clock", "Clock", () => import("./views/clock.js")],
  ["faults", "Faults", () => import("./views/faults.js")],
  ["venues", "Venues", () => import("./views/venues.js")],
];

const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/; // of a venue

const app = document.getElementById("app");
let venue = null;
let shell = null;
let current = null; // {name, view, mounted, venue}
let names = ["default"];
let ticking = 0;

// --- where we are: #/venue/view/args?query ------------------------------------------------------

function here() {
  const [path, search = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
  const [name = "default", view = "requests", ...args] = parts;
  return { name, view: VIEWS.some(([known]) => known === view) ? view : "requests", args, query: new URLSearchParams(search) };
}

/** Go to a view of this venue, or of another; `quiet`: only write down where we are. */
function go(view, args = [], query = undefined, quiet = false, name = venue.name) {
  const search = query?.toString() ?? "";
  const hash = `#/${[name, view, ...args].map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
  if (quiet) history.replaceState(null, "", hash);
  else if (hash !== location.hash) location.hash = hash;
}

async function follow() {
  if (!shell) return;
  const to = here();
  if (!NAME.test(to.name)) {
    note(`There is no venue ${to.name.slice(0, 64)}.`, true);
    go("venues", [], undefined, false, "default");
    return;
  }
  if (!venue || venue.name !== to.name) {
    leave();
    venue?.close();
    venue = new Venue(to.name);
    globalThis.utabox = venue; // for people at the browser's own console
    for (const event of ["live", "waiting", "clock", "moved"]) venue.addEventListener(event, head);
    venue.addEventListener("dropped", () => { note(`The venue ${to.name} was dropped.`, true); go("venues", [], undefined, false, "default"); });
    venue.addEventListener("missing", () => { note(`There is no venue ${to.name}.`, true); go("venues", [], undefined, false, "default"); });
    venue.addEventListener("cut", ({ detail: gone }) => { if (gone) note(`The venue ${to.name} was put back: ${count(gone)} requests of before are no more.`); });
    venue.addEventListener("out", ended);
    venue.open();
    if (!names.includes(to.name)) names.push(to.name);
    known(names.map((name) => ({ name })));
  }
  mark(to.view);
  if (current && current.name === to.view && current.venue === venue && current.mounted.update && current.mounted.update(to) !== false) return;
  leave();
  const [, title, load] = VIEWS.find(([name]) => name === to.view);
  document.title = `${title} · utabox`;
  const place = h("div", { class: `view view-${to.view}` });
  const mine = { name: to.view, venue, mounted: {} };
  current = mine;
  try {
    const view = await load();
    if (current !== mine) return;
    show(shell.main, h("h1", { class: "visually-hidden", tabindex: "-1" }, title), place);
    mine.mounted = view.mount(place, { venue, args: to.args, query: to.query, go, known });
  } catch (error) {
    show(shell.main, complaint(error));
  }
}

function leave() {
  current?.mounted.stop?.();
  current = null;
}

// --- the frame -----------------------------------------------------------------------------------

function frame() {
  const links = VIEWS.map(([name, title], i) => h("a", { "data-view": name, title: `${title} (${i + 1})` }, icon(name, title)));
  const choice = h("select", { "aria-label": "Venue", onchange: () => go(current?.name ?? "requests", [], undefined, false, choice.value) });
  const light = h("span", { class: "light", role: "status" });
  const clock = h("a", { class: "clock mono", title: "The venue's time, UTC" });
  const main = h("main", { id: "main", tabindex: "-1" });
  shell = { links, choice, light, clock, main };
  show(app,
    h("header", { class: "top" },
      h("a", { class: "brand", href: "#/default/requests" }, "utabox", h("span", { class: "muted" }, "console")),
      h("label", { class: "venue-choice" }, h("span", { class: "label" }, "Venue"), choice),
      light, h("span", { class: "spring" }), clock,
      themeButton(),
      h("button", { type: "button", class: "quiet", onclick: logOut }, icon("exit", "Log out"))),
    h("nav", { class: "side", "aria-label": "Views" }, links,
      h("a", { class: "side-foot", href: "/docs/api-explorer/" }, "API explorer")),
    main);
  clearInterval(ticking);
  ticking = setInterval(tick, 1000);
}

function known(venues) {
  const before = shell.choice.value;
  names = venues.map(({ name }) => name);
  if (!names.includes(venue.name)) names.push(venue.name);
  if (before === venue.name && shell.choice.options.length === names.length && [...shell.choice.options].every((option, i) => option.value === names[i])) return;
  show(shell.choice, names.map((name) => h("option", { value: name, selected: name === venue.name }, name)));
}

function mark(view) {
  for (const link of shell.links) {
    const name = link.dataset.view;
    link.href = `#/${encodeURIComponent(venue.name)}/${name}`;
    if (name === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  shell.clock.href = `#/${encodeURIComponent(venue.name)}/clock`;
  head();
}

let said = "";
function head() {
  const state = venue.live ? "live" : venue.waiting ? "waiting" : "off";
  if (state !== said) {
    said = state;
    shell.light.className = `light is-${state}`;
    show(shell.light, { live: "Live", waiting: "Waits for other tabs", off: "Not connected" }[state]);
    shell.light.title = venue.waiting ? "Four tabs of this console are live already: close one, or put it out of sight." : "";
  }
  tick();
}

function tick() {
  if (!shell || !venue?.time) return;
  const text = moment(venue.now()).slice(0, 19);
  const how = !venue.isSet ? "" : venue.speed === 0 ? " frozen" : ` × ${venue.speed}`;
  shell.clock.textContent = `${text}${how}`;
  shell.clock.classList.toggle("is-set", venue.isSet);
}

// --- in and out ----------------------------------------------------------------------------------

/** The gate. Nothing of what the page knew stays behind it: not the calls, and no open secret. */
function logIn(saying) {
  leave();
  venue?.close();
  venue = shell = null;
  delete globalThis.utabox;
  said = "";
  clearInterval(ticking);
  forgetKeys();
  for (const dialog of document.querySelectorAll("dialog")) { dialog.close(); dialog.remove(); }
  const answer = h("div", { "aria-live": "polite" }, saying && h("div", { class: "notice" }, saying));
  const input = h("input", { id: "code", name: "code", type: "text", autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", placeholder: "ABCD-EFGH-JKLM", required: true });
  const button = h("button", { class: "primary", type: "submit" }, "Let me in");
  document.title = "utabox console";
  show(app, h("main", { id: "main", class: "gate" }, h("form", { class: "card", onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await session.enter(input.value.trim());
      pages.postMessage("in");
      start();
    } catch (error) {
      show(answer, complaint(error));
      input.select();
      input.focus();
    } finally {
      button.disabled = false;
    }
  } },
    h("h1", null, "utabox console"),
    h("p", { class: "muted" }, "Where the server runs, ask it for a code. It is good once, for two minutes."),
    h("pre", { class: "code" }, h("code", null, "utabox console")),
    h("label", { for: "code" }, "Code, or the control token"), input, answer, button,
    !globalThis.isSecureContext && h("p", { class: "notice" }, "This page came over plain HTTP from another machine. Open it as localhost, through a tunnel: ssh -L 8505:127.0.0.1:8505 HOST"))));
  input.focus();
}

async function logOut() {
  await dropKeys();
  await session.leave().catch(() => {});
  pages.postMessage("out");
  logIn("You are logged out.");
}

/** The session has ended, by itself or in another tab; all tabs see to that. */
function ended() {
  if (!shell) return;
  pages.postMessage("out");
  logIn("The session has ended.");
}

/** Another tab has logged in, or out. */
async function heard() {
  const isIn = await session.known().catch(() => false);
  if (isIn && !shell) start();
  else if (!isIn && shell) logIn("The session has ended.");
}

function start() {
  frame();
  follow();
  new Doors("default").get("venues").then((venues) => venue && known(venues)).catch(() => {});
}

whenLoggedOut(ended);
pages.addEventListener("message", heard);
addEventListener("hashchange", follow);
addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !shell || document.querySelector("dialog[open]")) return;
  const typing = event.target.closest?.("input, select, textarea");
  if (event.key === "Escape") current?.mounted.escape?.();
  else if (!typing && /^[1-7]$/.test(event.key)) go(VIEWS[Number(event.key) - 1][0]);
  else if (!typing && event.key === "/") {
    const search = shell.main.querySelector("input[type=search]");
    if (search) { event.preventDefault(); search.focus(); }
  }
});

session.known().then((isIn) => (isIn ? start() : logIn()), (error) => { logIn(); note(error.message, true); });
