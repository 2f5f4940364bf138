// The venue's time: how it runs, and the ways to change that.

import { cliOf, curlOf } from "../api.js";
import { actForm, field, note, quietly } from "../act.js";
import { chip, code, h, show } from "../dom.js";
import { moment, span } from "../format.js";

const STEPS = [["1s", 1000, "1 second"], ["1m", 60000, "1 minute"], ["30m", 1800000, "30 minutes"], ["1h", 3600000, "1 hour"], ["8h", 28800000, "8 hours"], ["1d", 86400000, "1 day"]];
const UNITS = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };

/** 1h30m, 90s, 2d: as ms; null: none. */
export function duration(text) {
  if (/^\d+$/.test(text)) return Number(text);
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d)/g)];
  if (!parts.length || parts.map(([all]) => all).join("") !== text) return null;
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit], 0);
}

/** ISO 8601 as ms: UTC unless it says otherwise, whatever zone the browser is in; null: no time. */
export function utc(text) {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))? ?(Z|[+-]\d\d:\d\d)?$/i.exec(text);
  if (!found) return null;
  const [, day, time = "00:00", zone = "Z"] = found;
  const midnight = Date.parse(`${day}T00:00Z`);
  const ms = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  // Some browsers make 2 March of 30 February.
  return Number.isNaN(ms) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day) ? null : ms;
}

export function mount(root, { venue }) {
  const date = h("span", { class: "clock-date" });
  const time = h("span", { class: "clock-time mono" });
  const how = h("p", { class: "clock-how" });
  const ahead = h("p", { class: "muted" });
  const shown = h("div", { class: "clock-same" });
  const acts = {
    freeze: { title: "Freeze", body: { speed: "0" }, words: ["freeze"] },
    run: { title: "Run on", body: { speed: "1" }, words: ["run"] },
    follow: { title: "Follow the machine", method: "DELETE", words: ["follow"] },
  };

  const change = ({ method = "PATCH", body }) => quietly(() => venue.doors.call(method, "clock", body));

  /** What the button that is pointed at, or focused, is elsewhere. */
  function same({ title, method = "PATCH", body, words }) {
    if (shown.dataset.of === title) return;
    shown.dataset.of = title;
    show(shown, h("h4", null, title), code(cliOf(venue.name, ["clock", ...words]), "Command line"),
      code(curlOf(venue.name, { method, path: "clock", ...(body ? { body } : {}) }), "HTTP"));
  }
  const button = (act, kind = "", text = act.title, label = null) => h("button", { type: "button", class: kind, "aria-label": label,
    onpointerenter: () => same(act), onfocus: () => same(act), onclick: () => { same(act); change(act); } }, text);

  let frame = 0;
  let shownText = "";
  function tick() {
    const text = moment(venue.now());
    if (text !== shownText) {
      shownText = text;
      date.textContent = text.slice(0, 10);
      time.textContent = venue.speed ? text.slice(11, 21) : text.slice(11);
    }
    frame = setTimeout(tick, venue.speed ? 100 : 500);
  }
  function told() {
    show(how, !venue.isSet ? chip("the machine's", "good") : venue.speed === 0 ? chip("stands still", "warn") : chip(`${venue.speed} × the machine's`, "accent"));
    const by = venue.now() - Date.now();
    ahead.textContent = Math.abs(by) < 1500 ? "As the machine's clock." : `${span(Math.abs(by))} ${by > 0 ? "ahead of" : "behind"} the machine.`;
  }

  const step = actForm(venue, {
    title: "Step", button: "Step ahead", open: false,
    fields: [field("length", "How far", { value: "1h", hint: "1h30m, 90s, 2d, or ms. Every timer on the way fires at its own time.", required: true })],
    check: ({ length }) => (duration(length) === null ? `${length || "Nothing"} is no length of time: write such as 1h30m or 90s.` : null),
    door: ({ length }) => ({ method: "PATCH", path: "clock", body: { stepMs: duration(length) } }),
    cli: ({ length }) => ["clock", "step", length],
  }, { done: () => note("Stepped.") });
  const speed = actForm(venue, {
    title: "Speed", button: "Set speed", open: false,
    fields: [field("speed", "Times the machine's", { value: "60", inputmode: "decimal", hint: "0: it stands still. At most 1000.", required: true })],
    door: ({ speed: text }) => ({ method: "PATCH", path: "clock", body: { speed: text } }),
    cli: ({ speed: text }) => ["clock", "run", "--speed", text],
  }, { done: () => note("Set.") });
  const set = actForm(venue, {
    title: "Jump", button: "Jump there", open: false,
    fields: [field("time", "Time, UTC", { value: `${moment(Math.ceil(venue.now() / 86400000) * 86400000).slice(0, 10)}T00:00:00Z`, hint: "ISO 8601, ahead of now: time never goes back.", required: true })],
    check: ({ time: text }) => (utc(text) === null ? `${text || "Nothing"} is no time: write such as 2026-01-31T12:00:00Z.` : null),
    door: ({ time: text }) => ({ method: "PATCH", path: "clock", body: { time: utc(text) } }),
    cli: ({ time: text }) => ["clock", "set", new Date(utc(text)).toISOString()],
  }, { done: () => note("Jumped.") });

  show(root,
    h("section", { class: "card clock-face" }, h("div", null, date, time, how, ahead),
      h("div", { class: "acts" }, button(acts.freeze, "primary"), button(acts.run), button(acts.follow))),
    h("section", { class: "card" }, h("h3", null, "Step ahead"),
      h("div", { class: "acts" }, STEPS.map(([words, ms, name]) =>
        button({ title: `Step ahead, ${name}`, body: { stepMs: ms }, words: ["step", words] }, "", `+${words}`, `+${words}: ${name} ahead`)))),
    h("section", { class: "card" }, h("h3", null, "The same without this page"), shown,
      h("p", { class: "muted" }, "Of the button above that is pointed at, or has the focus.")),
    h("div", { class: "cards" },
      h("section", { class: "card" }, h("h3", null, "Any step"), step.element),
      h("section", { class: "card" }, h("h3", null, "Speed"), speed.element),
      h("section", { class: "card" }, h("h3", null, "Jump to"), set.element)),
    h("p", { class: "muted" }, "Signatures are judged on this clock: a client whose clock is the machine's is refused with 10002 when the venue's has gone away from it. ",
      "Interest, upgrades, key expiry and rate windows follow it too."));
  same(acts.freeze);
  venue.addEventListener("clock", told);
  told();
  tick();
  return { stop: () => { clearTimeout(frame); venue.removeEventListener("clock", told); } };
}
