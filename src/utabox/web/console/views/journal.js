// The journal as a timeline, the newest entry first; from each, the account as of there.

import { flat } from "../diff.js";
import { chip, code, complaint, empty, fields, h, icon, show } from "../dom.js";
import { count, moment, timeOfDay } from "../format.js";
import { VirtualList } from "../list.js";
import { throttled } from "../store.js";

const ROW = 34;
const PAGE = 200;
const FIELDS_MAX = 60;
const ENOUGH = 30; // that fill a screen
const SEARCHED = 5000; // entries that the server looks through at once for those of one account

export function mount(root, { venue, args, query, go }) {
  let uid = query.get("uid") ?? "";
  let entries = []; // oldest first
  let oldest = null; // everything after this entry was looked at
  let newest = 0;
  let loading = false;
  let stopped = false;

  const entryAt = (index) => entries[entries.length - 1 - index];
  const total = h("span", { class: "muted" });
  const nothing = h("div");
  const list = new VirtualList({
    label: "Journal, the newest entry first", rowHeight: ROW,
    keyOf: (index) => entryAt(index).seq,
    draw: (index) => cells(entryAt(index)),
    open: (index) => go("journal", [entryAt(index).seq], query),
    wanted: () => { if (!uid) older(); }, // a search goes on when somebody asks for it
  });

  const page = (after, limit) => venue.doors.get(`journal?after=${after}&limit=${limit}${uid ? `&uid=${encodeURIComponent(uid)}` : ""}`);

  /** All entries in (after, upto], however many pages that takes. */
  async function between(after, upto) {
    const found = [];
    while (after < upto) {
      const { entries: some, upto: reached } = await page(after, 500);
      found.push(...some.filter(({ seq }) => seq <= upto));
      if (reached <= after) break;
      after = reached;
    }
    return found;
  }

  async function newer() {
    if (loading || stopped || oldest === null) return;
    loading = true;
    try {
      const upto = venue.seq;
      if (upto < newest) { await restart(); return; }
      const some = await between(newest, upto);
      newest = upto;
      entries.push(...some);
      list.update(entries.length, some.length);
      told();
    } catch (error) {
      show(nothing, complaint(error));
    } finally {
      loading = false;
      if (newest < venue.seq) soon();
    }
  }

  async function older() {
    if (loading || stopped || !oldest) return;
    loading = true;
    told();
    try {
      const upto = oldest;
      const after = Math.max(0, upto - (uid ? SEARCHED : PAGE));
      const some = await between(after, upto);
      oldest = after;
      entries.unshift(...some);
      list.update(entries.length);
      told();
    } catch (error) {
      show(nothing, complaint(error));
    } finally {
      loading = false;
      told();
      if (newest < venue.seq) soon(); // what came meanwhile
    }
    if (oldest && entries.length < ENOUGH && !uid) older();
  }

  async function restart() {
    entries = [];
    newest = oldest = venue.seq;
    list.redraw();
    list.update(0);
    loading = false;
    await older();
    told();
  }

  function told() {
    total.textContent = `${count(venue.seq)} entries${uid ? ` · ${count(entries.length)} of ${uid}${oldest ? ` since ${oldest + 1}` : ""}` : ""}`;
    const further = uid && oldest > 0 && !loading && h("button", { type: "button", onclick: () => older() }, `Look through ${count(Math.min(SEARCHED, oldest))} more`);
    show(nothing,
      entries.length || loading ? null : empty("No entry", uid ? `None of the ${count(newest - (oldest ?? 0))} newest entries is of ${uid}.` : "Nothing has happened yet."),
      further && h("p", { class: "further" }, h("span", { class: "muted" }, `Looked through back to entry ${count(oldest + 1)}.`), further));
  }

  const byUid = h("input", { type: "search", class: "narrow", placeholder: "UID", value: uid, "aria-label": "Account", inputmode: "numeric",
    onchange: (event) => { uid = event.target.value.replace(/\D/g, ""); go("journal", [], new URLSearchParams(uid ? { uid } : {}), true); restart(); } });
  const detail = h("section", { class: "detail", "aria-label": "Entry" });
  const pane = h("div", { class: "split journal" },
    h("section", { class: "split-list", "aria-label": "All entries" },
      h("div", { class: "row-head", "aria-hidden": "true" }, ["Entry", "Time (UTC)", "Account", "What"].map((name) => h("span", null, name))),
      list.element, nothing), detail);
  show(root, h("div", { class: "bar" }, byUid, h("span", { class: "spring" }), total), pane);

  let opened = null;
  async function open(seq) {
    pane.classList.toggle("is-open", Boolean(seq));
    if (!seq) {
      show(detail, h("div", { class: "detail-none" }, empty("Open an entry", "What was wished, what followed, and the account as of there.")));
      return;
    }
    if (!/^[1-9]\d{0,14}$/.test(seq)) {
      show(detail, complaint(new Error(`There is no entry ${seq.slice(0, 40)}: entries have numbers, from 1 on.`)));
      return;
    }
    list.active = Number(seq);
    list.redraw();
    try {
      const { entries: [entry] } = await venue.doors.get(`journal?after=${Number(seq) - 1}&limit=1`);
      if (opened !== seq) return;
      if (!entry) throw new Error(`There is no entry ${seq}.`);
      show(detail, detailOf(venue, entry, () => go("journal", [], query)));
      detail.scrollTop = 0;
      detail.querySelector("h2")?.focus({ preventScroll: true });
    } catch (error) {
      if (opened === seq) show(detail, complaint(error));
    }
  }

  const soon = throttled(newer, 200);
  venue.addEventListener("moved", soon);
  venue.addEventListener("cut", restart);
  if (venue.seq) restart();
  else venue.addEventListener("moved", restart, { once: true });
  opened = args[0];
  open(opened);
  return {
    update: (next) => { if (next.args[0] !== opened) { opened = next.args[0]; open(opened); } },
    stop: () => { stopped = true; venue.removeEventListener("moved", soon); venue.removeEventListener("moved", restart); venue.removeEventListener("cut", restart); soon.stop(); list.stop(); },
    escape: () => { if (opened) { go("journal", [], query); list.element.focus(); } },
  };
}

function cells(entry) {
  return [
    h("span", { class: "mono cell-seq" }, String(entry.seq)),
    h("span", { class: "mono muted cell-time" }, timeOfDay(entry.time)),
    h("span", { class: "mono cell-who" }, entry.uid ? String(entry.uid) : "–"),
    h("span", { class: "cell-call" }, h("b", { class: "mono" }, entry.command), " ", h("span", { class: "muted" }, inShort(entry))),
  ];
}

const DULL = new Set(["uid"]);

/** What an entry says, in the few words that a row has room for. */
function inShort({ fields: given }) {
  return [...flat(given)].filter(([name, value]) => !DULL.has(name) && !["", "null", "false", "0"].includes(value))
    .slice(0, 5).map(([name, value]) => `${name} ${value}`).join(" · ");
}

function detailOf(venue, entry, close) {
  const uids = [...new Set([entry.uid, ...entry.events.map((event) => event.uid)].filter(Boolean))].slice(0, 12);
  return [
    h("div", { class: "detail-head" },
      h("div", { class: "detail-title" }, h("h2", { class: "mono", tabindex: "-1" }, entry.command),
        h("p", { class: "muted" }, `Entry ${entry.seq} · ${moment(entry.time)} UTC`)),
      h("button", { class: "quiet square", type: "button", "aria-label": "Close this entry", onclick: close }, icon("close"))),
    uids.length > 0 && h("section", { class: "block" }, h("h3", null, "Show the account as of here"),
      h("p", { class: "see-also" }, uids.map((uid) => h("a", { class: "button", href: `#/${venue.name}/accounts/${uid}/at/${entry.seq}` }, icon("past", String(uid)))))),
    h("section", { class: "block" }, h("h3", null, "What was wished"), record(entry.fields)),
    h("section", { class: "block" }, h("h3", null, entry.events.length === 1 ? "What followed" : `What followed: ${entry.events.length} events`),
      entry.events.slice(0, 200).map((event) => h("div", { class: "event" },
        h("p", null, chip(event.tag, "accent"), event.uid ? h("a", { class: "mono", href: `#/${venue.name}/accounts/${event.uid}` }, ` ${event.uid}`) : null), record(event.fields))),
      entry.events.length > 200 && h("p", { class: "muted" }, `and ${entry.events.length - 200} more`)),
    h("details", { class: "same" }, h("summary", null, "The same without this page"),
      code(`curl -H "Authorization: Bearer $UTABOX_TOKEN" '${location.origin}${venue.doors.base}/-/journal?after=${entry.seq - 1}&limit=1'`, "HTTP")),
  ];
}

function record(given) {
  const told = [...flat(given)].filter(([, value]) => value !== "null" && value !== "");
  if (!told.length) return h("p", { class: "muted" }, "Nothing more is said.");
  return fields(told.slice(0, FIELDS_MAX).map(([name, value]) => [name, h("span", { class: "mono" }, value)])
    .concat(told.length > FIELDS_MAX ? [["…", `and ${told.length - FIELDS_MAX} more`]] : []));
}
