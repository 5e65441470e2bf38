// The table of a list: sorted by any column, searched as one types; a molecule's details are opened when it is looked at.
const columns = [["#", 0], ["name", 2], ["status", 4], ["reason", 5], ["atoms", 6], ["rotors", 7], ["conformers", 8], ["largest / %", 9], ["ESS", 10], ["time / s", 11]];
const listed = { sort: 0, down: false, text: "", status: "", rows: [], shown: 100, chosen: null };
const statusClass = { ok: "good", partial: "warn", failed: "bad" };
function chosenRows() {
  const text = listed.text.trim().toLowerCase(), c = listed.sort, sign = listed.down ? -1 : 1;
  const rows = D.rows.map((_, i) => i).filter(i => {
    const r = D.rows[i];
    return (!listed.status || r[4] === listed.status) && (!text || [r[2], r[3], r[4], r[5]].some(v => has(v) && v.toLowerCase().includes(text)));
  });
  const compare = (a, b) => typeof a === "string" ? a.localeCompare(b, "en", { numeric: true }) : a - b;
  return rows.sort((i, j) => {
    const [a, b] = [D.rows[i][c], D.rows[j][c]];
    return has(a) && has(b) ? sign * compare(a, b) || i - j : has(a) ? -1 : has(b) ? 1 : i - j; // what is missing comes last, whichever way
  });
}
function listRow(i) {
  const r = D.rows[i];
  return `<tr data-i="${i}" class="pick" aria-selected="${i === listed.chosen}"><td>${r[0]}</td><td class="name left"><button type="button" title="${esc(r[3] || r[2])}">${esc(r[2])}</button></td>` +
    `<td class="left ${statusClass[r[4]]}">${esc(r[4])}</td><td class="reason">${has(r[5]) ? esc(r[5]) + (has(r[1]) && r[4] === "failed" ? ` (line ${r[1]})` : "") : ""}</td>` +
    `<td>${has(r[6]) && r[6] > 0 ? r[6] : "–"}</td><td>${r[8] ? r[7] : "–"}</td><td>${r[8] || "–"}</td><td>${has(r[9]) ? num(100 * r[9], 1) : "–"}</td><td>${int(r[10])}</td><td>${num(r[11], 1)}</td></tr>`;
}
function drawList() {
  const focus = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.column : undefined;
  listed.rows = chosenRows();
  const shown = listed.rows.slice(0, listed.shown), rest = listed.rows.length - shown.length;
  $("rows").innerHTML = `<table><thead><tr>${columns.map(([name, c]) => `<th scope="col" class="${c >= 2 && c <= 5 ? "left" : ""}"${listed.sort === c ? ` aria-sort="${listed.down ? "descending" : "ascending"}"` : ""}>` +
    `<button type="button" data-column="${c}">${name}${listed.sort === c ? listed.down ? " ↓" : " ↑" : ""}</button></th>`).join("")}</tr></thead><tbody>${shown.map(listRow).join("")}</tbody></table>` +
    (rest ? `<p class="tools"><button type="button" id="more">show ${Math.min(rest, 500)} more of ${int(rest)}</button></p>` : "") + (shown.length ? "" : `<p class="soft">No molecule matches.</p>`);
  $("count").textContent = `${int(listed.rows.length)} of ${int(D.rows.length)}`;
  if (focus !== undefined) $("rows").querySelector(`[data-column="${focus}"]`).focus();
}
function list() {
  const count = s => D.rows.filter(r => r[4] === s).length;
  const filters = [["", "all", D.rows.length], ...["ok", "partial", "failed"].map(s => [s, s, count(s)])].filter(f => f[2]);
  const missing = D.entries - D.rows.length;
  return `<section id="list"><h2>${int(D.entries)} molecules${missing ? `, ${int(missing)} of them not done yet` : ""}</h2><div class="bar"><input id="search" type="search" placeholder="search name, SMILES, status, reason" aria-label="search the list">
    <span id="filters" role="group" aria-label="status">${filters.map(([s, name, n]) => `<button type="button" data-status="${s}" aria-pressed="${s === ""}">${name} ${int(n)}</button>`).join("")}</span><span class="soft" id="count" aria-live="polite"></span></div>
    <div class="scroll" id="rows"></div></section>`;
}
function beginList() {
  const section = $("list"), again = () => { listed.shown = 100; drawList(); };
  $("search").oninput = e => { listed.text = e.target.value; again(); };
  $("filters").onclick = e => {
    const button = e.target.closest("button");
    if (!button) return;
    listed.status = button.dataset.status;
    $("filters").querySelectorAll("button").forEach(b => b.setAttribute("aria-pressed", b === button));
    again();
  };
  $("rows").onclick = e => {
    const head = e.target.closest("[data-column]"), row = e.target.closest("tr.pick");
    if (head) {
      const c = +head.dataset.column;
      [listed.down, listed.sort] = [listed.sort === c ? !listed.down : c >= 6, c];
      again();
    } else if (e.target.id === "more") { listed.shown += 500; drawList(); } else if (row) choose(+row.dataset.i, true);
  };
  const table = () => ({
    head: ["entry", "line", "name", "SMILES", "status", "reason", "atoms", "rotatable bonds", "conformers", "largest population", "ESS", "seconds"],
    rows: listed.rows.map(i => D.rows[i]),
  });
  section.querySelector("h2").after(saveMenu("the list", [["CSV", () => saveCsv(table(), "molecules")]]));
  drawList();
}
// from the end of this file, where it stands compressed
async function detail(i) {
  const read = () => document.getElementById(`m${i}`);
  if (!read() && document.readyState === "loading") await new Promise(done => document.addEventListener("DOMContentLoaded", done, { once: true }));
  if (!read()) return null;
  const bytes = Uint8Array.from(atob(read().textContent), c => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}
async function choose(i, scroll) {
  listed.chosen = i;
  $("rows").querySelectorAll("tr.pick").forEach(r => r.setAttribute("aria-selected", +r.dataset.i === i));
  let molecule, why = "of a list this long the first molecules only are in this file; summary.json and conformers.sdf have the others";
  try { molecule = await detail(i); } catch { why = "this browser cannot open them (DecompressionStream is missing: any browser from 2023 on has it)"; }
  if (listed.chosen !== i) return; // another was asked for meanwhile
  if (molecule) show(molecule);
  else $("molecule").innerHTML = section("", D.rows[i][2], `<p class="soft">The details are not here: ${why}.</p>`);
  if (scroll) $("molecule").firstElementChild.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}
