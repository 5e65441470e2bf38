// What the reports' pages share: numbers in words, and charts as SVG.
const D = JSON.parse(document.getElementById("data").textContent), $ = id => document.getElementById(id);
const esc = t => String(t).replace(/[&<>"]/g, c => ({ "&":"&amp;", "<":"&lt;", ">":"&gt;", '"':"&quot;" }[c]));
const has = v => v !== null && v !== undefined;
const num = (v, d) => has(v) ? v.toFixed(d).replace("-", "−") : "–";
const sig = (v, n = 3) => !has(v) ? "–" : Math.abs(v) >= 10 ** n ? Math.round(v).toLocaleString("en-US").replace("-", "−") : String(+v.toPrecision(n)).replace("-", "−");
const int = v => has(v) ? Math.round(v).toLocaleString("en-US") : "–";
const pm = (v, e) => { if (!has(v)) return "–"; if (!has(e) || !(e > 0)) return `${num(v, 2)} ± –`; const d = Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(e)))); return `${num(v, d)} ± ${e.toFixed(d)}`; };
const time = ps => !has(ps) ? "–" : ps >= 1e6 ? `${sig(ps / 1e6)} µs` : ps >= 1e3 ? `${sig(ps / 1e3)} ns` : `${sig(ps)} ps`;
const ceilTo = (v, s) => Math.ceil(v / s - 1e-9) * s;
function ticks(lo, hi, n) {
  const raw = (hi - lo) / n, mag = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 2.5, 5, 10].map(m => m * mag).find(s => s >= raw - 1e-12 * mag), out = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) out.push(k * step);
  return { at: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (Math.abs(step / mag - 2.5) < 1e-9 && mag < 10 ? 1 : 0)) };
}
// what "save" writes as CSV: a table for each chart or HTML table that has one, by its number
const tables = [];
const keep = table => table ? ` data-table="${tables.push(table) - 1}"` : "";
// the head of a picture: what it is, for those who cannot see it
let pictures = 0;
const picture = (w, h, title, desc, table) => `<svg class="chart" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="p${++pictures} d${pictures}"${keep(table)}>` +
  `<title id="p${pictures}">${esc(title)}</title><desc id="d${pictures}">${esc(desc)}</desc>`;
const legendOf = items => `<div class="legend">${items.map(([color, text]) => `<span><i style="background:${color}"></i>${esc(text)}</span>`).join("")}</div>`;
// o: w h x[2] y[2] xlabel ylabel draw(X,Y) degrees; title desc table (head and rows, for CSV)
function plot(o) {
  const n = (v, d) => (Math.abs(v) < 1e-12 ? 0 : v).toLocaleString("en-US", { minimumFractionDigits: d, maximumFractionDigits: d }).replace("-", "−");
  const tx = o.degrees ? { at: o.degrees, digits: 0 } : ticks(o.x[0], o.x[1], 6), ty = ticks(o.y[0], o.y[1], 4);
  const W = o.w || 600, Hh = o.h || 240, T = o.top || 8, B = 38, Rr = 18, L = o.left || 35 + 6.6 * Math.max(2, ...ty.at.map(v => n(v, ty.digits).length));
  const X = v => L + (W - L - Rr) * (v - o.x[0]) / (o.x[1] - o.x[0] || 1), Y = v => Hh - B - (Hh - B - T) * (v - o.y[0]) / (o.y[1] - o.y[0] || 1);
  const from = (v, t) => `${n(t.at[0], t.digits)} to ${n(t.at[t.at.length - 1], t.digits)}`;
  const desc = o.desc || `${o.ylabel ? `${o.ylabel}, axis ${from(o.y, ty)}; ` : ""}${o.xlabel}, axis ${from(o.x, tx)}`;
  return picture(W, Hh, o.title || (o.ylabel ? `${o.ylabel} against ${o.xlabel}` : o.xlabel), desc, o.table) + `
    ${ty.at.map(v => `<path class="axis" d="M${L} ${Y(v)}H${W - Rr}"/><text x="${L - 7}" y="${Y(v) + 4}" text-anchor="end">${n(v, ty.digits)}</text>`).join("")}
    ${tx.at.map(v => `<path class="axis" d="M${X(v)} ${Hh - B}v4"/><text x="${X(v)}" y="${Hh - B + 16}" text-anchor="middle">${n(v, tx.digits)}</text>`).join("")}
    <path class="frame" d="M${L} ${T}V${Hh - B}H${W - Rr}"/>${o.draw(X, Y)}
    <text class="label" x="${(L + W - Rr) / 2}" y="${Hh - 5}" text-anchor="middle">${esc(o.xlabel)}</text>
    <text class="label" transform="translate(13 ${(T + Hh - B) / 2}) rotate(-90)" text-anchor="middle">${esc(o.ylabel)}</text></svg>`;
}
const turn = [-180, -120, -60, 0, 60, 120, 180], quarters = [-180, -90, 0, 90, 180];
function line(X, Y, xs, ys, color, width = 1.8) {
  let d = "", pen = false;
  ys.forEach((y, i) => { if (!has(y)) { pen = false; return; } d += `${pen ? "L" : "M"}${X(xs[i]).toFixed(1)} ${Y(y).toFixed(1)}`; pen = true; });
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linejoin="round"/>`;
}
function band(X, Y, xs, lo, hi, color, opacity = .16) {
  const runs = []; let run = [];
  xs.forEach((_, i) => { if (has(lo[i]) && has(hi[i])) run.push(i); else if (run.length) { runs.push(run); run = []; } });
  if (run.length) runs.push(run);
  return runs.map(r => `<path d="M${r.map(i => `${X(xs[i]).toFixed(1)} ${Y(hi[i]).toFixed(1)}`).join("L")}L${[...r].reverse().map(i => `${X(xs[i]).toFixed(1)} ${Y(lo[i]).toFixed(1)}`).join("L")}Z" fill="${color}" opacity="${opacity}"/>`).join("");
}
const range = (values, pad = .06) => { const f = values.filter(has); if (!f.length) return [0, 1]; let lo = Infinity, hi = -Infinity; for (const v of f) { lo = Math.min(lo, v); hi = Math.max(hi, v); } const p = (hi - lo || Math.abs(hi) * .01 || 1) * pad; return [lo - p, hi + p]; };
const section = (cls, title, body, id = "") => `<section class="${cls}"${id ? ` id="${id}"` : ""}>${title ? `<h2>${esc(title)}</h2>` : ""}${body}</section>`;
const stops = [[13, 42, 84], [11, 110, 138], [76, 165, 160], [190, 215, 160], [250, 240, 205]];
const tone = f => { const p = Math.min(.9999, Math.max(0, f)) * (stops.length - 1), i = Math.floor(p), t = p - i; return stops[i].map((v, k) => Math.round(v + t * (stops[i + 1][k] - v))); };
// the end of the colours: up to 20 kJ/mol, in steps of 5; of a unit of so many kJ/mol up to 5, in steps of 1
const mapTop = (maps, per = 1) => { const step = per > 1 ? 1 : 5; return Math.min(per > 1 ? 5 : 20, Math.max(step, ceilTo(Math.max(...maps.flatMap(m => m.filter(has)), 1 / per), step))); };
const degrees = a => String(a).replace("-", "−");
// F over two torsions on n x n bins from -180 degrees, x running fastest; o: title values top xlabel ylabel caption attributes unit (kJ/mol)
function heatMap(o) {
  const unitName = o.unit || "kJ/mol", of = unitName.replace("/mol", "");
  const n = Math.round(Math.sqrt(o.values.length)), angle = b => -180 + 360 * (b + .5) / n;
  const canvas = document.createElement("canvas"); canvas.width = canvas.height = n;
  const g = canvas.getContext("2d"), image = g.createImageData(n, n);
  o.values.forEach((f, i) => {
    if (has(f)) image.data.set([...tone(f / o.top), 255], 4 * ((n - 1 - Math.floor(i / n)) * n + i % n));
  });
  g.putImageData(image, 0, 0);
  const W = 436, S = 310, L = 56, T = 10, X = a => L + S * (a + 180) / 360, Y = a => T + S * (180 - a) / 360, B = L + S + 16;
  const bar = Array.from({ length: 60 }, (_, k) =>
    `<rect x="${B}" y="${T + S * (59 - k) / 60}" width="14" height="${S / 60 + .6}" fill="rgb(${tone((k + .5) / 60).join(",")})"/>`).join("");
  const capped = o.values.some(f => has(f) && f > o.top);
  const scale = ticks(0, o.top, 5).at.map(v => `<text x="${B + 19}" y="${T + S - S * v / o.top + 4}">${v === o.top && capped ? "≥ " : ""}${v}</text>`).join("");
  const marks = quarters.map(a => `<path class="axis" d="M${X(a)} ${T + S}v4M${L} ${Y(a)}h-4"/><text x="${X(a)}" y="${T + S + 16}" text-anchor="middle">${degrees(a)}</text>` +
    `<text x="${L - 7}" y="${Y(a) + 4}" text-anchor="end">${degrees(a)}</text>`).join("");
  const table = { head: [o.xlabel, o.ylabel, `F / ${of} mol-1`], rows: o.values.flatMap((f, i) => has(f) ? [[angle(i % n), angle(Math.floor(i / n)), f]] : []) };
  return `<figure${o.attributes || ""}>` + picture(W, S + 54, o.title, `free energy, colours from 0 to ${o.top} ${unitName}; ${o.xlabel} to the right, ${o.ylabel} upwards`, table) +
    `<image href="${canvas.toDataURL()}" x="${L}" y="${T}" width="${S}" height="${S}" style="image-rendering:pixelated"/>
    <rect class="frame" x="${L}" y="${T}" width="${S}" height="${S}"/>${marks}<path class="axis" d="M${X(0)} ${T}v${S}M${L} ${Y(0)}h${S}" opacity=".8"/>
    ${bar}<rect class="frame" x="${B}" y="${T}" width="14" height="${S}"/>${scale}
    <text class="label" x="${X(0)}" y="${S + 46}" text-anchor="middle">${esc(o.xlabel)}</text>
    <text class="label" transform="translate(13 ${Y(0)}) rotate(-90)" text-anchor="middle">${esc(o.ylabel)}</text>
    <text class="label" transform="translate(${W - 4} ${Y(0)}) rotate(-90)" text-anchor="middle">F / ${of} mol⁻¹</text></svg><figcaption>${o.caption}</figcaption></figure>`;
}
const ramachandranMap = (label, values, top, caption) =>
  heatMap({ title: `Ramachandran map of ${label}`, values, top, xlabel: "φ / degrees", ylabel: "ψ / degrees", caption });
