// Pictures: an account's worth and margin over time, and what the requests look like.

import { at } from "../api.js";
import { barChart, legend, lineChart, ranking, ticks } from "../chart.js";
import { complaint, empty, h, show } from "../dom.js";
import { amount, count, moment, percent, timeOfDay, took, usd } from "../format.js";
import { causeOf, throttled } from "../store.js";

const BUCKETS = 60;
const POINTS = 200;
const CHOICES = 500;

export function mount(root, { venue, args, go }) {
  let uid = args[0] ?? "";
  let points = [];
  let loading = false;
  const chosen = h("select", { "aria-label": "Account", onchange: () => go("pictures", [chosen.value]) });
  const cut = h("span", { class: "muted" });
  const worth = h("div");
  const calls = h("div");

  async function accounts() {
    try {
      const known = await venue.listed();
      if (!uid && known.length) uid = String(known[0].uid);
      const some = known.slice(0, CHOICES).map((account) => String(account.uid));
      if (uid && !some.includes(uid)) some.unshift(uid);
      show(chosen, some.map((each) => h("option", { value: each, selected: each === uid }, each)));
      show(cut, known.length > CHOICES && `The first ${CHOICES}; for another, follow “Its pictures” of the account.`);
      await load(true);
    } catch (error) {
      show(worth, complaint(error));
    }
  }

  async function load(anew = false) {
    if (loading || !uid) return;
    loading = true;
    try {
      const after = anew || !points.length ? 0 : points[points.length - 1].seq;
      if (after && after >= venue.seq) return;
      const some = await venue.doors.get(`${at("accounts", uid, "worth")}?limit=${after ? 20 : POINTS}${after ? `&after=${after}` : ""}`);
      points = after ? [...points, ...some].slice(-2000) : some;
      drawWorth();
    } catch (error) {
      show(worth, complaint(error));
    } finally {
      loading = false;
    }
  }

  function drawWorth() {
    if (!points.length) { show(worth, empty("Nothing yet", "The account has no money, and its journal tells of none.")); return; }
    const now = points[points.length - 1];
    const begun = points.findIndex((point) => Number(point.equity) !== 0); // before that there is nothing to see
    const held = [...points.slice(Math.max(0, begun)), { ...now, time: Math.max(venue.now(), now.time) }];
    const first = held[0].time;
    const short = held[held.length - 1].time - first < 86400000;
    const writeX = (ms) => (short ? moment(ms).slice(11, 19) : moment(ms).slice(5, 16));
    const line = (name, kind, of) => ({ name, kind, points: held.filter((point) => of(point) !== "").map((point) => [point.time, Number(of(point))]) });
    const rates = [line("Initial margin rate", "one", (point) => point.imRate), line("Maintenance margin rate", "two", (point) => point.mmRate)].filter(({ points: some }) => some.length > 1);
    const equity = line("Equity", "one", (point) => point.equity);
    const coins = Object.entries(now.coins).sort(([, a], [, b]) => Number(b) - Number(a));
    show(worth, h("div", { class: "pictures" },
      picture("Equity", `${usd(now.equity)} USD`, lineChart({ label: `Equity of ${uid} over time: ${usd(held[0].equity)} USD at first, ${usd(now.equity)} USD now`, lines: [equity], x: writeX, y: (n) => compact(n), steps: true })),
      picture("Margin rates", rates.length ? `${percent(now.imRate)} initial · ${percent(now.mmRate)} maintenance` : "none in isolated margin",
        rates.length ? h("div", null, lineChart({ label: `Margin rates of ${uid}: initial ${percent(now.imRate)}, maintenance ${percent(now.mmRate)} now`, lines: rates, x: writeX, y: (n) => `${compact(n * 100)} %`, steps: true, fromZero: true }), legend(rates)) : null),
      picture("Balances by coin", "equity, USD", coins.length ? ranking(coins.slice(0, 12).map(([coin, value]) => [coin, Number(value), usd(value)]), "one") : null)));
  }

  function drawCalls() {
    const some = venue.calls;
    if (!some.length) { show(calls, empty("No request yet", "The rate, the times taken and the refusals come with the first.")); return; }
    show(calls, h("div", { class: "pictures" }, rate(some), latency(some), refusals(some)));
  }

  function rate(some) {
    const end = Math.max(venue.now(), some[some.length - 1].time);
    const span = Math.max(60000, Math.min(3600000, end - some[0].time));
    const size = [1000, 5000, 10000, 30000, 60000].find((ms) => span / ms <= BUCKETS) ?? 60000;
    const last = Math.floor(end / size);
    const counts = new Array(BUCKETS).fill(0);
    for (let i = some.length - 1; i >= 0; i--) {
      const back = last - Math.floor(some[i].time / size);
      if (back >= BUCKETS) break;
      if (back >= 0) counts[BUCKETS - 1 - back]++;
    }
    const bars = counts.map((n, i) => { const from = (last - BUCKETS + 1 + i) * size; return [timeOfDay(from).slice(0, 8), n, `${timeOfDay(from).slice(0, 8)}: ${n} requests`]; });
    const most = Math.max(...counts);
    return picture("Request rate", `per ${size / 1000} s · at most ${count(most)}`, barChart({ label: `Requests per ${size / 1000} s over the last ${Math.round(BUCKETS * size / 60000)} minutes, at most ${most}`, bars, y: compact, every: 15, kind: "one" }));
  }

  function latency(some) {
    const recent = some.slice(-20000).map((entry) => entry.tookMicroseconds);
    const bounds = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000, Infinity];
    const counts = bounds.map(() => 0);
    for (const us of recent) counts[bounds.findIndex((bound) => us <= bound)]++;
    const names = bounds.map((bound) => (bound === Infinity ? "more" : `${took(bound)}`));
    const sorted = Float64Array.from(recent).sort();
    const at = (part) => took(Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]));
    return picture("Time taken", `median ${at(0.5)} · 99 % within ${at(0.99)}`, barChart({ label: `Time that the server took: median ${at(0.5)}, 99 percent within ${at(0.99)}`,
      bars: counts.map((n, i) => [names[i].replace(" ", "\u00a0"), n, `up to ${names[i]}: ${n}`]), y: compact, every: 2, kind: "two" }));
  }

  function refusals(some) {
    const causes = new Map();
    for (const entry of some) {
      const cause = causeOf(entry);
      if (!cause) continue;
      const known = causes.get(cause) ?? [0, ""];
      causes.set(cause, [known[0] + 1, known[1] || entry.retMsg]);
    }
    const rows = [...causes].sort(([, [a]], [, [b]]) => b - a).slice(0, 12);
    const total = rows.reduce((sum, [, [n]]) => sum + n, 0);
    return picture("Refusals by cause", `${count(total)} of ${count(some.length)}`, rows.length ? ranking(rows.map(([cause, [n, text]]) =>
      [cause === "fault" ? "A fault met an answer that was fine" : `${cause} ${text}`, n, count(n), () => go("requests", [], new URLSearchParams(cause === "fault" ? { refused: "1" } : { refused: "1", code: cause }))]), "bad")
      : h("p", { class: "muted" }, "Nothing was refused."));
  }

  show(root, h("div", { class: "bar" }, h("label", { class: "inline-label" }, h("span", null, "Account"), chosen), cut), worth, h("h2", { class: "section" }, "Requests"), calls);
  const soonWorth = throttled(() => load(), 2000);
  const soonCalls = throttled(drawCalls, 1000);
  const timer = setInterval(drawCalls, 5000);
  venue.addEventListener("moved", soonWorth);
  venue.addEventListener("calls", soonCalls);
  const anew = () => { points = []; load(true); drawCalls(); };
  venue.addEventListener("cut", anew);
  accounts();
  drawCalls();
  return {
    update: (next) => { if ((next.args[0] ?? "") !== uid && next.args[0]) { uid = next.args[0]; chosen.value = uid; points = []; load(true); } return true; },
    stop: () => { clearInterval(timer); soonWorth.stop(); soonCalls.stop(); venue.removeEventListener("moved", soonWorth); venue.removeEventListener("calls", soonCalls); venue.removeEventListener("cut", anew); },
  };
}

function picture(title, said, drawn) {
  return h("figure", { class: "card picture" }, h("figcaption", null, h("h3", null, title), h("span", { class: "muted" }, said)), drawn ?? h("p", { class: "muted" }, "Nothing to draw yet."));
}

/** 1.2k, 3.4M. */
function compact(n) {
  const size = Math.abs(n);
  if (size >= 1e9) return `${trim(n / 1e9)}G`;
  if (size >= 1e6) return `${trim(n / 1e6)}M`;
  if (size >= 1e3) return `${trim(n / 1e3)}k`;
  return trim(n);
}
const trim = (n) => String(Number(n.toPrecision(3)));
