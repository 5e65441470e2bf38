const R = D.result, H = R.heldOut, kcal = 4.184;
function verdict() {
  const tile = (b, s, k = "") => `<div class="tile"><b class="${k}">${b}</b><span>${esc(s)}</span></div>`;
  const law = `${R.members} networks${R.base ? ` on top of ${R.base}` : ""}, learned from ${int(R.frames)} frames of ${R.formulas.join(", ")} labelled by ${R.law}`;
  return section("", "", `<div class="text"><div class="headline">${H ? `± ${sig(H.energyRoot, 2)} kJ/mol, ± ${sig(H.forceRoot, 2)} kJ/mol/nm` : "No frames were left out"}</div><p>${esc(law)}.</p>${H ? `<p>Root-mean-square errors of ${int(H.frames)} frames that no network was fitted to; energies up to a constant.</p>` : ""}</div><div class="tiles">${H ? [
    tile(sig(H.energyMean / kcal, 2), "kcal/mol, mean absolute error of energies"), tile(sig(H.forceMean / kcal / 10, 2), "kcal/mol/Å, mean absolute error of force components"),
    tile(has(H.within68) ? `${num(100 * H.within68, 0)} %` : "–", "of energies inside of the spread's 68 % range"), tile(has(H.within95) ? `${num(100 * H.within95, 0)} %` : "–", "inside of its 95 % range"),
    tile(has(H.rankCorrelation) ? num(H.rankCorrelation, 2) : "–", "rank correlation of spread and error"), tile(num(R.calibration, 2), "factor that the networks' spread was scaled by")].join("") : ""}</div>`, "verdict");
}
function energies() {
  if (!D.points.length) return "";
  const e = D.points.map(p => p[1] - p[0]), x = range(D.points.map(p => p[0])), top = Math.max(...e.map(Math.abs)) * 1.05;
  return section("half", "Errors of energies", plot({ h: 300, x, y: [-top, top], xlabel: "energy by the label / kJ/mol", ylabel: "predicted − label / kJ/mol", table: { head: ["label", "predicted", "spread"], rows: D.points }, draw: (X, Y) => `<path class="axis" d="M${X(x[0])} ${Y(0)}H${X(x[1])}"/>` + D.points.map((p, i) => `<circle cx="${X(p[0]).toFixed(1)}" cy="${Y(e[i]).toFixed(1)}" r="2.2" fill="var(--accent)" opacity=".55"/>`).join("") }) + `<p class="note">Frames that were left out, energies from their mean. A slope or a bend here is an error that the networks share, of which their spread knows nothing.</p>`);
}
function spread() {
  if (D.bins.length < 2) return "";
  const top = Math.max(...D.bins.map(b => Math.max(b.spread, b.error))) * 1.08;
  return section("half", "What the spread says", plot({ h: 300, x: [0, top], y: [0, top], xlabel: "networks' spread, scaled / kJ/mol", ylabel: "root-mean-square error / kJ/mol", table: { head: ["spread", "error", "frames"], rows: D.bins.map(b => [b.spread, b.error, b.frames]) }, draw: (X, Y) => `<path class="axis" d="M${X(0)} ${Y(0)}L${X(top)} ${Y(top)}" stroke-dasharray="4 4"/>` + line(X, Y, D.bins.map(b => b.spread), D.bins.map(b => b.error), "var(--accent)") + D.bins.map(b => `<circle cx="${X(b.spread)}" cy="${Y(b.error)}" r="4" fill="var(--accent)"/>`).join("") }) + `<p class="note">Frames in groups of equal number by spread. On the dashed line a spread is an error bar; above it the networks agree on what is wrong.</p>`);
}
function training() {
  const logs = v => v.map(x => x > 0 ? Math.log10(x) : null), all = D.curves.flatMap(c => [...logs(c.training), ...logs(c.validation)]), last = Math.max(...D.curves.flatMap(c => c.epochs));
  if (D.curves[0].epochs.length < 2) return "";
  return section("half", "Training", plot({ h: 300, x: [0, last], y: range(all), xlabel: "epoch", ylabel: "log₁₀ of the forces' error / kJ/mol/nm", table: { head: ["member", "epoch", "training", "validation"], rows: D.curves.flatMap((c, m) => c.epochs.map((e, i) => [m, e, c.training[i], c.validation[i]])) }, draw: (X, Y) => D.curves.map(c => line(X, Y, c.epochs, logs(c.training), "var(--accent2)", 1) + line(X, Y, c.epochs, logs(c.validation), "var(--accent)")).join("") }) + legendOf([["var(--accent2)", "training, as it goes"], ["var(--accent)", "validation, averaged weights"]]) + `<p class="note">Root-mean-square errors of force components, a line for each network. Of each the state with the lowest validation error is kept.</p>`);
}
function facts() {
  const rows = [["label", R.law], ["base", R.base || "none"], ["features", R.features], ["hidden layers", `${R.hidden.join(", ")}; celu, α = ${sig(R.alpha)}`], ["usual spread", `${sig(R.usualSpread, 2)} kJ/mol: 99 % of the frames that were left out have less`], ["−ln p of an error", H ? `${sig(H.logLikelihood, 3)} nats, Student's law with the spread as its width` : "–"], ["seed", R.seed], ["weights", R.weightsHash.slice(0, 16)]];
  return section("half", "What it is", `<table><tbody>${rows.map(([k, v]) => `<tr><td class="l">${esc(k)}</td><td class="l">${esc(v)}</td></tr>`).join("")}</tbody></table><p class="note">Nothing is known of its errors for other molecules, or where frames differ from all that it learned from.</p>`);
}
$("run").textContent = `${R.name} · seed ${R.seed}`;
document.title = `MolSampling: ${R.name}`;
$("main").innerHTML = verdict() + energies() + spread() + training() + facts();
documentName = R.name;
addDownloads($("main"));
$("foot").textContent = `Made by MolSampling ${D.program}. This file needs no network.`;
