const U = D.unit, K = D.states.length, best = D.estimates.find(e => e.estimator === D.best), name = k => D.states[k].name;
const minus = t => String(t).replace("-", "−");
const colors = ["var(--accent)", "var(--accent2)", "var(--good)", "#7d5ba6", "var(--warn)", "#8a8f98", "#8a8f98", "#8a8f98", "#8a8f98"];
const ok = e => e.status === "converged";
const single = list => list.length === 1;
const xMark = (k, every) => k % every ? "" : minus(name(k));

function verdict() {
  const kj = v => v * D.kjPerMolPerUnit, tile = (b, s, k = "") => `<div class="tile"><b class="${k}">${b}</b><span>${esc(s)}</span></div>`, n = D.warnings.length;
  const independent = Math.min(...D.states.filter(s => s.samples > 0).map(s => s.independentSamples)), half = D.convergence.find(c => Math.abs(c.fraction - .5) < 1e-9);
  const halves = half && has(half.forward) && has(half.backward) ? Math.abs(half.forward - half.backward) / Math.hypot(half.forwardError, half.backwardError) : null, o = D.overlap;
  const whole = D.parts ? { deltaF: D.parts[0].value, standardError: D.parts[0].error } : best;
  const tiles = [tile(whole ? `${pm(kj(whole.deltaF), kj(whole.standardError))}` : "–", "kJ/mol"), tile(whole ? pm(kj(whole.deltaF) / 4.184, kj(whole.standardError) / 4.184) : "–", "kcal/mol"),
    tile(`${D.states.reduce((a, s) => a + s.samples, 0).toLocaleString("en-US")}`, `rows in ${K} states`),
    tile(o && has(o.leastBetweenNeighbours) ? sig(o.leastBetweenNeighbours, 2) : "–", `least overlap of neighbours, ${o ? o.wantedBetweenNeighbours : .03} wanted`, o && has(o.leastBetweenNeighbours) ? o.leastBetweenNeighbours >= o.wantedBetweenNeighbours ? "good" : "warn" : ""),
    tile(isFinite(independent) ? int(independent) : "–", "fewest independent samples, 50 wanted", independent >= 50 ? "good" : "warn"),
    tile(has(halves) ? `${sig(halves, 2)} σ` : "–", "between first and second half, below 3 wanted", has(halves) ? halves <= 3 ? "good" : "warn" : "")];
  return section("", "", `<div class="text"><div class="headline">${D.parts ? `${esc(D.parts[0].name)}: ${pm(D.parts[0].value, D.parts[0].error)} ${esc(U)}` : best ? `ΔF = ${pm(best.deltaF, best.standardError)} ${esc(U)}` : "No estimator has a result"}</div><p class="soft">${best ? `${esc(best.label)}, from ` : "from "}${esc(D.lambdas.join(", "))} = ${minus(esc(D.from))} to ${minus(esc(D.to))} at ${sig(D.temperatureK, 6)} K; one standard error</p>
    ${n ? `<p class="warn"><b>${n === 1 ? "One warning" : `${n} warnings`}: read ${n === 1 ? "it" : "them"} before using the number.</b></p><ul>${D.warnings.map(w => `<li>${esc(w)}</li>`).join("")}</ul>` : `<p class="good"><b>Nothing speaks against it:</b> <span style="color:var(--ink)">neighbours overlap, halves agree, units and temperature are consistent. These are necessary signs, not a proof: a slow motion that no window has made leaves no trace.</span></p>`}</div><div class="tiles">${tiles.join("")}</div>`, "verdict");
}
function parts() {
  if (!D.parts) return "";
  return section("half", "What it is made of", `<table><thead><tr><th class="l">part</th><th>${esc(U)}</th><th>kJ/mol</th></tr></thead><tbody>${D.parts.map((p, i) => `<tr class="${i ? "" : "best"}"><td class="l">${esc(p.name)}</td><td>${pm(p.value, p.error)}</td><td>${pm(p.value * D.kjPerMolPerUnit, p.error * D.kjPerMolPerUnit)}</td></tr>`).join("")}</tbody></table>`);
}
function estimates() {
  const good = D.estimates.filter(ok), lo = Math.min(...good.map(e => e.deltaF - 2 * e.standardError)), hi = Math.max(...good.map(e => e.deltaF + 2 * e.standardError)), wide = 600;
  const forest = good.length ? plot({ w: wide, h: 62 + 22 * good.length, left: 140, x: range([lo, hi], .08), y: [0, good.length], xlabel: `ΔF / ${U}`, ylabel: "", draw: (X, Y) => (best ? `<rect x="${X(best.deltaF - best.standardError)}" y="8" width="${X(best.deltaF + best.standardError) - X(best.deltaF - best.standardError)}" height="${Y(0) - 8}" fill="var(--accent)" opacity=".13"/>` : "")
    + good.map((e, i) => { const y = Y(good.length - i - .5); return `<path d="M${X(e.deltaF - e.standardError)} ${y}H${X(e.deltaF + e.standardError)}" stroke="var(--accent2)" stroke-width="2"/><circle cx="${X(e.deltaF)}" cy="${y}" r="4" fill="var(--accent)"/><text class="label" x="132" y="${y + 4}" text-anchor="end">${esc(e.label)}</text>`; }).join("") }).replace(/<path class="axis" d="M140 [\d.]+H[\d.]+"\/><text[^>]*>[^<]*<\/text>/g, "") : "";
  const rows = D.estimates.map(e => `<tr class="${e.estimator === D.best ? "best" : ok(e) ? "" : "off"}"><td class="l">${esc(e.label)}</td>${ok(e) ? `<td>${pm(e.deltaF, e.standardError)}</td><td class="good">converged</td>` : `<td>–</td><td class="warn">${esc(e.status)}</td>`}</tr>${ok(e) ? "" : `<tr><td colspan="3" class="words" style="border:0;padding-top:0">${esc(e.reason)}</td></tr>`}`).join("");
  const boot = D.bootstrap ? `<p class="note">MBAR by ${D.bootstrap.converged} bootstrap repetitions (seed ${D.bootstrap.seed}): standard error ${sig(D.bootstrap.standardError)} ${U}, 95 % interval ${num(D.bootstrap.low95, 3)} to ${num(D.bootstrap.high95, 3)}.</p>` : "";
  return section("half", "All estimators on the same data", forest + `<table><thead><tr><th class="l">estimator</th><th>ΔF / ${esc(U)}</th><th>status</th></tr></thead><tbody>${rows}</tbody></table>${boot}<p class="note">Shaded: the first estimator's standard error.</p>`);
}
function convergence() {
  const c = D.convergence; if (!c.length) return "";
  const xs = c.map(p => p.fraction * 100), f = c.map(p => p.forward), b = c.map(p => p.backward), fe = c.map(p => p.forwardError), be = c.map(p => p.backwardError), last = c[c.length - 1];
  const all = [...f.map((v, i) => has(v) ? v + fe[i] : null), ...f.map((v, i) => has(v) ? v - fe[i] : null), ...b.map((v, i) => has(v) ? v + be[i] : null), ...b.map((v, i) => has(v) ? v - be[i] : null)];
  const marks = (X, Y, v, e, color, shift) => v.map((y, i) => has(y) ? `<path d="M${X(xs[i]) + shift} ${Y(y - e[i])}V${Y(y + e[i])}" stroke="${color}" stroke-width="1.6"/><circle cx="${X(xs[i]) + shift}" cy="${Y(y)}" r="3" fill="${color}"/>` : "").join("");
  return section("half", `Forward and backward convergence, ${esc(D.convergenceOf)}`, plot({ h: 300, x: [0, 104], y: range(all), xlabel: "% of every simulation", ylabel: `ΔF / ${U}`, draw: (X, Y) => (has(last.forward) ? `<rect x="${X(0)}" y="${Y(last.forward + last.forwardError)}" width="${X(104) - X(0)}" height="${Y(last.forward - last.forwardError) - Y(last.forward + last.forwardError)}" fill="var(--accent)" opacity=".12"/>` : "") + line(X, Y, xs, f, "var(--accent)") + line(X, Y, xs, b, "var(--accent2)") + marks(X, Y, f, fe, "var(--accent)", -1.5) + marks(X, Y, b, be, "var(--accent2)", 1.5) })
    + `<div class="legend"><span><i style="background:var(--accent)"></i>first part</span><span><i style="background:var(--accent2)"></i>last part</span></div><p class="note">A drift of the first parts away from the last says that the simulations had not equilibrated, or are too short.</p>`);
}
function gradients() {
  const g = D.gradients; if (!g) return "";
  const one = single(D.lambdas), x = (k, p) => one ? p[1] : p[0], moving = g.curves.filter(c => c.trapezoid && c.trapezoid.length);
  const all = [0, ...moving.flatMap(c => [...c.trapezoid, ...c.spline].map(p => p[2])), ...moving.flatMap(c => { const l = D.lambdas.indexOf(c.name); return g.means.flatMap((m, k) => [m[l] + g.errors[k][l], m[l] - g.errors[k][l]]); })], xr = one ? [g.lambdas[0][0], g.lambdas[g.lambdas.length - 1][0]] : [0, g.lambdas.length - 1];
  const chart = plot({ h: 300, x: xr[0] < xr[1] ? xr : [xr[1], xr[0]], y: range(all), xlabel: one ? D.lambdas[0] : "state along the path", ylabel: `⟨dH/dλ⟩ / ${U}`, draw: (X, Y) => `<path class="axis" d="M${X(xr[0])} ${Y(0)}H${X(xr[1])}" style="stroke:var(--soft)"/>` + moving.map((c, i) => { const l = D.lambdas.indexOf(c.name), color = colors[i % 5], t = c.trapezoid; return `<path d="M${X(x(0, t[0]))} ${Y(0)}${t.map(p => `L${X(x(0, p)).toFixed(1)} ${Y(p[2]).toFixed(1)}`).join("")}L${X(x(0, t[t.length - 1]))} ${Y(0)}Z" fill="${color}" opacity=".15"/>` + line(X, Y, t.map(p => x(0, p)), t.map(p => p[2]), color, 1.2) + `<path d="${c.spline.map((p, n) => `${n ? "L" : "M"}${X(x(0, p)).toFixed(1)} ${Y(p[2]).toFixed(1)}`).join("")}" fill="none" stroke="${color}" stroke-width="1.4" stroke-dasharray="5 4"/>`
    + g.means.map((m, k) => { const at = X(one ? g.lambdas[k][0] : k); return `<path d="M${at} ${Y(m[l] + g.errors[k][l])}V${Y(m[l] - g.errors[k][l])}" stroke="${color}" stroke-width="1.8"/><circle cx="${at}" cy="${Y(m[l])}" r="3" fill="${color}"/>`; }).join(""); }).join("") });
  return section("half", "Thermodynamic integration", chart + `<div class="legend">${moving.map((c, i) => `<span><i style="background:${colors[i % 5]}"></i>${esc(c.name)}</span>`).join("")}<span>filled: trapezoids</span><span>dashed: natural cubic spline</span></div>`);
}
function overlap() {
  const o = D.overlap; if (!o) return "";
  const W = 600, T = 34, L = Math.max(62, 20 + 6.4 * Math.max(...D.states.map(s => s.name.length))), cell = Math.min(84, (W - L - 12) / K, 460 / K), left = L + (W - L - 12 - cell * K) / 2, every = Math.ceil(K / 16), label = cell >= 24, wideNames = Math.max(...D.states.map(s => s.name.length)) * 6 > cell * every;
  const body = o.matrix.map((row, i) => row.map((v, j) => { const x = left + j * cell, y = T + i * cell, near = Math.abs(i - j) === 1 && v < o.wantedBetweenNeighbours && D.states[i].samples && D.states[j].samples;
    return `<rect x="${x + .5}" y="${y + .5}" width="${cell - 1}" height="${cell - 1}" rx="${Math.min(3, cell / 8)}" fill="${near ? "var(--bad)" : "var(--accent)"}" opacity="${near ? .45 : (.03 + .97 * Math.sqrt(v)).toFixed(3)}"/>` + (label && v >= .005 ? `<text x="${x + cell / 2}" y="${y + cell / 2 + 4}" text-anchor="middle" style="fill:${v > .2 ? "#fff" : "var(--ink)"}">${v.toFixed(2).replace(/^0/, "")}</text>` : ""); }).join("")).join("");
  const marks = D.states.map((_, k) => k % every ? "" : `<text x="${left + (k + .5) * cell}" y="${T - 8}" text-anchor="middle">${wideNames ? k + 1 : esc(xMark(k, every))}</text><text x="${left - 6}" y="${T + (k + .5) * cell + 4}" text-anchor="end">${wideNames ? `${k + 1}: ` : ""}${esc(xMark(k, every))}</text>`).join("");
  return section("half", "Overlap of states", `<svg class="chart" viewBox="0 0 ${W} ${T + cell * K + 8}" role="img" aria-label="overlap matrix">${marks}${body}</svg><p class="note">Row: found in this state; column: drawn from that one. Neighbours below ${o.wantedBetweenNeighbours} are red. 1 − second eigenvalue: ${sig(o.scalar, 3)} (0: the states fall apart).</p>`);
}
function intervals() {
  const shown = D.estimates.filter(e => ["mbar", "bar", "ti-spline", "ti-trapezoid", "exp-forward", "exp-reverse"].includes(e.estimator) && e.intervals.length); if (!shown.length || K > 41) return "";
  const steps = K - 1, values = shown.flatMap(e => e.intervals.filter(i => has(i.deltaF)).flatMap(i => [i.deltaF + i.standardError, i.deltaF - i.standardError])), w = .76 / shown.length, every = Math.ceil(steps / (single(D.lambdas) ? 6 : 3));
  const chart = plot({ h: 300, x: [-.5, steps - .5], y: range([0, ...values]), xlabel: "from state to state", ylabel: `ΔF / ${U}`, draw: (X, Y) => `<path class="axis" d="M${X(-.5)} ${Y(0)}H${X(steps - .5)}" style="stroke:var(--soft)"/>` + shown.map((e, n) => e.intervals.map(i => { if (!has(i.deltaF)) return ""; const x = X((i.from + i.to - 1) / 2 - .38 + (n + .5) * w), bw = Math.max(2, (X(w) - X(0)) * .8), top = Y(Math.max(0, i.deltaF)), h = Math.abs(Y(i.deltaF) - Y(0)); return `<rect x="${x - bw / 2}" y="${top}" width="${bw}" height="${h}" fill="${colors[D.estimates.indexOf(e)]}" opacity=".75"/><path d="M${x} ${Y(i.deltaF + i.standardError)}V${Y(i.deltaF - i.standardError)}" stroke="var(--ink)" stroke-width="1.3"/>`; }).join("")).join("") + Array.from({ length: steps }, (_, k) => k % every ? "" : `<text x="${X(k)}" y="278" text-anchor="middle">${minus(name(k))} → ${minus(name(k + 1))}</text>`).join("") })
    .replace(/<path class="axis" d="M[\d.]+ [\d.]+v4"\/><text x="[\d.]+" y="[\d.]+" text-anchor="middle">[^<]*<\/text>/g, "");
  return section("half", "Step by step", chart + `<div class="legend">${shown.map(e => `<span><i style="background:${colors[D.estimates.indexOf(e)]}"></i>${esc(e.label)}</span>`).join("")}</div>`);
}
function windows() {
  const rows = D.states.map((s, k) => `<tr class="${s.samples ? "" : "off"}"><td class="l">${minus(esc(s.name))}</td><td>${int(s.samples)}</td><td class="${s.equilibrationAtLimit ? "warn" : ""}">${s.discarded ? `${int(s.discarded)} (${time(s.discardedPicoseconds)})` : "0"}</td><td>${s.samples ? num(s.statisticalInefficiency, 2) : "–"}</td><td class="${s.samples && s.independentSamples < 50 ? "warn" : ""}">${s.samples ? int(s.independentSamples) : "–"}</td><td>${has(s.mbarEffectiveSamples) ? int(s.mbarEffectiveSamples) : "–"}</td></tr>`).join("");
  return section("half", "Windows", `<div class="scroll" style="max-height:420px"><table><thead><tr><th class="l">state</th><th>rows</th><th>discarded</th><th>g</th><th>independent</th><th>with MBAR</th></tr></thead><tbody>${rows}</tbody></table></div><p class="note">Equilibration: ${esc(D.equilibration)}; ${esc(D.correlation)}, g the largest over the energy differences to both neighbours and dH/dλ. With MBAR: effective samples from all states.</p>`);
}
function checks() {
  if (!D.pairs.length) return "";
  const rows = D.pairs.map(p => `<tr><td class="l">${minus(esc(name(p.from)))} – ${minus(esc(name(p.to)))}</td><td class="${p.overlap < (D.overlap ? D.overlap.wantedBetweenNeighbours : .03) ? "bad" : ""}">${sig(p.overlap, 2)}</td><td>${pm(p.slope, p.slopeError)}</td><td class="${p.consistent === true ? "good" : p.consistent === false ? "bad" : "soft"}">${p.consistent === true ? "yes" : p.consistent === false ? "no" : "not testable"}</td></tr>`).join("");
  return section("half", "Do neighbours fit together?", `<div class="scroll" style="max-height:420px"><table><thead><tr><th class="l">states</th><th>overlap</th><th>slope</th><th>consistent</th></tr></thead><tbody>${rows}</tbody></table></div><p class="note">Slope: P₁(Δu)/P₀(Δu) = exp(ΔF − Δu) makes the odds of the two states a straight line in Δu whose slope is 1 if energies are in kT at the right temperature and states are what they are called (Shirts, J. Chem. Theory Comput. 9 (2013) 909).</p>`);
}
function read() {
  const files = D.inputs.map(f => `<tr><td class="l">${esc(f.path)}</td><td class="l soft">${f.sha256.slice(0, 16)}…</td></tr>`).join("");
  return section("half", "What was read", `<div class="scroll" style="max-height:260px"><table><thead><tr><th class="l">file</th><th class="l">SHA-256</th></tr></thead><tbody>${files}</tbody></table></div>${D.notes.map(n => `<p class="note">${esc(n)}</p>`).join("")}`);
}
function method() {
  return section("half", "How the numbers are made", `<div class="method" style="columns:1"><p><b>MBAR.</b> Shirts and Chodera, J. Chem. Phys. 129 (2008) 124105; each row of state k counts as 1/g<sub>k</sub> of an independent one; errors from the asymptotic covariance.</p><p><b>BAR.</b> Bennett, J. Comput. Phys. 22 (1976) 245, between neighbours; the error of the sum includes what neighbouring steps share.</p>
    <p><b>TI.</b> ⟨dH/dλ⟩ by trapezoids and by natural cubic splines between corners of the path; errors propagate exactly through the linear rule, and say nothing of its discretisation.</p><p><b>EXP, Gaussian.</b> One-sided averages from neighbour to neighbour; forward and reverse apart say that states are too far from each other.</p>
    <p><b>Equilibration.</b> The start that leaves the most effective samples (Chodera, J. Chem. Theory Comput. 12 (2016) 1799), or later, until the first tenth of the rest no longer differs from its last half (Geweke, in Bayesian Statistics 4 (1992) 169). At most one half.</p><p><b>Correlation.</b> g = 1 + 2 Σ ρ(t) by Geyer's initial monotone sequence, Stat. Sci. 7 (1992) 473.</p></div>`);
}
$("run").textContent = `Free energy of ${D.lambdas.join(", ")} from ${D.from} to ${D.to} · ${sig(D.temperatureK, 6)} K · ${K} states`;
if (D.title) $("run").textContent = `${D.title} · ${sig(D.temperatureK, 6)} K`;
document.title = D.title ? `MolSampling: ${D.title}` : "MolSampling: free energy";
$("main").innerHTML = verdict() + `<div class="half stack">${parts()}${estimates()}${gradients()}${windows()}${read()}${method()}</div><div class="half stack">${convergence()}${overlap()}${intervals()}${checks()}</div>`;
documentName = "free-energy";
addDownloads($("main"));
$("foot").textContent = `Made by MolSampling ${D.version}. This file needs no network.`;
