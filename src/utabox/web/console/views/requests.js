// What came in, as it comes, and one of the calls in full.

import { at } from "../api.js";
import { changes, changesTable, diffView } from "../diff.js";
import { chip, code, complaint, copyButton, empty, fields, h, icon, show } from "../dom.js";
import { count, moment, pretty, quoted, timeOfDay, took } from "../format.js";
import { VirtualList } from "../list.js";
import { causeOf, opOf, refused, throttled } from "../store.js";

const ROW = 34;

/** Where the API explorer has an endpoint: METHOD path -> its page. Asked for once, when needed. */
let pages = null;
async function explorerPage(method, path) {
  pages ??= fetch("/docs/api-explorer/data.json").then((reply) => reply.json())
    .then((data) => new Map(Object.entries(data.pages).map(([page, call]) => [call, page]))).catch(() => new Map());
  return (await pages).get(`${method} ${path}`);
}

function explorerLink(entry) {
  const place = h("span");
  explorerPage(entry.method, entry.path).then((page) => page && show(place, h("a", { href: `/docs/api-explorer/v5/${page}` }, "Try it in the API explorer")));
  return place;
}

export function mount(root, { venue, args, query, go }) {
  const wanted = { refused: query.get("refused") === "1", uid: query.get("uid") ?? "", path: query.get("path") ?? "", code: query.get("code") ?? "" };
  let shown = [];
  let seen = 0; // calls of the venue that were looked at for `shown`
  let paused = false;

  const total = h("span", { class: "muted", "aria-live": "off" });
  const missed = h("span", { class: "muted" });
  const list = new VirtualList({
    label: "Requests, the newest first", rowHeight: ROW,
    keyOf: (index) => entryAt(index).number,
    classOf: (index) => (refused(entryAt(index)) ? "is-refused" : ""),
    draw: (index) => cells(entryAt(index)),
    open: (index) => go("requests", [entryAt(index).number], query),
    wanted: () => older(),
  });
  const entryAt = (index) => shown[shown.length - 1 - index];
  const nothing = h("div");

  const fits = (entry) => (!wanted.refused || refused(entry))
    && (!wanted.uid || String(entry.uid) === wanted.uid || entry.apiKey === wanted.uid)
    && (!wanted.path || entry.path.includes(wanted.path))
    && (!wanted.code || String(entry.retCode ?? causeOf(entry)) === wanted.code);

  function refilter() {
    shown = venue.calls.filter(fits);
    seen = venue.lastNumber;
    list.redraw();
    list.update(shown.length);
    told();
  }

  async function older() {
    if (!paused && await venue.older()) refilter();
  }

  function take({ detail: fresh }) {
    if (paused) return told();
    if (!fresh) return told();
    const fitting = fresh.filter(fits);
    shown.push(...fitting);
    const over = shown.length - venue.calls.length;
    if (over > 0) shown.splice(0, over);
    seen = venue.lastNumber;
    list.update(shown.length, fitting.length);
    told();
  }

  function told() {
    const filtered = Object.values(wanted).some(Boolean);
    total.textContent = filtered ? `${count(shown.length)} of ${count(venue.calls.length)}` : `${count(shown.length)} requests`;
    const waiting = paused ? venue.lastNumber - seen : 0;
    missed.textContent = waiting ? `${count(waiting)} new` : venue.missed ? `${count(venue.missed)} came too fast to be shown` : "";
    if (!shown.length) older();
    show(nothing, shown.length ? null : filtered && venue.calls.length
      ? empty("Nothing fits", "No request of this venue fits these filters.")
      : empty("No request yet", "Point a client at ", h("code", null, location.origin + venue.doors.base), ", or send one: ",
        h("code", null, "utabox get /v5/account/info")));
  }

  function keep() {
    const kept = new URLSearchParams();
    for (const [name, value] of Object.entries(wanted)) if (value) kept.set(name, value === true ? "1" : value);
    go("requests", args, kept, true);
    refilter();
  }

  const onlyRefused = h("input", { type: "checkbox", checked: wanted.refused, onchange: (event) => { wanted.refused = event.target.checked; keep(); } });
  const byPath = h("input", { type: "search", placeholder: "/v5/…", value: wanted.path, "aria-label": "Path contains", spellcheck: "false",
    oninput: (event) => { wanted.path = event.target.value.trim(); keep(); } });
  const byUid = h("input", { type: "search", class: "narrow", placeholder: "UID or key", value: wanted.uid, "aria-label": "Account or key", spellcheck: "false",
    oninput: (event) => { wanted.uid = event.target.value.trim(); keep(); } });
  const byCode = h("input", { type: "search", class: "narrower", placeholder: "retCode", value: wanted.code, "aria-label": "retCode", spellcheck: "false",
    oninput: (event) => { wanted.code = event.target.value.trim(); keep(); } });
  const pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", paused);
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) refilter();
    else told();
  } }, "Pause");

  const detail = h("section", { class: "detail", "aria-label": "Request" });
  const pane = h("div", { class: "split" },
    h("section", { class: "split-list", "aria-label": "All requests" },
      h("div", { class: "row-head", "aria-hidden": "true" }, ["Time (UTC)", "Account", "Call", "Answer", "Took"].map((name) => h("span", null, name))),
      list.element, nothing),
    detail);
  show(root, h("div", { class: "bar" },
    h("label", { class: "switch" }, onlyRefused, h("span", null, "Refused only")), byPath, byUid, byCode,
    h("span", { class: "spring" }), missed, total, pause), pane);

  let request = null;
  async function open(number) {
    pane.classList.toggle("is-open", Boolean(number));
    if (!number) {
      show(detail, h("div", { class: "detail-none" }, empty("Open a request", "What was signed, why it was refused, and what it changed.")));
      return;
    }
    list.active = Number(number);
    list.redraw();
    const close = () => go("requests", [], query);
    try {
      const known = venue.calls.find((entry) => entry.number === Number(number) && !entry.slim);
      const entry = await venue.doors.get(at("requests", number)).catch((error) => { if (known) return known; throw error; });
      if (request !== number) return;
      show(detail, detailOf(venue, entry, close));
      detail.scrollTop = 0;
      detail.querySelector("h2")?.focus({ preventScroll: true });
    } catch (error) {
      if (request === number) show(detail, h("div", { class: "detail-head" }, backButton(close)), complaint(error));
    }
  }

  venue.addEventListener("calls", take);
  venue.addEventListener("cut", refilter);
  refilter();
  request = args[0];
  open(args[0]);
  return {
    update: (next) => { if (next.args[0] !== request) { request = next.args[0]; open(request); } },
    stop: () => { venue.removeEventListener("calls", take); venue.removeEventListener("cut", refilter); list.stop(); },
    escape: () => { if (request) { go("requests", [], query); list.element.focus(); } },
  };
}

function cells(entry) {
  return [
    h("span", { class: "mono muted cell-time" }, timeOfDay(entry.time)),
    h("span", { class: "mono cell-who" }, entry.uid ? String(entry.uid) : entry.apiKey || "–"),
    h("span", { class: "mono cell-call" }, h("b", { class: `verb verb-${entry.method.toLowerCase().replace(/[^a-z]/g, "")}` }, entry.method || "?"), " ", entry.path,
      entry.query ? h("span", { class: "muted" }, `?${entry.query}`) : null, opOf(entry) ? h("span", { class: "muted" }, ` ${opOf(entry)}`) : null),
    h("span", { class: "cell-answer" }, answerChip(entry)),
    h("span", { class: "mono muted cell-took" }, took(entry.tookMicroseconds)),
  ];
}

function answerChip(entry) {
  const fine = entry.retCode === 0;
  const text = fine ? "OK" : causeOf(entry);
  return chip(text, !fine ? "bad" : entry.why ? "warn" : "good");
}

const backButton = (close) => h("button", { class: "quiet square", type: "button", "aria-label": "Close this request", onclick: close }, icon("close"));

/** One call, in full. */
function detailOf(venue, entry, close) {
  const details = entry.why?.details ?? {};
  return [
    h("div", { class: "detail-head" },
      h("div", { class: "detail-title" },
        h("h2", { class: "mono", tabindex: "-1" }, entry.method, " ", entry.path),
        h("p", { class: "detail-answer" }, answerChip(entry), " ", h("span", null, entry.retMsg || (entry.retCode === 0 ? "OK" : "no envelope"))),
        h("p", { class: "muted detail-facts" }, h("span", null, `no. ${entry.number}`), h("span", null, `${moment(entry.time)} UTC`), h("span", null, took(entry.tookMicroseconds)), explorerLink(entry))),
      backButton(close)),
    entry.why && whyCard(entry.why),
    details.signed_text && h("section", { class: "block" }, h("h3", null, details.client_text ? "The signature" : "What was signed"),
      !details.client_text && code(details.signed_text, "The text that the signature must cover, as the server read it"),
      fields(Object.entries(details).filter(([name]) => !["signed_text", "client_text"].includes(name)).map(([name, value]) => [DETAILS[name] ?? name, h("span", { class: "mono" }, value)]))),
    !details.signed_text && signedText(entry),
    !details.signed_text && Object.keys(details).length > 0 && h("section", { class: "block" }, h("h3", null, "In numbers"),
      fields(Object.entries(details).map(([name, value]) => [DETAILS[name] ?? name, h("span", { class: "mono" }, value)]))),
    stateBlock(venue, entry),
    h("section", { class: "block" }, h("h3", null, "Request"),
      entry.query && code(entry.query, "Query string"),
      entry.body && code(pretty(entry.body), "Body"),
      fields([
        ["Account", entry.uid ? h("a", { href: `#/${venue.name}/accounts/${entry.uid}` }, String(entry.uid)) : ""],
        ["API key", entry.apiKey && h("span", { class: "mono" }, entry.apiKey)],
        ["Signature", { checked: "checked", unchecked: "not checked: the key was adopted", none: "none" }[entry.signature]],
        ["From", entry.peer],
        ...Object.entries(entry.headers).map(([name, value]) => [name, h("span", { class: "mono" }, value)]),
      ])),
    h("details", { class: "same" }, h("summary", null, "The same without this page"),
      code(`utabox requests${entry.headers["cdn-request-id"] ? ` --request-id ${quoted(entry.headers["cdn-request-id"])}` : refused(entry) ? " --refused" : ""}`, "Command line"),
      code(`curl -H "Authorization: Bearer $UTABOX_TOKEN" ${location.origin}${venue.doors.base}/-/requests/${entry.number}`, "HTTP")),
  ];
}

const DETAILS = {
  mistake: "Mistake", signature: "Signature", first_difference: "First difference", text_epoch: "Texts of",
  timestamp: "Timestamp", recv_window: "Window", server_time: "Server's time", silent: "Silent topics",
};

function whyCard(why) {
  const text = () => `${why.rule}\nExpected: ${why.expected}\nSeen: ${why.seen}\n${why.hint}`;
  return h("section", { class: "why", "aria-label": "Why" },
    h("div", { class: "why-head" }, h("h3", null, "Why"), copyButton(text, "Copy why")),
    h("p", { class: "why-seen" }, why.seen),
    h("p", { class: "why-hint" }, why.hint),
    why.details?.client_text && h("div", { class: "why-diff" }, diffView(why.details.signed_text, why.details.client_text)),
    h("dl", { class: "why-more" },
      h("div", null, h("dt", null, "Rule"), h("dd", null, why.rule)),
      h("div", null, h("dt", null, "Expected"), h("dd", { class: "break" }, why.expected))));
}

/** The parts of what a signed call signs, from what the log knows. */
function signedText(entry) {
  const stamp = entry.headers["x-bapi-timestamp"];
  if (!stamp || !entry.apiKey) return null;
  const window = entry.headers["x-bapi-recv-window"] ?? "";
  const payload = entry.method === "GET" ? entry.query : entry.body;
  const parts = [["timestamp", stamp], ["key", entry.apiKey], ["window", window], ["payload", payload]];
  return h("section", { class: "block" }, h("h3", null, "What is signed"),
    h("pre", { class: "code wrap", tabindex: "0", role: "group", "aria-label": "The signed text" }, parts.map(([name, text]) => text && h("span", { class: `part part-${name}`, title: name }, text))),
    h("p", { class: "legend" }, parts.map(([name, text]) => text && h("span", null, h("i", { class: `swatch part-${name}` }), name))));
}

/** What the call changed, asked for only when its account is known. */
function stateBlock(venue, entry) {
  if (!entry.uid) return null;
  const { seqBefore, seqAfter, uid } = entry;
  const link = (seq, text) => h("a", { href: `#/${venue.name}/accounts/${uid}/at/${seq}` }, text);
  const body = h("div", null, h("p", { class: "muted" }, "…"));
  const block = h("section", { class: "block" }, h("h3", null, "What it changed"), body);
  if (seqBefore === seqAfter) {
    show(body, h("p", null, "Nothing: no entry was made. ", link(seqAfter, "The account as it was then"), "."));
    return block;
  }
  (async () => {
    try {
      const [before, after] = [await venue.doors.get(at("accounts", uid, "at", seqBefore)).catch(() => null),
        await venue.doors.get(at("accounts", uid, "at", seqAfter))];
      const changed = changes(before ? essence(before) : {}, essence(after));
      show(body,
        h("p", null, seqAfter - seqBefore === 1 ? "Entry " : "Entries ", h("a", { href: `#/${venue.name}/journal/${seqAfter}` }, seqAfter - seqBefore === 1 ? String(seqAfter) : `${seqBefore + 1}–${seqAfter}`),
          " · the account ", link(seqBefore, "before"), " and ", link(seqAfter, "after"), " it"),
        changed.length ? changesTable(changed) : h("p", null, "Nothing of this account."));
    } catch (error) {
      show(body, complaint(error));
    }
  })();
  return block;
}

/** What of a moment is compared: each thing once. */
function essence({ account, info, wallet, keys }) {
  const { coins, totalEquityUsd, marginMode, updatedTime, ...rest } = account;
  return { info, wallet: wallet ?? { coins, totalEquityUsd }, account: rest, keys };
}
