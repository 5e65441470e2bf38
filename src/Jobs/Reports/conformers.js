// The report of one molecule: what was found, how far to trust it, and every torsion where it is.
const kcal = 4.184;
const unitOf = name => ({ name, per: name === "kcal/mol" ? kcal : 1 });
const unit = unitOf(D.energyUnit);
const isEnsemble = m => !m.diagnostics || !!m.diagnostics.weights || has(m.diagnostics.trajectoryAcceptance); // embeddings have neither weights nor chains
const share = m => isEnsemble(m) ? "population" : "share of embeddings";
const lowest = m => Math.min(...m.basins.map(b => b.energy));
const energy = (v, d = 2) => has(v) ? num(v / unit.per, unit.per > 1 ? d + 1 : d) : "–";
const lettered = m => m.coordinates.map((c, i) => i).filter(i => m.coordinates[i].states.length > 1);
const ordinal = n => ["largest conformer", "second", "third", "fourth", "fifth"][n];
function populationText(b) {
  const digits = b.error > 0 ? Math.min(3, Math.max(1, Math.ceil(-Math.log10(100 * b.error)) + 1)) : 1;
  if (has(b.below))
    return `below ${(100 * b.below).toFixed(digits)} %`;
  return `${(100 * b.population).toFixed(digits)} ± ${has(b.error) ? (100 * b.error).toFixed(digits) : "–"} %${has(b.model) ? `, model ± ${(100 * b.model).toFixed(digits)}` : ""}`;
}
function verdict(m) {
  const kind = statusClass[m.status], d = m.diagnostics, w = d && d.weights, n = m.basins.length;
  const head = m.status === "ok" ? "Converged" : m.status === "partial" ? isEnsemble(m) ? "Usable, not converged" : "Embeddings, no ensemble" : "Failed";
  const trust = m.status === "ok" ? "Populations, free energies and distributions may be used within their errors. The criteria are necessary signs, not a proof: a conformer that nothing ever found leaves no trace" + (has(m.diagnostics.smallestSeen) ? `; one of less than ${num(100 * m.diagnostics.smallestSeen, 2)} % may have been missed.` : ".")
    : m.status === "partial" && isEnsemble(m) ? "Populations may be off by more than their errors say." : m.status === "partial" ? "Shares of embeddings are no populations: geometries may be used, weights may not." : "";
  const size = d && has(d.effectiveSampleSize) ? ` from ${int(d.effectiveSampleSize)} independent samples` : "";
  const how = !d ? "" : w ? `${num(100 * w.effectiveFraction, 1)} % of ${int(w.draws)} weighted draws are effective, the largest weight is ${num(100 * w.largestShare, 2)} % of all, the tail's Pareto shape ${num(w.paretoShape, 2)} (${num(w.largestParetoShape, 1)} at most); seen from walkers that do not come from the draws, KL(p‖q) is ${num(w.walkersDivergence, 2)} nats.`
    : !isEnsemble(m) ? "" : `Largest split R-hat ${num(d.splitRhatMax, 3)}${d.temperatures.length > 1 ? `; ${int(d.roundTrips)} round trips over the ladder` : ""}${has(d.jumpAcceptance) ? `; ${num(100 * d.jumpAcceptance, 1)} % of the jumps accepted` : ""}.`;
  return section("", "", `<div class="text"><p><strong>${esc(m.name)}</strong> ${m.smiles === m.name ? "" : `<span class="soft">${esc(m.smiles)}</span>`}</p>
    <p class="${kind}"><b>${head}.</b> ${esc(m.reason || "")}</p>${n ? `<p><b>${int(n)} conformer${n === 1 ? "" : "s"}</b>${size} at ${D.temperatureK} K. ${how}</p>` : ""}${trust ? `<p class="soft">${trust}</p>` : ""}
    ${m.notes.length ? `<ul class="notes">${m.notes.map(t => `<li>${esc(t)}</li>`).join("")}</ul>` : ""}</div>${plane(m)}`, "verdict");
}
function states(m, b) {
  const words = b.state ? b.state.split(" ") : [], order = lettered(m);
  return words.map((w, k) => order[k] === undefined ? esc(w) : `<span data-c="${order[k]}" title="${esc(m.coordinates[order[k]].label)}">${esc(w)}</span>`).join(" ");
}
function basins(m) {
  const top = m.basins[0].population, width = 90, least = lowest(m), ensemble = isEnsemble(m), some = m.basins.some(b => b.state), u = unit.name;
  const table = { head: ["conformer", share(m), "standard error", ...(ensemble ? [`free energy / ${u}`, `standard error / ${u}`] : []), `energy above the lowest / ${u}`, "torsion states"],
    rows: m.basins.map((b, i) => [i + 1, b.population, b.error, ...(ensemble ? [b.freeEnergy / unit.per, has(b.freeEnergyError) ? b.freeEnergyError / unit.per : null] : []), (b.energy - least) / unit.per, b.state]) };
  const rows = m.basins.map((b, i) => {
    const w = width * b.population / top, e = width * (b.error || 0) / top, from = Math.max(0, w - e);
    return `<tr class="pick" tabindex="0" data-basin="${i}" aria-selected="${i === view.shown}"><td class="left">${i + 1}</td>
      <td><svg width="${width + 26}" height="14" aria-hidden="true"><rect y="2" width="${w}" height="10" rx="2" fill="var(--accent)" opacity=".85"/><path d="M${from} 7H${w + e}M${from} 4v6M${w + e} 4v6" stroke="var(--ink)" fill="none"/></svg></td>
      <td>${populationText(b)}</td>${ensemble ? `<td>${has(b.below) ? "" : `${energy(b.freeEnergy)} ± ${energy(b.freeEnergyError)}`}</td>` : ""}<td>${energy(b.energy - least)}</td>${some ? `<td class="state words">${states(m, b)}</td>` : ""}</tr>`;
  }).join("");
  return `<table${keep(table)}><thead><tr><th class="left">#</th><th></th><th>${share(m)}</th>${ensemble ? `<th>ΔF / ${u}</th>` : ""}<th>E − E₀ / ${u}</th>${some ? '<th class="state">torsion states</th>' : ""}</tr></thead><tbody>${rows}</tbody></table>`;
}
function structures(m) {
  if (!m.basins.length) return "";
  const alone = m.basins.length > 1 ? "" : " hidden";
  const switches = ["kJ/mol", "kcal/mol"].map(u => `<label><input type="radio" name="unit" value="${u}"${unit.name === u ? " checked" : ""}> ${u}</label>`).join(" ");
  return section("half", "In space: turn it with the mouse; torsions light up where one points at them", `<div id="view3d" role="img" aria-label="three-dimensional view of the conformer that is chosen in the table"></div>
    <div class="tools"><button type="button" id="before" aria-label="previous conformer"${alone}>‹</button><button type="button" id="after" aria-label="next conformer"${alone}>›</button><span id="shownas" aria-live="polite"></span>${m.basins.length > 1 ? '<label><input type="checkbox" id="overlay"> overlay the first five</label>' : '<input type="checkbox" id="overlay" hidden>'}
    <label><input type="checkbox" id="hydrogens" checked> hydrogens</label><label><input type="checkbox" id="numbers"${m.elements.length <= 120 ? " checked" : ""}> numbers</label><button type="button" id="picture">save PNG</button></div>`)
    + section("half", `Conformers: ${share(m)} ± one standard error, ${isEnsemble(m) ? "free energy over the first, " : ""}energy of the minimum over the lowest`, `<div class="scroll" id="basins">${basins(m)}</div><div class="tools" role="radiogroup" aria-label="unit of energies">energies in ${switches}</div>`);
}
const stateText = c => c.states.map(s => `<b>${esc(s.word)}</b> ${degrees(s.angle)}°`).join(", ");
function letters(m) {
  const order = lettered(m);
  if (!order.length) return "";
  const rotors = order.some(i => m.coordinates[i].kind === "rotor"), signs = order.some(i => m.coordinates[i].kind !== "rotor"), folded = order.some(i => m.coordinates[i].fold > 1);
  return `<p class="note">${rotors ? "<b>c</b> below 30°, <b>g</b> 30 to 90°, <b>a</b> 90 to 150°, <b>t</b> beyond; + and − give the sense. " : ""}${signs ? "Of ring torsions and nitrogens + or − is the sign. " : ""}${folded ? "×2: angles 180° apart are one. " : ""}The word's place in a state says which torsion it is:</p>
    <div class="scroll"><table class="key"><thead><tr><th class="left">place</th><th class="left">torsion</th><th class="left">states, mean angle</th></tr></thead><tbody>${order.map((i, k) => { const c = m.coordinates[i];
      return `<tr data-c="${i}" tabindex="0"><td class="left">${k + 1}</td><td class="left">${c.kind === "rotor" ? "" : c.kind === "ring" ? "ring " : "nitrogen "}${esc(c.label)}${c.fold > 1 ? ` ×${c.fold}` : ""}</td><td class="left" style="white-space:normal">${stateText(c)}</td></tr>`; }).join("")}</tbody></table></div>`;
}
function histogram(m, i) {
  const c = m.coordinates[i], n = c.density.length, angle = b => -180 + 360 * (b + .5) / n, p = c.density.map(v => 100 * v), e = c.error.map(v => has(v) ? 100 * v : 0), top = Math.max(...p.map((v, b) => v + e[b])) * 1.04 || 1, place = lettered(m).indexOf(i);
  const bars = (X, Y) => p.map((v, b) => v > 0 ? `<rect x="${(X(angle(b) - 180 / n) + .4).toFixed(1)}" y="${Y(v).toFixed(1)}" width="${(X(360 / n) - X(0) - .8).toFixed(1)}" height="${(Y(0) - Y(v)).toFixed(1)}" fill="var(--accent)" opacity=".85"/>`
    + (e[b] > 0 ? `<path d="M${X(angle(b)).toFixed(1)} ${Y(v + e[b]).toFixed(1)}V${Y(Math.max(0, v - e[b])).toFixed(1)}" stroke="var(--accent2)" stroke-width="1.4"/>` : "") : "").join("");
  return `<figure data-c="${i}" tabindex="0"><figcaption><b>${esc(c.label)}</b>${place >= 0 ? `, place ${place + 1}` : ", one state"}</figcaption>` + plot({ w: 320, h: 170, degrees: quarters, x: [-180, 180], y: [0, top], xlabel: "angle / degrees", ylabel: `% per ${360 / n}°`, title: `distribution of torsion ${c.label}`,
    table: { head: ["angle / degrees", "probability", "standard error"], rows: c.density.map((v, b) => [angle(b), v, c.error[b]]) }, draw: bars }) + "</figure>";
}
function torsions(m) {
  const drawn = m.coordinates.map((c, i) => i).filter(i => m.coordinates[i].density);
  if (!m.coordinates.length) return "";
  return section("long", `Torsions at ${D.temperatureK} K; orange bars: one standard error`, `<div class="torsions"><aside>${plane(m)}${letters(m)}</aside><div class="histograms">${drawn.map(i => histogram(m, i)).join("")}</div></div>`);
}
function angles(m) {
  if (!m.coordinates.length || !m.basins.length) return "";
  const place = lettered(m), head = c => `${c.label}${c.fold > 1 ? ` ×${c.fold}` : ""}`;
  const table = { head: ["conformer", ...m.coordinates.map(head)], rows: m.basins.map((b, i) => [i + 1, ...b.angles]) };
  return section("long", "Torsion angles of the conformers' minima / degrees", `<div class="scroll"><table class="angles"${keep(table)}><thead><tr><th class="left">#</th>${m.coordinates.map((c, i) => `<th data-c="${i}" tabindex="0">${esc(head(c))}</th>`).join("")}</tr></thead>
    <tbody>${m.basins.map((b, n) => `<tr><td class="left">${n + 1}</td>${b.angles.map((a, i) => `<td data-c="${i}">${num(a, 1)}</td>`).join("")}</tr>`).join("")}</tbody></table></div>
    <p class="note">Conformers that the molecule's symmetry makes alike are one; the one shown has the numbering of its state's letters, which are those of the samples: a minimum may have gone on into another state.${place.length < m.coordinates.length ? " Torsions without a place in the states have one state." : ""}</p>`);
}
function mapFigures(m) {
  const inUnit = values => values.map(v => has(v) ? v / unit.per : v);
  const rotors = m.coordinates.map((c, i) => i).filter(i => m.coordinates[i].density), top = mapTop(m.maps.map(p => inUnit(p.freeEnergiesKjPerMol)), unit.per);
  const figure = p => { const [a, b] = [p.first, p.second].map(k => m.coordinates[rotors[k]].label);
    return heatMap({ title: `free energy of torsions ${a} and ${b}`, values: inUnit(p.freeEnergiesKjPerMol), top, unit: unit.name, xlabel: `${a} / degrees`, ylabel: `${b} / degrees`,
      caption: `<b data-c="${rotors[p.first]}" tabindex="0">→ ${esc(a)}</b> and <b data-c="${rotors[p.second]}" tabindex="0">↑ ${esc(b)}</b>: mutual information ${num(p.information, 2)} nats` }); };
  return m.maps.map(figure).join("");
}
const maps = m => m.maps.length ? section("long", "Pairs of torsions that say most of one another: −RT ln p, lowest cell 0; no colour where no sample fell", `<div class="maps" id="maps">${mapFigures(m)}</div>`) : "";
function courses(m) {
  const d = m.diagnostics, out = [];
  if (d && d.populationTrace.length > 1 && m.basins.length > 1) {
    const n = d.populationTrace.length, xs = d.populationTrace.map((_, k) => (k + 1) / n), k = d.populationTrace[0].length, series = Array.from({ length: k }, (_, b) => d.populationTrace.map(p => has(p[b]) ? 100 * p[b] : null));
    out.push(section("", "Running populations: level lines are a good sign", plot({ w: 420, h: 230, x: [0, 1], y: [0, range([0, ...series.flat()])[1]], xlabel: "part of the samples, in the order they were made", ylabel: "population so far / %",
      table: { head: ["part of the samples", ...series.map((_, b) => `population ${b + 1}`)], rows: d.populationTrace.map((p, i) => [xs[i], ...p]) }, draw: (X, Y) => series.map((s, b) => line(X, Y, xs, s, colors[b % 5])).join("") }) + legendOf(series.map((_, b) => [colors[b % 5], ordinal(b)]))));
  }
  if (d && d.swapAcceptances.length) {
    const t = d.temperatures, xs = d.swapAcceptances.map((_, k) => Math.sqrt(t[k] * t[k + 1])), ys = d.swapAcceptances;
    out.push(section("", "Swaps between neighbours of the ladder", plot({ w: 420, h: 230, x: [t[0], t[t.length - 1]], y: [0, 1], xlabel: "temperature between the two / K", ylabel: "share of swaps accepted", table: { head: ["lower / K", "upper / K", "accepted"], rows: ys.map((a, k) => [t[k], t[k + 1], a]) },
      draw: (X, Y) => line(X, Y, xs, ys, "var(--accent)") + xs.map((x, k) => has(ys[k]) ? `<circle cx="${X(x)}" cy="${Y(ys[k])}" r="3" fill="var(--accent)"/>` : "").join("") }) + `<p class="note">A gap near zero would part the ladder; 0.05 is the least that counts as converged.</p>`));
  }
  return out.join("");
}
// an average with energies in it ("kJ/mol", "J/mol/K") in the unit that was chosen
const averageIn = a => unit.per === 1 || !/^k?J\//.test(a.unit) ? a : { name: a.name, value: a.value / unit.per, error: a.error / unit.per, unit: a.unit.replace("J/", "cal/") };
function factRows(m) {
  const d = m.diagnostics, rows = [["version", D.version], ["force field", D.forceField], ["seed", D.seed], ["temperature", `${D.temperatureK} K`]], add = (name, value) => { if (has(value)) rows.push([name, value]); };
  add("method", m.method);
  if (m.elements.length) add("atoms", m.elements.length);
  if (m.basins.length) { add("rotatable bonds", m.rotatableBonds); add("samples written", int(m.samples)); add("lowest energy", `${energy(lowest(m))} ${unit.name}`); }
  for (const a of m.averages.map(averageIn)) {
    const digits = a.error > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(a.error)))) : 4;
    rows.push([/capacity|entropy/.test(a.name) ? a.name : `mean ${a.name}`, `${num(a.value, digits)} ± ${num(a.error, digits)} ${a.unit}`]);
  }
  if (d && isEnsemble(m)) {
    if (d.temperatures.length > 1) add("temperatures", `${d.temperatures.length} rungs, ${num(d.temperatures[0], 0)} to ${num(d.temperatures[d.temperatures.length - 1], 0)} K`);
    add("energy evaluations", int(d.energyEvaluations));
    for (const [name, v, digits] of [["trajectories accepted", d.trajectoryAcceptance, 2], ["torsion moves accepted", d.torsionMoveAcceptance, 2], ["jumps accepted", d.jumpAcceptance, 3]]) if (has(v)) add(name, num(v, digits));
    add("left the stereoisomer", int(d.stereoRejections)); add("energies not finite", int(d.nonFinite));
  }
  add("time", `${num(m.wallSeconds, 1)} s`);
  return rows.map(([k, v]) => `<dt>${esc(k)}</dt><dd>${esc(v)}</dd>`).join("");
}
const facts = m => section("", "What was run", `<dl id="facts">${factRows(m)}</dl>`);
function pick(i) {
  view.shown = Math.max(0, Math.min(view.molecule.basins.length - 1, i));
  $("overlay").checked = false;
  $("basins").querySelectorAll("tr.pick").forEach(r => r.setAttribute("aria-selected", +r.dataset.basin === view.shown));
  view.lit = null;
  draw3d();
}
function show(m) {
  Object.assign(view, { molecule: m, shown: 0, lit: null, viewer: null });
  tables.length = 0;
  documentName = m.name;
  const box = $("molecule");
  box.innerHTML = verdict(m) + structures(m) + torsions(m) + angles(m) + maps(m) + `<div class="fewcharts">${courses(m)}${facts(m)}</div>`;
  addDownloads(box);
  if (!m.basins.length) return;
  $("overlay").onchange = $("hydrogens").onchange = $("numbers").onchange = draw3d;
  $("before").onclick = () => pick(view.shown - 1);
  $("after").onclick = () => pick(view.shown + 1);
  $("picture").onclick = () => { if (view.viewer) { const link = document.createElement("a"); link.href = view.viewer.pngURI(); link.download = `${fileName(`${m.name}-conformer-${view.shown + 1}`)}.png`; link.click(); } };
  box.querySelectorAll("input[name=unit]").forEach(radio => radio.onchange = () => {
    Object.assign(unit, unitOf(radio.value));
    $("basins").querySelector("table").outerHTML = basins(m);
    $("facts").innerHTML = factRows(m);
    if ($("maps")) $("maps").innerHTML = mapFigures(m);
    addDownloads(box);
  });
  $("basins").onclick = e => { const row = e.target.closest("tr.pick"); if (row) pick(+row.dataset.basin); };
  $("basins").onkeydown = e => { const row = e.target.closest("tr.pick"); if (row && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); pick(+row.dataset.basin); } };
  draw3d();
}
$("run").textContent = `Boltzmann conformer ensembles at ${D.temperatureK} K · ${D.forceField} · seed ${D.seed}`;
$("foot").textContent = `Made by MolSampling ${D.version}. The 3D view is 3Dmol.js 2.5.5 (BSD-3-Clause; N. Rego, D. Koes, Bioinformatics 31 (2015) 1322). This file needs no network.`;
// called when the 3D viewer is there, which takes longest to read
function begin() {
  if (D.molecules) { document.title = `${D.molecules[0].name}: MolSampling conformers`; show(D.molecules[0]); } else choose(Math.max(0, D.rows.findIndex(r => r[4] !== "failed")), false);
}
$("main").innerHTML = `${D.rows ? list() : ""}<div id="molecule" style="display:contents"></div>`;
if (D.rows) beginList();
