const colors = ["var(--accent)", "var(--accent2)", "var(--good)", "#7d5ba6", "var(--warn)"], minus = t => String(t).replace("-", "−");
const fixed = (v, e) => !has(v) ? "–" : e === 0 ? num(v, 4) : pm(v, e);
function verdict() {
  const tile = (b, s, k = "") => `<div class="tile"><b class="${k}">${b}</b><span>${esc(s)}</span></div>`, kind = { ok: "good", partial: "warn", failed: "bad" }[D.verdict];
  const words = { ok: "Certified: two estimates without a bias agree", partial: "Half certified: one of two unbiased estimates stands", failed: "Not certified" }[D.verdict];
  const total = Object.values(D.calls).reduce((a, b) => a + b, 0), w = D.windows;
  return section("", "", `<div class="text"><div class="headline">${D.best ? `f₁ − f₀ = ${pm(D.best.value, D.best.error)} kT` : "No estimate stands"}</div><p class="${kind}"><b>${words}.</b></p><ul>${D.reasons.map(r => `<li>${esc(r)}</li>`).join("")}</ul></div><div class="tiles">${[
    tile(D.bias ? pm(D.bias.value, D.bias.error) : "–", "kT, bias of the plain integral, which its own error does not show"),
    tile(sig(w.leastOverlap, 2), `least overlap of neighbouring windows, ${w.wantedOverlap} wanted`, w.leastOverlap >= w.wantedOverlap ? "good" : "bad"),
    tile(num(Math.max(...w.rhats), 3), "largest R-hat over sets of windows, 1.1 at most", Math.max(...w.rhats) <= 1.1 ? "good" : "bad"),
    tile(int(total), "energy calls in all stages"), tile(has(D.callRatio) ? sig(D.callRatio, 2) : "–", "times the calls of the usual windows at the same error, training included", has(D.callRatio) ? D.callRatio <= 1 ? "good" : "warn" : ""),
    tile(int(D.nonFinite + D.leftOut), "energies that were not finite, and refused")].join("")}</div>`, "verdict");
}
function estimates() {
  const shown = D.estimates.filter(e => has(e.value)), lo = Math.min(...shown.map(e => e.value - 2 * e.error)), hi = Math.max(...shown.map(e => e.value + 2 * e.error)), b = D.best;
  const forest = plot({ w: 600, h: 62 + 24 * shown.length, left: 236, x: range([lo, hi], .08), y: [0, shown.length], xlabel: "f₁ − f₀ / kT", ylabel: "", title: "all estimators", draw: (X, Y) => (b ? `<rect x="${X(b.value - b.error)}" y="8" width="${X(b.value + b.error) - X(b.value - b.error)}" height="${Y(0) - 8}" fill="var(--accent)" opacity=".13"/>` : "")
    + shown.map((e, i) => { const y = Y(shown.length - i - .5), c = e.id === "plain" ? "var(--warn)" : "var(--accent)"; return `<path d="M${X(e.value - e.error)} ${y}H${X(e.value + e.error)}" stroke="${c}" stroke-width="2"/><circle cx="${X(e.value)}" cy="${y}" r="4" fill="${c}"/><text class="label" x="228" y="${y + 4}" text-anchor="end">${esc(e.label)}</text>`; }).join("") }).replace(/<path class="axis" d="M236 [\d.]+H[\d.]+"\/><text[^>]*>[^<]*<\/text>/g, "");
  const rows = D.estimates.map(e => `<tr><td class="l">${esc(e.label)}</td><td>${fixed(e.value, e.error)}</td><td>${int(e.energyCalls)}</td></tr>${has(e.value) ? "" : `<tr><td colspan="3" class="words" style="border:0;padding-top:0">${esc(e.reason)}</td></tr>`}`).join("");
  return section("half", "All estimators side by side", forest + `<table><thead><tr><th class="l">estimator</th><th>kT</th><th>energy calls</th></tr></thead><tbody>${rows}</tbody></table><p class="note">Shaded: one standard error of the best one. Windows and works are exact whatever was learned; the plain integral is not, and its error does not know its bias. Calls are all that an estimate rests on: samples of both ends, training, itself.</p>`);
}
function training() {
  const t = D.training; if (t.steps.length < 2) return "";
  const logs = t.losses.map(v => v > 0 ? Math.log10(v) : null);
  return section("half", "Training", plot({ h: 280, x: [0, t.steps[t.steps.length - 1]], y: range(logs), xlabel: "step", ylabel: "log₁₀ loss", table: { head: ["step", "loss"], rows: t.steps.map((s, i) => [s, t.losses[i]]) }, draw: (X, Y) => line(X, Y, t.steps, logs, "var(--accent)") }) + `<p class="note">Target score matching: the squared distance between the path's slope and the end points' slopes, weighted. It does not fall to zero: targets scatter about their mean. Steps refused: ${int(D.refusedSteps)}.</p>`);
}
function schedules() {
  return section("half", "Learned schedules", plot({ h: 280, x: [0, 1], y: [0, 1.02], xlabel: "t", ylabel: "s(t)", table: { head: ["t", ...D.schedules.map(s => s.name)], rows: D.times.map((t, i) => [t, ...D.schedules.map(s => s.values[i])]) }, draw: (X, Y) => `<path class="axis" d="M${X(0)} ${Y(0)}L${X(1)} ${Y(1)}" stroke-dasharray="4 4"/>` + D.schedules.map((s, k) => line(X, Y, D.times, s.values, colors[k % 5])).join("") }) + legendOf(D.schedules.map((s, k) => [colors[k % 5], s.name])) + `<p class="note">Exact at both ends by construction.</p>`);
}
function rate() {
  const r = D.rate, lo = r.means.map((m, i) => m - r.deviations[i]), hi = r.means.map((m, i) => m + r.deviations[i]), f = D.windows;
  const slopes = f.times.slice(1).map((t, k) => (f.freeEnergies[k + 1] - f.freeEnergies[k]) / (t - f.times[k])), middles = f.times.slice(1).map((t, k) => (t + f.times[k]) / 2);
  const middle = [...r.means, ...slopes].filter(has).sort((a, b) => a - b), spread = (middle[middle.length - 1] - middle[0]) || 1;
  const clip = v => Math.max(middle[0] - spread, Math.min(middle[middle.length - 1] + spread, v));
  return section("half", "dU/dt along the path", plot({ h: 280, x: [0, 1], y: range([...lo.map(clip), ...hi.map(clip)]), xlabel: "t", ylabel: "dU/dt / kT", table: { head: ["t", "mean", "deviation"], rows: r.times.map((t, i) => [t, r.means[i], r.deviations[i]]) }, draw: (X, Y) => band(X, Y, r.times, lo.map(clip), hi.map(clip), "var(--warn)") + line(X, Y, r.times, r.means, "var(--warn)") + middles.map((t, k) => `<circle cx="${X(t)}" cy="${Y(clip(slopes[k]))}" r="3" fill="var(--accent)"/>`).join("") })
    + legendOf([["var(--warn)", "over interpolated configurations, with their scatter"], ["var(--accent)", "slope of MBAR's free energy"]]) + `<p class="note">Where the line leaves the points, the interpolated law is not the path's: that is the plain integral's bias, in the open.</p>`);
}
function overlap(name, o) {
  if (!o) return "";
  const K = o.times.length, W = 600, T = 30, L = 52, cell = Math.min(84, (W - L - 12) / K, 460 / K), left = L + (W - L - 12 - cell * K) / 2, every = Math.ceil(K / 14), label = cell >= 26;
  const body = o.overlap.map((row, i) => row.map((v, j) => { const x = left + j * cell, y = T + i * cell, near = Math.abs(i - j) === 1 && v < o.wantedOverlap;
    return `<rect x="${x + .5}" y="${y + .5}" width="${cell - 1}" height="${cell - 1}" rx="${Math.min(3, cell / 8)}" fill="${near ? "var(--bad)" : "var(--accent)"}" opacity="${near ? .45 : (.03 + .97 * Math.sqrt(v)).toFixed(3)}"/>` + (label && v >= .005 ? `<text x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle" style="fill:${v > .2 ? "#fff" : "var(--ink)"}">${v.toFixed(2).replace(/^0/, "")}</text>` : ""); }).join("")).join("");
  const marks = o.times.map((t, k) => k % every ? "" : `<text x="${left + (k + .5) * cell}" y="${T - 8}" text-anchor="middle">${num(t, 2)}</text><text x="${left - 6}" y="${T + (k + .5) * cell + 4}" text-anchor="end">${num(t, 2)}</text>`).join("");
  return section("half", name, `<svg class="chart" viewBox="0 0 ${W} ${T + cell * K + 8}" role="img" aria-label="${esc(name)}">${marks}${body}</svg><p class="note">Row: found in this window; column: drawn from that one. Neighbours below ${o.wantedOverlap} are red. Largest statistical inefficiency ${num(Math.max(...o.inefficiencies), 1)}, R-hat ${num(Math.max(...o.rhats), 3)}; errors ${sig(o.mbarError, 2)} kT (MBAR) and ${sig(o.setError, 2)} kT (jackknife over sets).</p>`);
}
function works() {
  const w = D.works, n = w.forward.length, step = (w.high - w.low) / n, xs = Array.from({ length: 2 * n }, (_, k) => w.low + step * Math.floor((k + 1) / 2)), ys = s => s.flatMap(v => [v, v]);
  return section("half", "Works in both directions", plot({ h: 280, x: [w.low, w.high], y: [0, Math.max(...w.forward, ...w.backward) * 1.05 || 1], xlabel: "work / kT", ylabel: "density", table: { head: ["work", "forward", "backward"], rows: w.forward.map((v, b) => [w.low + step * (b + .5), v, w.backward[b]]) }, draw: (X, Y) => line(X, Y, xs, ys(w.forward), "var(--accent)") + line(X, Y, xs, ys(w.backward), "var(--accent2)") + (D.best ? `<path d="M${X(D.best.value)} ${Y(0)}V8" stroke="var(--ink)" stroke-dasharray="4 4"/>` : "") }) + legendOf([["var(--accent)", "from state 0"], ["var(--accent2)", "from state 1, sign turned"]]) + `<p class="note">Crooks: the two cross at f₁ − f₀ (dashed: the best estimate).</p>`);
}
function calls() {
  const names = { ends: "samples of both ends", preparation: "their slopes", training: "training, interpolated pairs", plain: "plain integral", works: "works, pilot included", windows: "windows, all draws in all of them" };
  return section("half", "Energy calls", `<table><tbody>${Object.entries(D.calls).map(([k, v]) => `<tr><td class="l">${names[k]}</td><td>${int(v)}</td></tr>`).join("")}</tbody></table><p class="note">A call is one configuration at one t. Exchange acceptance of neighbouring windows ${num(100 * D.exchange, 0)} %.</p><p class="note" style="overflow-wrap:anywhere">${esc(D.definition)}</p>`);
}
$("run").textContent = `${D.system} · ${D.fingerprint.slice(0, 12)} · seed ${D.seed}`;
document.title = `MolSampling: ${D.system}`;
$("main").innerHTML = verdict() + estimates() + rate() + overlap("Overlap of the learned path's windows", D.windows) + works() + training() + schedules() + calls() + overlap("Overlap of the usual windows", D.standard);
documentName = D.system;
addDownloads($("main"));
$("foot").textContent = `Made by MolSampling ${D.version}. This file needs no network.`;
