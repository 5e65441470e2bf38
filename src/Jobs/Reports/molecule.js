// A molecule in the plane and in space, with its torsions pointed out in both.
const colors = ["#1f8fae", "#d9732f", "#8a6fd1", "#4fa253", "#cf5280"];
const view = { viewer: null, molecule: null, shown: 0, lit: null };
const isDark = () => matchMedia("screen and (prefers-color-scheme: dark)").matches;
const plane = m => m.drawing ? `<div class="plane">${m.drawing.svg.replace("<svg", `<svg role="img" aria-label="structure with numbered atoms"`)}` +
  `<svg class="glow" viewBox="0 0 ${m.drawing.width} ${m.drawing.height}" aria-hidden="true"></svg></div>` : "";
// the bonds of a torsion i-j-k-l, or of a nitrogen with its three neighbours
const paths = c => c.kind === "inversion" ? [[0, 1], [0, 2], [0, 3]] : [[0, 1], [1, 2], [2, 3]];
function glow(c) {
  const d = view.molecule.drawing;
  document.querySelectorAll(".plane .glow").forEach(svg => {
    if (!c || !d) { svg.innerHTML = ""; return; }
    const at = c.atoms.map(a => d.atoms.indexOf(a)).map(p => p < 0 ? null : [d.positions[2 * p], d.positions[2 * p + 1]]);
    svg.innerHTML = paths(c).map(([p, q]) => at[p] && at[q] ? `<path d="M${at[p]}L${at[q]}"/>` : "").join("") + at.map(p => p ? `<circle cx="${p[0]}" cy="${p[1]}" r="13"/>` : "").join("");
  });
}
const point = (b, a) => ({ x: b.positions[3 * a], y: b.positions[3 * a + 1], z: b.positions[3 * a + 2] });
function glow3d(c) {
  const b = view.molecule.basins[view.shown];
  if (!view.viewer || !b || !b.positions) return;
  view.viewer.removeAllShapes();
  if (c && !$("overlay").checked) {
    const color = isDark() ? "#f0935a" : "#e0671f";
    c.atoms.forEach(a => view.viewer.addSphere({ center: point(b, a), radius: .48, color, alpha: .62 }));
    paths(c).forEach(([p, q]) => view.viewer.addCylinder({ start: point(b, c.atoms[p]), end: point(b, c.atoms[q]), radius: .2, color, alpha: .62 }));
  }
  view.viewer.render();
}
// lights up a torsion wherever it stands on the page; null puts it out
function light(index) {
  if (view.lit === index) return;
  view.lit = index;
  const c = index === null ? null : view.molecule.coordinates[index];
  document.querySelectorAll("[data-c].on").forEach(e => e.classList.remove("on"));
  if (c) document.querySelectorAll(`[data-c="${index}"]`).forEach(e => e.classList.add("on"));
  glow(c);
  glow3d(c);
}
for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(on, e => { const t = e.target.closest("[data-c]"); if (t) light(+t.dataset.c); });
  document.addEventListener(off, e => { const t = e.target.closest("[data-c]"); if (t && !t.contains(e.relatedTarget)) light(null); });
}
function sdf(m, positions) {
  const pad = (v, n) => String(v).padStart(n), atoms = m.elements.length, bonds = m.bonds.length / 3;
  if (atoms > 999 || bonds > 999) return null;
  return ["", "", "", `${pad(atoms, 3)}${pad(bonds, 3)}  0  0  0  0            999 V2000`,
    ...m.elements.map((e, a) => [0, 1, 2].map(c => pad(positions[3 * a + c].toFixed(4), 10)).join("") + ` ${e.padEnd(3)} 0  0`),
    ...Array.from({ length: bonds }, (_, k) => `${pad(m.bonds[3 * k] + 1, 3)}${pad(m.bonds[3 * k + 1] + 1, 3)}${pad(m.bonds[3 * k + 2], 3)}`), "M  END"].join("\n");
}
const xyz = (m, positions) => [m.elements.length, "", ...m.elements.map((e, a) => `${e} ${positions.slice(3 * a, 3 * a + 3).join(" ")}`)].join("\n");
// y turned and moved onto x by the atoms given: the rotation is the top eigenvector of Horn's matrix (J. Opt. Soc. Am. A 4 (1987) 629)
function superposed(y, x, atoms) {
  const mean = v => [0, 1, 2].map(c => atoms.reduce((s, a) => s + v[3 * a + c], 0) / atoms.length), [mx, my] = [mean(x), mean(y)];
  const S = [0, 1, 2].map(p => [0, 1, 2].map(q => atoms.reduce((s, a) => s + (y[3 * a + p] - my[p]) * (x[3 * a + q] - mx[q]), 0)));
  const N = [[S[0][0] + S[1][1] + S[2][2], S[1][2] - S[2][1], S[2][0] - S[0][2], S[0][1] - S[1][0]], [0, S[0][0] - S[1][1] - S[2][2], S[0][1] + S[1][0], S[2][0] + S[0][2]],
    [0, 0, S[1][1] - S[0][0] - S[2][2], S[1][2] + S[2][1]], [0, 0, 0, S[2][2] - S[0][0] - S[1][1]]];
  const shift = 2 * Math.sqrt(S.flat().reduce((s, v) => s + v * v, 1e-12)); // above all eigenvalues' sizes
  let q = [1, .01, .02, .03];
  for (let step = 0; step < 300; step++) {
    q = q.map((v, i) => shift * v + q.reduce((s, w, j) => s + N[Math.min(i, j)][Math.max(i, j)] * w, 0));
    const size = Math.hypot(...q);
    q = q.map(v => v / size);
  }
  const [w, a, b, c] = q;
  const R = [[1 - 2 * (b * b + c * c), 2 * (a * b - w * c), 2 * (a * c + w * b)], [2 * (a * b + w * c), 1 - 2 * (a * a + c * c), 2 * (b * c - w * a)], [2 * (a * c - w * b), 2 * (b * c + w * a), 1 - 2 * (a * a + b * b)]];
  return y.map((_, k) => { const n = 3 * Math.floor(k / 3); return mx[k % 3] + R[k % 3].reduce((s, r, p) => s + r * (y[n + p] - my[p]), 0); });
}
function draw3d() {
  const box = $("view3d"), m = view.molecule;
  if (!box) return;
  if (typeof $3Dmol === "undefined") {
    box.style.height = "auto";
    box.innerHTML = '<p class="soft">The 3D view was not built in: npm was missing. Install npm and run ./molsampling once more; conformers.sdf holds the same structures.</p>';
    return;
  }
  if (!view.viewer) view.viewer = $3Dmol.createViewer(box, { antialias: true });
  const viewer = view.viewer, overlay = $("overlay").checked, heavy = m.elements.map((e, a) => e === "H" ? -1 : a).filter(a => a >= 0);
  viewer.setBackgroundColor(isDark() ? "#1a2129" : "#ffffff");
  viewer.removeAllModels(); viewer.removeAllLabels(); viewer.removeAllShapes();
  const first = m.basins[0].positions, list = (overlay ? m.basins.slice(0, 5) : [m.basins[view.shown]]).filter(b => b.positions);
  list.forEach((b, k) => {
    const positions = overlay && k > 0 && heavy.length > 2 ? superposed(b.positions, first, heavy) : b.positions, block = sdf(m, positions);
    const model = block ? viewer.addModel(block, "sdf") : viewer.addModel(xyz(m, positions), "xyz");
    model.setStyle({}, overlay ? { stick: { radius: .09, color: colors[k] } } : { stick: { radius: .12, colorscheme: "Jmol" }, sphere: { scale: .23, colorscheme: "Jmol" } });
    if (!$("hydrogens").checked) model.setStyle({ elem: "H" }, {});
  });
  if ($("numbers").checked && !overlay && list.length) {
    const named = new Set([...heavy, ...m.coordinates.flatMap(c => c.atoms)]);
    named.forEach(a => viewer.addLabel(String(a + 1), { position: point(list[0], a), fontSize: 11, fontColor: isDark() ? "#ffffff" : "#101418", backgroundColor: isDark() ? "#12171d" : "#ffffff",
      backgroundOpacity: .55, padding: 1, inFront: true, alignment: "center" }));
  }
  viewer.zoomTo(); viewer.render();
  $("shownas").innerHTML = overlay ? legendOf(list.map((_, k) => [colors[k], `conformer ${k + 1}`])) : list.length ? `conformer ${view.shown + 1} of ${m.basins.length}` : `conformer ${view.shown + 1}: its coordinates are in conformers.sdf`;
}
matchMedia("screen and (prefers-color-scheme: dark)").addEventListener("change", () => { if (view.molecule && view.molecule.basins.length) draw3d(); });
