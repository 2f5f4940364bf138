// How numbers, times and kinds are written.

const two = (n) => String(n).padStart(2, "0");

/** 2026-11-27 16:37:33.123, UTC. */
export function moment(ms) {
  if (!Number.isFinite(ms)) return "";
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? String(ms) : at.toISOString().replace("T", " ").replace("Z", "");
}

/** 16:37:33.123, UTC. */
export const timeOfDay = (ms) => moment(ms).slice(11);

/** 1 d 2 h, 3 m 4 s, 5 ms. */
export function span(ms) {
  const sign = ms < 0 ? "−" : "";
  let left = Math.abs(ms);
  const parts = [];
  for (const [unit, size] of [["d", 86400000], ["h", 3600000], ["m", 60000], ["s", 1000]]) {
    const n = Math.floor(left / size);
    if (n) parts.push(`${n} ${unit}`);
    left -= n * size;
  }
  if (!parts.length) return `${sign}${Math.round(left)} ms`;
  return sign + parts.slice(0, 2).join(" ");
}

/** 46 µs, 1.2 ms. */
export function took(us) {
  if (us < 1000) return `${us} µs`;
  return us < 1000000 ? `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms` : `${(us / 1000000).toFixed(1)} s`;
}

/** An amount as text, with its thousands apart; nothing is rounded. */
export function amount(text) {
  const found = /^(-?)(\d+)(\.\d+)?$/.exec(text ?? "");
  if (!found) return text ?? "";
  const whole = found[2].replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return `${found[1] ? "−" : ""}${whole}${(found[3] ?? "").replace(/\.?0+$/, "")}`;
}

/** USD with two decimals: for headlines. */
export function usd(text) {
  const n = Number(text);
  return text === "" || text === null || text === undefined || !Number.isFinite(n) ? "–"
    : n.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).replaceAll(",", "\u2009");
}

/** A rate as percent. */
export function percent(text) {
  if (text === "" || text === null || text === undefined) return "–";
  const n = Number(text) * 100;
  return `${n.toLocaleString("en-US", { maximumFractionDigits: 2 }).replaceAll(",", "\u2009")} %`;
}

export const count = (n) => Number(n).toLocaleString("en-US").replaceAll(",", "\u2009");

export const KINDS = { 1: "Classic", 3: "UTA 1.0", 4: "UTA 1.0 Pro", 5: "UTA 2.0", 6: "UTA 2.0 Pro" };
export const CLI_KINDS = { 1: "classic", 3: "uta1", 4: "uta1-pro", 5: "uta2", 6: "uta2-pro" };
export const MODES = { REGULAR_MARGIN: "Cross", ISOLATED_MARGIN: "Isolated", PORTFOLIO_MARGIN: "Portfolio" };

/** JSON, indented, as far as it is some. */
export function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A word for a POSIX shell. */
export function quoted(text) {
  const word = String(text);
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
