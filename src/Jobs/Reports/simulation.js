const span = s => !has(s) ? "–" : s < 90 ? `${Math.round(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : s < 172800 ? `${sig(s / 3600, 2)} h` : `${sig(s / 86400, 2)} days`;
const rate = r => !has(r) ? "–" : r >= 1e6 ? `${sig(r / 1e6)} ms/day` : r >= 1e3 ? `${sig(r / 1e3)} µs/day` : `${sig(r)} ns/day`;
const R = D.run, P = D.progress, S = D.statistics, H = D.health, K = R.temperaturesK.length, ladder = K > 1;
const units = n => `${n} ${S.unit}${n === 1 ? "" : "s"}`;
const rung = k => { const f = K < 2 ? 0 : k / (K - 1), a = [11, 110, 138], m = [128, 92, 150], b = [194, 87, 26], [p, q, t] = f < .5 ? [a, m, 2 * f] : [m, b, 2 * f - 1]; return `rgb(${p.map((v, i) => Math.round(v + t * (q[i] - v))).join(",")})`; };


const scaled = R.scales.some(s => s !== 1), rungName = k => `${sig(R.temperaturesK[k], 5)} K${scaled ? `, scale ${sig(R.scales[k])}` : ""}`, rungMark = k => scaled ? String(k) : sig(R.temperaturesK[k]);
const rungLegend = () => ladder ? `<div class="legend">${R.temperaturesK.map((_, k) => `<span><i style="background:${rung(k)}"></i>${scaled ? `rung ${k}: ` : ""}${rungName(k)}</span>`).join("")}</div>` : "";

const quantities = [{ label: "potential energy", ...D.energy }, ...(D.volume ? [{ label: "volume", ...D.volume }] : []), ...D.torsions.map(t => ({ label: t.label, ...t.diagnostics }))];
const states = { running: "running", silent: "no sign of life", done: "done", stopped: "stopped", failed: "failed", waiting: "tasks waiting" };

function verdict() {
  const v = D.verdict, kind = v.convergence === "converged" ? "good" : v.convergence === "partial" ? "warn" : "bad";
  const head = v.convergence === "converged" ? P.state === "done" ? "Converged" : "Converged so far" : v.convergence === "partial" ? "Partial: not converged yet" : "Nothing to judge yet";
  const largest = Math.max(...quantities.map(q => has(q.splitRhat) ? q.splitRhat : NaN)), fewest = quantities.filter(q => has(q.effectiveSampleSize)).sort((a, b) => a.effectiveSampleSize - b.effectiveSampleSize)[0];
  const words = v.convergence === "converged"
    ? `Every split R-hat is below ${v.splitRhatBelow} and every effective sample size at least ${v.effectiveSampleSizeAtLeast}, over ${units(S.independent)} as independent chains. These are necessary signs, not a proof: a state below ${num(100 * v.smallestSeen, 2)} % may not have been seen.`
    : v.convergence === "partial" ? "Averages may be used with their errors in mind. What is missing:" : "What is missing:";
  const tile = (b, s, k = "") => `<div class="tile"><b class="${k}">${b}</b><span>${esc(s)}</span></div>`;
  const stateKind = P.state === "done" ? "good" : P.state === "failed" || P.state === "silent" ? "bad" : P.state === "stopped" ? "warn" : "";
  const said = P.state === "failed" ? "The run failed: every replica blew up too often. A shorter time step may help." : P.state === "stopped" ? "Stopped before its end; --resume goes on." : P.state === "silent" ? "The run says it is running, but has written nothing for five minutes: it was probably killed; --resume goes on." : "";
  const tiles = [tile(states[P.state], P.state === "silent" ? `killed? last written ${P.updated ? P.updated.replace("T", " ").replace("Z", "") : "never"}` : P.state === "running" && P.updated ? `state, last written ${span(Math.max(0, (new Date(D.read) - new Date(P.updated)) / 1000))} before` : "state", stateKind), tile(rate(P.nanosecondsPerDay), R.tasks ? "simulated, sum of the tasks" : "simulated, all replicas"),
    tile(P.state === "running" ? span(P.secondsLeft) : `${num(P.percent, P.percent > 99.95 ? 0 : 1)} %`, P.state === "running" ? "to go at this rate" : "of the steps"),
    tile(isNaN(largest) ? "–" : largest.toFixed(3), `largest split R-hat, limit ${v.splitRhatBelow}`, isNaN(largest) ? "" : largest < v.splitRhatBelow ? "good" : "warn"),
    tile(fewest ? int(fewest.effectiveSampleSize) : "–", `fewest effective samples, limit ${v.effectiveSampleSizeAtLeast}`, fewest ? fewest.effectiveSampleSize >= v.effectiveSampleSizeAtLeast ? "good" : "warn" : ""),
    tile(fewest ? (fewest.autocorrelationResolved ? "" : "≥ ") + time(fewest.autocorrelationTimePicoseconds) : "–", fewest ? `autocorrelation time of ${fewest.label}, the slowest` : "autocorrelation time")];
  return section("", "", `<div class="text"><p><strong>${esc(R.system)}</strong> <span class="soft">${int(R.atoms)} atoms, ${esc(R.forceField)}</span></p>
    ${said ? `<p class="${stateKind}"><b>${esc(said)}</b></p>` : ""}<p class="${kind}"><b>${head}.</b></p><p>${words}</p>${v.reasons.length ? `<ul>${v.reasons.map(r => `<li>${esc(r)}</li>`).join("")}</ul>` : ""}</div><div class="tiles">${tiles.join("")}</div>
    <div id="progress"><div class="bar"><i style="width:${Math.min(100, P.percent)}%"></i></div><span class="soft">${int(P.stepsDone)} of ${int(P.stepsTotal)} steps${R.tasks ? " of all tasks" : ""}, ${int(P.stepsSafe)} of them safe on disk; ${time(R.picoseconds * P.stepsDone / P.stepsTotal)} of ${time(R.picoseconds)} × ${R.replicas} replicas; read ${D.read.replace("T", " ").replace("Z", " UTC")}</span></div>`, "verdict");
}
function notices() {
  const n = [...H.missing];
  if (H.leftOut.length) n.push(`Left out of all averages, because they are much shorter than the others: ${H.leftOut.slice(0, 12).join(", ")}${H.leftOut.length > 12 ? ` and ${H.leftOut.length - 12} more` : ""}.`);
  if (H.failedReplicas || H.restarts) n.push(`${H.restarts} restarts after blow-ups, ${H.failedReplicas} replicas given up, ${H.postMortems} post-mortem files (see below).`);
  if (H.framesSetBack || H.framesAfterGivingUp) n.push(`${int(H.framesSetBack)} frames are missing because a replica blew up and was set back, ${int(H.framesAfterGivingUp)} after a replica was given up.`);
  return n.length ? `<section class="notice"><h2>What is missing or went wrong</h2>${n.map(t => `<div>${esc(t)}</div>`).join("")}</section>` : "";
}
function tasks() {
  if (!R.tasks) return "";
  return section("", "Tasks of the array", `<div class="scroll"><table><thead><tr><th>task</th><th>state</th><th>steps</th><th>per cent</th><th>rate</th><th>to go</th><th>restarts</th><th>given up</th><th>last written (UTC)</th></tr></thead><tbody>${
    P.runs.map(r => `<tr><td>${esc(r.name)}</td><td>${states[r.state]}</td><td>${int(r.stepsDone)} of ${int(r.stepsTotal)}</td><td>${num(100 * r.stepsDone / r.stepsTotal, 1)}</td><td>${rate(r.nanosecondsPerDay)}</td><td>${span(r.secondsLeft)}</td><td>${has(r.restarts) ? r.restarts : "–"}</td><td>${has(r.failedReplicas) ? r.failedReplicas : "–"}</td><td>${r.updated ? r.updated.replace("T", " ").replace("Z", "") : "–"}</td></tr>`).join("")}</tbody></table></div>`);
}
function convergence() {
  const cls = (bad, v) => !has(v) ? "soft" : bad ? "warn" : "good", v = D.verdict;
  const rows = quantities.map(q => `<tr><td>${esc(q.label)}</td><td class="${cls(!(q.splitRhat < v.splitRhatBelow), q.splitRhat)}">${num(q.splitRhat, 4)}</td><td class="${cls(!(q.effectiveSampleSize >= v.effectiveSampleSizeAtLeast), q.effectiveSampleSize)}">${int(q.effectiveSampleSize)}</td><td>${q.autocorrelationResolved || !has(q.autocorrelationTimePicoseconds) ? "" : "≥ "}${time(q.autocorrelationTimePicoseconds)}</td></tr>`).join("");
  return section("half", `Convergence over ${units(S.independent)} as chains of ${int(S.framesPerChain)} frames at ${rungName(0)}`, `<div class="scroll"><table><thead><tr><th>quantity</th><th>split R-hat</th><th>bulk ESS</th><th>autocorrelation time</th></tr></thead><tbody>${rows}</tbody></table></div>
    <p class="note">Of a torsion the worse of cosine and sine. Limits: R-hat below ${v.splitRhatBelow}, ESS at least ${v.effectiveSampleSizeAtLeast}.${quantities.some(q => !q.autocorrelationResolved && has(q.autocorrelationTimePicoseconds)) ? " ≥: the chains are shorter than 20 times this, so it is a lower bound." : ""}${S.thinnedTo > 1 ? ` One frame in ${S.thinnedTo} is used here.` : ""}</p><h2 style="margin-top:16px">Averages after equilibration</h2>${averages()}`);
}
function equilibration() {
  const xs = S.candidatesPicoseconds, ys = S.candidateEffectiveSizes;
  if (!S.equilibrationDecidedBy) return section("half", "Equilibration", `<p class="soft">Too few frames to choose: nothing is discarded.</p>`);
  const big = xs[xs.length - 1] >= 2000, f = big ? 1e-3 : 1, i = xs.findIndex(x => x >= S.discardedPicoseconds - 1e-6);
  const chart = plot({ h: 236, x: [0, xs[xs.length - 1] * f], y: [0, range(ys)[1]], xlabel: `discarded from the start / ${big ? "ns" : "ps"}`, ylabel: "effective samples left", draw: (X, Y) =>
    line(X, Y, xs.map(x => x * f), ys, "var(--accent)") + xs.map((x, k) => has(ys[k]) ? `<circle cx="${X(x * f)}" cy="${Y(ys[k])}" r="${k === i ? 5 : 2.4}" fill="var(${k === i ? "--accent2" : "--accent"})"/>` : "").join("") });
  return section("half", S.discardedPicoseconds > 0 ? `Equilibration: the first ${time(S.discardedPicoseconds)} are discarded` : "Equilibration: nothing needs to be discarded", chart + `<p class="note">The earliest start that leaves 90 % of the most effective samples, of the slowest observable (here ${esc(S.equilibrationDecidedBy)}), averaged over the chains at every time${S.equilibrationAtLimit ? "; it reached the limit of one half" : ""}.</p>`);
}
function course() {
  const c = D.course, last = c.picoseconds[c.picoseconds.length - 1];
  const big = last >= 2000, f = big ? 1e-3 : 1, xs = c.picoseconds.map(t => t * f), unit = big ? "ns" : "ps", x = [0, xs[xs.length - 1] + (xs.length > 1 ? (xs[xs.length - 1] - xs[xs.length - 2]) / 2 : xs[0])];
  const shade = (X, y0, y1) => S.discardedPicoseconds > 0 ? `<rect x="${X(0)}" y="${y0}" width="${X(S.discardedPicoseconds * f) - X(0)}" height="${y1 - y0}" fill="var(--soft)" opacity=".10"/>` : "";
  const lo = c.potentialEnergiesKjPerMol.map((u, k) => u.map((v, b) => has(v) ? v - c.potentialDeviationsKjPerMol[k][b] : null)), hi = c.potentialEnergiesKjPerMol.map((u, k) => u.map((v, b) => has(v) ? v + c.potentialDeviationsKjPerMol[k][b] : null));
  const yU = range([...lo.flat(), ...hi.flat()]), yT = range([...c.kineticTemperaturesK.flat(), ...R.temperaturesK], .12);
  const energy = plot({ x, y: yU, xlabel: `time / ${unit}`, ylabel: "potential energy / kJ mol⁻¹", draw: (X, Y) => shade(X, Y(yU[1]), Y(yU[0])) + c.potentialEnergiesKjPerMol.map((u, k) => band(X, Y, xs, lo[k], hi[k], rung(k), ladder ? .12 : .18) + line(X, Y, xs, u, rung(k))).join("") });
  const kinetic = plot({ x, y: yT, xlabel: `time / ${unit}`, ylabel: "kinetic temperature / K", draw: (X, Y) => shade(X, Y(yT[1]), Y(yT[0])) + c.kineticTemperaturesK.map((t, k) => line(X, Y, xs, t, rung(k), 1.5)).join("") + R.temperaturesK.map(t => `<path d="M${X(x[0])} ${Y(t)}H${X(x[1])}" stroke="var(--ink)" stroke-width="1.3" stroke-dasharray="6 4" opacity=".8"/>`).join("") });
  const grey = S.discardedPicoseconds > 0 ? " Grey: discarded." : "";
  return section("half", "Potential energy", energy + rungLegend() + `<p class="note">Mean over replicas in slices of time; band: one standard deviation of single frames.${grey}</p>`)
    + section("half", "Kinetic temperature", kinetic + rungLegend() + `<p class="note">2 K / (dof R), mean over replicas; dashed: the bath.${grey}</p>`);
}
function averages() {
  const name = t => scaled ? `${t.rung}: ${rungName(t.rung)}` : sig(t.temperatureK, 5), head = scaled ? "rung" : "bath / K";
  const volumes = R.pressureBar ? `<h2 style="margin-top:16px">Volumes</h2><table><thead><tr><th>${head}</th><th>density / g cm⁻³</th><th>volume / nm³</th><th>κ / 10⁻⁶ bar⁻¹</th></tr></thead><tbody>${
    D.temperatures.map(t => `<tr><td>${name(t)}</td><td>${pm(t.densityGPerCm3, t.densityErrorGPerCm3)}</td><td>${pm(t.volumeNm3, t.volumeErrorNm3)}</td><td>${pm(1e6 * t.compressibilityPerBar, 1e6 * t.compressibilityErrorPerBar)}</td></tr>`).join("")}</tbody></table>` : "";
  return `<table><thead><tr><th>${head}</th><th>kinetic / K</th><th>U / kJ mol⁻¹</th><th>frames</th></tr></thead><tbody>${
    D.temperatures.map(t => `<tr><td>${name(t)}</td><td>${pm(t.kineticTemperatureK, t.kineticTemperatureErrorK)}</td><td>${pm(t.potentialEnergyKjPerMol, t.potentialEnergyErrorKjPerMol)}</td><td>${int(t.frames)}</td></tr>`).join("")}</tbody></table>${volumes}<p class="note">${volumes ? "Averages" : "Kinetic temperature and potential energy"}, one standard error: ${esc(S.errors)}.${volumes ? " κ: compressibility, by the scatter of the volume." : ""}</p>`;
}
function exchange() {
  const l = D.ladder;
  if (!l) return "";
  const swaps = plot({ h: 330, left: 52, x: [-.5, K - 1.5], y: [0, 1], xlabel: scaled ? "between neighbouring rungs" : "between neighbouring temperatures / K", ylabel: "swaps accepted", draw: (X, Y) => l.acceptances.map((a, k) => has(a) ? `<rect x="${X(k - .32)}" y="${Y(a)}" width="${X(k + .32) - X(k - .32)}" height="${Y(0) - Y(a)}" rx="2" fill="${rung(k + .5)}" opacity=".88"/><text class="label" x="${X(k)}" y="${Y(a) - 5}" text-anchor="middle">${a.toFixed(2)}</text>` : "").join("") })
    .replace(/<path class="axis" d="M[\d.]+ \d+v4"\/><text[^>]*>[^<]*<\/text>/g, "");
  const step = (600 - 52 - 18) / (K - 1), every = Math.ceil(K / 9);
  const named = swaps.replace("</svg>", l.acceptances.map((_, k) => k % every ? "" : `<text x="${52 + step * (k + .5)}" y="308" text-anchor="middle">${rungMark(k)}–${rungMark(k + 1)}</text>`).join("") + "</svg>");
  const W = 600, L = 160, T = 30, cell = Math.min(74, (W - 2 * L) / K * 1.05), hgt = T + cell * K + 26, label = K <= 12;
  const matrix = `<svg class="chart" viewBox="0 0 ${W} ${hgt}" role="img" aria-label="transition probabilities between rungs">${l.transitions.map((p, n) => { const i = Math.floor(n / K), j = n % K, x = L + j * cell, y = T + i * cell;
    return `<rect x="${x + 1}" y="${y + 1}" width="${cell - 2}" height="${cell - 2}" rx="3" fill="var(--accent)" opacity="${has(p) ? .06 + .94 * p : .02}"/>` + (label && cell >= 26 ? `<text x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle" style="fill:${p > .45 ? "#fff" : "var(--ink)"}">${has(p) ? p.toFixed(2) : "–"}</text>` : ""); }).join("")}
    ${R.temperaturesK.map((_, k) => k % every ? "" : `<text x="${L + (k + .5) * cell}" y="${T - 7}" text-anchor="middle">${rungMark(k)}</text><text x="${L - 6}" y="${T + (k + .5) * cell + 4}" text-anchor="end">${rungMark(k)}</text>`).join("")}
    <text class="label" x="${L + cell * K / 2}" y="11" text-anchor="middle">one frame (${time(R.framePicoseconds)}) later, ${scaled ? "rung" : "K"}</text><text class="label" transform="translate(${L - 46} ${T + cell * K / 2}) rotate(-90)" text-anchor="middle">from, ${scaled ? "rung" : "K"}</text></svg>`;
  return section("half", "Swap acceptance between neighbours", named) + section("half", "Where replicas go", matrix + `<p class="note">${int(l.roundTrips)} round trips from the target to the last rung and back, ${sig(l.roundTripsPerReplicaAndNanosecond)} for each replica and ns; ${l.replicasWithRoundTrips} of ${l.replicas} replicas made one.</p>`);
}
function ramachandran() {
  if (!D.ramachandran.length) return "";
  const top = mapTop(D.ramachandran.map(m => m.freeEnergiesKjPerMol)), figure = m => ramachandranMap(m.label, m.freeEnergiesKjPerMol, top, `<b>${esc(m.label)}</b>, ${int(m.samples)} frames; no colour where none fell`);
  return section(D.ramachandran.length === 1 ? "half" : "", `${D.ramachandran.length === 1 ? "Ramachandran map" : "Ramachandran maps"}: −RT ln p at ${rungName(0)}, lowest bin 0`, `<div class="maps${D.ramachandran.length === 1 ? " one" : ""}">${D.ramachandran.map(figure).join("")}</div>`);
}
const angle = b => -177.5 + 5 * b;
const pretty = l => esc(l.replace(/^phi /, "φ ").replace(/^psi /, "ψ "));
function profiles() {
  if (!D.torsions.length) return section("", "Torsions", `<p class="soft">No torsions are known for this system: name some with --torsion i-j-k-l.</p>`);
  const one = D.torsions.length === 1 && !D.ramachandran.length, single = one || D.ramachandran.length === 1 && D.torsions.length <= 3, wide = D.torsions.length < 3 || single ? 600 : 480;
  const figure = t => {
    const high = t.freeEnergiesKjPerMol.some(v => v > 40), f = t.freeEnergiesKjPerMol.map(v => v > 40 ? null : v), e = t.freeEnergyErrorsKjPerMol, top = Math.max(4, Math.max(...f.map((v, b) => has(v) ? v + Math.min(e[b] || 0, 6) : 0)) * 1.05), xs = f.map((_, b) => angle(b));
    return `<figure><figcaption><b>${pretty(t.label)}</b>${high ? ", up to 40 kJ mol⁻¹" : ""}</figcaption>` + plot({ w: wide, h: 205, degrees: turn, x: [-180, 180], y: [0, top], xlabel: "angle / degrees", ylabel: "F / kJ mol⁻¹", draw: (X, Y) =>
      f.map((v, b) => has(v) && has(e[b]) ? `<path d="M${X(xs[b]).toFixed(1)} ${Y(Math.min(top, v + e[b])).toFixed(1)}V${Y(Math.max(0, v - e[b])).toFixed(1)}" stroke="var(--accent2)" stroke-width="1.6"/>` : "").join("") + line(X, Y, xs, f, "var(--accent)")
      + f.map((v, b) => has(v) ? `<circle cx="${X(xs[b]).toFixed(1)}" cy="${Y(v).toFixed(1)}" ${t.groups[b] < 4 ? `r="2.6" fill="var(--card)" stroke="var(--accent)" stroke-width="1.2"` : `r="1.7" fill="var(--accent)"`}/>` : "").join("") }) + "</figure>";
  };
  const histogram = t => {
    const p = t.probabilities.map(v => 20 * v), e = t.probabilityErrors.map(v => has(v) ? 20 * v : 0), top = Math.max(...p.map((v, b) => v + e[b])) * 1.04 || 1; // 100 % / 5 degrees
    return `<figure><figcaption><b>${pretty(t.label)}</b></figcaption>` + plot({ w: wide, h: 190, degrees: turn, x: [-180, 180], y: [0, top], xlabel: "angle / degrees", ylabel: "% per degree", draw: (X, Y) => p.map((v, b) => v > 0 ? `<rect x="${(X(angle(b) - 2.5) + .4).toFixed(1)}" y="${Y(v).toFixed(1)}" width="${(X(5) - X(0) - .8).toFixed(1)}" height="${(Y(0) - Y(v)).toFixed(1)}" fill="var(--accent)" opacity=".82"/>` + (e[b] > 0 ? `<path d="M${X(angle(b)).toFixed(1)} ${Y(v + e[b]).toFixed(1)}V${Y(Math.max(0, v - e[b])).toFixed(1)}" stroke="var(--accent2)" stroke-width="1.4"/>` : "") : "").join("") }) + "</figure>";
  };
  const cls = D.torsions.length < 3 ? "profiles few" : "profiles", how = `<p class="note">Bars: one standard error, ${esc(S.errors)}. Frames: ${esc(S.weights)}.`, hollow = " Hollow: fewer than four of them went there, so that the error is not to be trusted.";
  return section(single ? "half" : "", `Free-energy profiles: −RT ln p at ${rungName(0)}, lowest bin 0`, `<div class="${cls}"${single ? ' style="grid-template-columns:1fr"' : ""}>${D.torsions.map(figure).join("")}</div>${how}${hollow}</p>`)
    + section(one ? "half" : "", `Torsion histograms at ${rungName(0)}`, `<div class="${cls}"${one ? ' style="grid-template-columns:1fr"' : ""}>${D.torsions.map(histogram).join("")}</div>${how}</p>`);
}
function failures() {
  const rows = H.restartedReplicas.map(r => `<tr><td>${esc(r.name)}</td><td>${r.restarts}</td><td class="${r.givenUp ? "bad" : ""}">${r.givenUp ? "given up" : "went on"}</td></tr>`).join("");
  const dumps = H.firstPostMortems.length ? `<p class="note">Post-mortem files (postmortem/): ${H.firstPostMortems.slice(0, 6).map(esc).join(", ")}${H.postMortems > 6 ? ` and ${H.postMortems - 6} more` : ""}</p>` : "";
  return section("", "What failed, and events", (rows ? `<div class="scroll" style="max-height:190px"><table><thead><tr><th>replica</th><th>restarts</th><th>outcome</th></tr></thead><tbody>${rows}</tbody></table></div>` : `<p class="soft" style="margin:0">No replica blew up.</p>`) + dumps
    + `<div class="scroll" style="margin-top:10px"><pre>${H.eventsLeftOut ? `(${H.eventsLeftOut} earlier lines are in events.log)\n` : ""}${H.events.map(esc).join("\n")}</pre></div>`);
}
function facts() {
  const rows = [["system", `${R.system}, ${int(R.atoms)} atoms`], [R.peptide ? "peptide" : "input", R.peptide || R.input], ["force field", R.forceField], ["solvent", R.solvent === "none" ? "none (vacuum, or as the input has it)" : R.solvent],
    ["integrator", `${R.integrator}, ${sig(R.timeStepFs, 4)} fs, friction ${sig(R.frictionPerPs)} ps⁻¹`], ...(R.moves ? [["moves", R.moves.filter(m => m.proposed).map(m => `${m.name}: ${int(m.proposed)} proposed, ${sig(100 * m.acceptance)} % accepted${m.nonFinite ? `, ${int(m.nonFinite)} no numbers` : ""}${m.outsideSupport ? `, ${int(m.outsideSupport)} ${m.name === "volumes" ? "out of the boxes' range" : "of another isomer"}` : ""}`).join("; ")]] : []), ["hydrogen mass", R.hydrogenMassDa ? `${sig(R.hydrogenMassDa)} Da, taken from the heavy atom` : "unchanged"],
    ["temperatures", `${R.temperaturesK.map(t => sig(t, 5)).join(", ")} K`], ...(scaled ? [["scales", `${R.scales.map(s => sig(s)).join(", ")} of ${R.scaledTerms.join(", ")}`]] : []), ...(R.pressureBar ? [["pressure", `${sig(R.pressureBar, 6)} bar, by Metropolis moves of each replica's volume`]] : []), ...(R.anneal ? [["annealed", R.anneal]] : []), ...(R.device && R.device !== "cpu" ? [["device", R.device]] : []), ["replicas", R.tasks ? `${R.replicasPerTask} in each of ${R.tasks} tasks` : ladder ? `${R.replicas}: ${R.replicas / K} ladders of ${K}` : String(R.replicas)],
    ["length", `${time(R.picoseconds)} each; frames and exchanges every ${time(R.framePicoseconds)}, checkpoints every ${time(R.checkpointPicoseconds)}`], ["seed", R.seed + (R.tasks ? ", split by the task's number" : "")],
    ["backend", R.backend + (R.platform ? `, ${R.platform}` : "")], ["frames analysed", `${int(S.frames)} on disk; ${S.weights}`], ["program", R.programs.join("; ")], ["begun", R.began ? R.began.replace("T", " ").replace("Z", " UTC") : "–"],
    ["machine", R.machines.length ? R.machines.join("; ") : "not recorded"], ["configuration", R.configHash.slice(0, 16) + "…"], ["parameters", R.systemFingerprint.slice(0, 16) + "…"]];
  return section("half", "What was run", `<dl>${rows.map(([k, v]) => `<dt>${k}</dt><dd>${esc(v)}</dd>`).join("")}</dl>`);
}
function method() {
  return section("", "How the numbers are made", `<div class="method"><p><b>Chains.</b> ${ladder ? "Each ladder is one chain: whichever of its replicas is on rung 0, the target." : "Each replica is one chain."} Chains much shorter than the others are left out and named.</p>
    <p><b>R-hat and ESS.</b> Rank-normalised split R-hat (the larger of bulk and folded) and bulk effective sample size; Vehtari et al., Bayesian Analysis 16 (2021) 667.</p>
    <p><b>Autocorrelation time.</b> τ = g Δt / 2 with g = 1 + 2 Σ ρ(t), about the mean of all chains, by Geyer's initial monotone sequence; Stat. Sci. 7 (1992) 473.</p>
    <p><b>Equilibration.</b> The earliest start t₀ that leaves 90 % of the largest (T − t₀)/g(t₀), the smallest over energy, cosines and sines counting; Chodera, J. Chem. Theory Comput. 12 (2016) 1799. At most one half.</p>
    <p><b>Free energies.</b> F = −RT ln p from histograms of 5° (profiles) and 64 × 64 bins (maps); ${esc(S.weights)}. ${ladder ? "MBAR: Shirts and Chodera, J. Chem. Phys. 129 (2008) 124105." : ""}</p>
    <p><b>Errors.</b> One standard error, ${esc(S.errors)}; of F by RT σ(p)/p.</p></div>`);
}
$("run").textContent = `Molecular dynamics of ${R.replicas} replicas, ${ladder ? `ladders of ${scaled ? `${K} rungs from ${rungName(0)} to ${rungName(K - 1)}` : `${R.temperaturesK.map(t => sig(t, 5)).join(", ")} K`}` : `${sig(R.temperaturesK[0], 5)} K`} · ${R.forceField}${R.tasks ? ` · array of ${R.tasks} tasks` : ""} · seed ${R.seed}`;
document.title = `${R.system}: MolSampling simulation`;
$("main").innerHTML = verdict() + notices() + tasks() + (S.frames ? convergence() + equilibration() + course() + exchange() + ramachandran() + profiles() : section("", "Results", `<p class="soft" style="margin:0">No frames are on disk yet: the first checkpoint comes after ${time(R.checkpointPicoseconds)}.</p>`)) + `<div class="half stack">${failures()}${method()}</div>` + facts();
documentName = R.system;
addDownloads($("main"));
$("foot").textContent = `Made by MolSampling ${D.version} from ${D.folder}. This file needs no network.`;
