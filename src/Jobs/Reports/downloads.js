// Every picture can be saved as SVG or PNG, every table and the numbers of a picture as CSV: a menu beside each.
const fileName = text => text.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 80) || "molsampling";
let documentName = "molsampling"; // what files' names begin with
function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
// a text that a spreadsheet would take for a formula is quoted: names come from files
function csvCell(value) {
  if (!has(value)) return "";
  if (typeof value === "number") return String(value);
  let text = String(value).replace(/−/g, "-").replace(/[\u202f\u00a0]/g, " ").trim();
  if (/^[=@\t\r]/.test(text) || /^[+-](?![\d.]|[ +\-cgta]*$)/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
const csv = ({ head, rows }) => [head, ...rows].map(r => r.map(csvCell).join(",")).join("\r\n") + "\r\n";
const saveCsv = (table, name) => saveBlob(new Blob(["\ufeff", csv(table)], { type: "text/csv" }), `${fileName(name)}.csv`);
const tableOf = element => element.dataset.table !== undefined ? tables[+element.dataset.table] : {
  head: [...element.tHead.rows[0].cells].map(c => c.textContent),
  rows: [...element.tBodies[0].rows].map(r => [...r.cells].map(c => c.dataset.value !== undefined ? c.dataset.value : c.textContent)),
};
const looks = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "text-anchor"];
// a picture that stands alone: in the light colours of print, whatever the page has
function standalone(svg) {
  const root = document.documentElement.classList;
  root.add("light");
  const copy = svg.cloneNode(true), box = svg.viewBox.baseVal, from = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, k) => {
    const style = getComputedStyle(from[k]);
    for (const look of looks) element.style.setProperty(look, style.getPropertyValue(look));
    ["class", "data-table", "tabindex"].forEach(a => element.removeAttribute(a));
  });
  const paper = getComputedStyle(document.body).getPropertyValue("--card");
  root.remove("light");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", box.width);
  copy.setAttribute("height", box.height);
  copy.insertAdjacentHTML("afterbegin", `<rect width="${box.width}" height="${box.height}" fill="${paper}"/>`);
  return new XMLSerializer().serializeToString(copy);
}
const saveSvg = (svg, name) => saveBlob(new Blob([standalone(svg)], { type: "image/svg+xml" }), `${fileName(name)}.svg`);
function savePng(svg, name) {
  const image = new Image(), box = svg.viewBox.baseVal, scale = Math.max(2, 1600 / box.width);
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => saveBlob(blob, `${fileName(name)}.png`), "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
}
// o: what it is called, and [label, what to do] for each choice
function saveMenu(title, choices) {
  const menu = document.createElement("details");
  menu.className = "save";
  menu.innerHTML = `<summary aria-label="save ${esc(title)}">save</summary><div>${choices.map(([label]) => `<button type="button">${label}</button>`).join("")}</div>`;
  menu.querySelectorAll("button").forEach((b, k) => b.onclick = () => { choices[k][1](); menu.open = false; });
  menu.onkeydown = e => { if (e.key === "Escape") { menu.open = false; menu.firstChild.focus(); } };
  return menu;
}
// gives every chart and table below an element its menu, once
function addDownloads(root) {
  root.querySelectorAll("svg.chart, table:not(.key)").forEach(element => {
    if (element.dataset.saves) return;
    element.dataset.saves = "yes";
    const box = element.closest("figure") || element.closest("section"), heading = box.querySelector("figcaption, h2");
    const title = element.querySelector(":scope > title, :scope > caption");
    const name = () => `${documentName}-${(title || heading || document.querySelector("title")).textContent}`;
    const choices = element.matches("svg") ? [["SVG", () => saveSvg(element, name())], ["PNG", () => savePng(element, name())]] : [];
    if (!element.matches("svg") || element.dataset.table !== undefined) choices.push(["CSV", () => saveCsv(tableOf(element), name())]);
    const menu = saveMenu((title || heading || element).textContent.slice(0, 80), choices);
    if (box.matches("figure")) box.append(menu);
    else (element.closest(".scroll") || element).before(menu);
  });
}
document.addEventListener("click", e => document.querySelectorAll("details.save[open]").forEach(m => { if (!m.contains(e.target)) m.open = false; }));
