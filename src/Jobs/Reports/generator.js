const F = D.figures, percent = v => has(v) ? `${num(100 * v, 2)} %` : "–", colors = { flow: "var(--accent2)", reweighted: "var(--accent)", target: "var(--ink)" };
const legend = (...names) => `<div class="legend">${names.map(n => `<span><i style="background:${colors[n]}"></i>${n}</span>`).join("")}</div>`;

function figures() {
  const tile = (b, s, k = "") => `<div class="tile"><b class="${k}">${b}</b><span>${esc(s)}</span></div>`;
  const v = F.verdict, kind = { usable: "good", limited: "warn", unusable: "bad" }[v.trust];
  const words = `<div class="text"><p class="${kind}"><b>${esc(v.headline)}</b></p><ul>${v.reasons.map(r => `<li>${esc(r)}</li>`).join("")}</ul></div>`;
  return section("", "", `${words}<div class="tiles">${[tile(percent(F.reverseEss), `reverse ESS; ${percent(F.reverseEssClipped)} with the largest 0.01 % of weights clipped`),
    tile(percent(F.forwardEss), has(F.forwardEss) ? "forward ESS, from samples of the target" : "no samples of the target: a missed mode would not show"),
    tile(pm(F.logZ, F.logZError), has(F.exactLogZ) ? `log Z; exact ${num(F.exactLogZ, 4)}` : "log Z"), tile(`${num(F.elbo, 2)} … ${num(F.eubo, 2)}`, "ELBO … EUBO"),
    tile(num(F.paretoK, 2), "Pareto k-hat, below 0.7 wanted", has(F.paretoK) ? F.paretoK < .7 ? "good" : "bad" : ""), tile(int(F.samples), `samples, ${int(F.nonFinite)} not finite`),
    tile(int(F.energyCalls), "energies of the training"), tile(int(F.drawEnergyCalls), "energies of drawing and judging")].join("")}</div>`, "verdict");
}
function distances() {
  if (!has(F.energyW2)) return section("half", "Distances", `<p class="soft">There are no samples of the target to compare with.</p>`);
  const row = (name, d) => has(d) ? `<tr><td class="l">${esc(name)}</td>${[d.raw, d.rawNoise, d.reweighted, d.reweightedNoise].map((v, k) => `<td class="${k % 2 ? "soft" : ""}">${sig(v)}</td>`).join("")}</tr>` : "";
  const torsional = F.ramachandran.map(r => row(`${r.residue}: TV, 64 × 64 bins`, r.totalVariation64) + row("TV, 100 × 100 bins", r.totalVariation100) + row("KL, 64 × 64 bins", r.kullbackLeibler64) + row("KL, 100 × 100 bins", r.kullbackLeibler100)).join("");
  return section("half", `Distances of ${int(F.comparedSamples)} samples from ${int(F.referenceSamples)} of the target`, `<div class="scroll" style="max-height:420px"><table><thead><tr><th class="l"></th><th>flow</th><th>noise</th><th>reweighted</th><th>noise</th></tr></thead><tbody>${row("energy-W2 / kT", F.energyW2)}${row(`torus-W2 / rad, ${int(F.torusPoints)} points`, F.torusW2)}${torsional}</tbody></table></div>
    <p class="note">Noise: what samples of one law show at these sizes. A figure near its noise says that nothing was found, not that there is nothing. KL(target‖flow) in nats.</p>`);
}
function histogram(title, h, series, xlabel, note) {
  const n = h.flow.length, w = (h.high - h.low) / n, drawn = series.filter(s => h[s]), top = Math.max(...drawn.flatMap(s => h[s])) * 1.05 || 1;
  const steps = s => h[s].flatMap(v => [v, v]), xs = Array.from({ length: 2 * n }, (_, k) => h.low + w * Math.floor((k + 1) / 2));
  return section("half", title, plot({ h: 290, x: [h.low, h.high], y: [0, top], xlabel, ylabel: "density", title: `${title}: density over ${xlabel}`, table: { head: [xlabel, ...drawn], rows: h.flow.map((_, b) => [h.low + w * (b + .5), ...drawn.map(s => h[s][b])]) }, draw: (X, Y) => drawn.map(s => (s === "target" ? band(X, Y, xs, xs.map(() => 0), steps(s), colors[s], .1) : "") + line(X, Y, xs, steps(s), colors[s], 1.6)).join("") }) + legend(...drawn) + `<p class="note">${note}</p>`);
}
function maps() {
  if (!D.ramachandran.length) return "";
  const three = D.ramachandran.map(r => ["flow", "reweighted", "target"].map(k => [k, r.maps[`${k}KjPerMol`]]).filter(m => has(m[1]))), top = mapTop(three.flatMap(ms => ms.map(m => m[1])));
  return section("", `Ramachandran maps: −RT ln p at ${sig(D.temperatureK, 6)} K, lowest bin 0; no colour where no sample fell`, D.ramachandran.map((r, i) => `<div class="maps three">${three[i].map(([k, f]) => ramachandranMap(`${r.label}, ${k}`, f, top, `<b>${esc(r.label)}</b>, ${k}`)).join("")}</div>`).join(""));
}
function directions() {
  if (!has(D.directions)) return "";
  const three = ["flow", "reweighted", "target"].map(k => [k, D.directions[`${k}KjPerMol`]]).filter(m => has(m[1])), top = mapTop(three.map(m => m[1]));
  return section("", `Where the first hydrogen is: −RT ln p at ${sig(D.temperatureK, 6)} K over the sphere, equal areas, lowest bin 0; no colour where no sample fell`, `<div class="maps three">${three.map(([k, f]) => heatMap({ title: `Directions, ${k}`, values: f, top, xlabel: "azimuth / degrees", ylabel: "180 cos(polar angle)", caption: k })).join("")}</div>`);
}
$("run").textContent = `${F.target} · ${F.fingerprint.slice(0, 12)} · ${int(F.samples)} samples`;
document.title = `MolSampling: ${F.target}`;
$("main").innerHTML = figures() + maps() + directions()
  + histogram("Energies", D.energies, ["target", "flow", "reweighted"], "U / kT", D.energies.flowAbove > 0 ? `${percent(D.energies.flowAbove)} of the flow's samples lie above.` : "")
  + histogram("Weights", D.weights, ["target", "flow"], "ln w − ln Z", `At samples of the flow and of the target: both at zero for a flow that is the target. ${percent(D.weights.flowBelow)} of the flow's samples lie below.`)
  + distances() + section("half", "What it is", `<p class="note" style="margin:0;overflow-wrap:anywhere">${esc(D.definition)}</p>`);
documentName = F.target;
addDownloads($("main"));
$("foot").textContent = `Made by MolSampling ${D.version}. This file needs no network.`;
