"use strict";
// Walks over stacks, frame by frame, as tables. texts are those that rows name by their index.

function how(texts, side, text, lines, passed) {
  const cell = make("td", `how ${side}${passed ? " passed" : ""}`);
  cell.dataset.side = side;
  cell.append(make("b", "", text < 0 ? "no frame" : texts[text]));
  if (lines >= 0 && texts[lines]) cell.append(make("span", "by", texts[lines]));
  return cell;
}

function frameCell(texts, base, candidate) {
  const cell = make("td", "frame");
  if (base >= 0 && candidate >= 0 && base !== candidate) {
    cell.append(make("code", "old", texts[base]), document.createElement("br"), make("code", "new", texts[candidate]));
  } else {
    cell.append(make("code", "", texts[Math.max(base, candidate)]));
  }
  return cell;
}

/** @param {string[]} texts  @param {WalkRow} row */
function drawRow(texts, [index, baseText, baseHow, baseLines, candText, candHow, candLines, differs]) {
  const row = make("tr", differs ? "differs" : "");
  row.append(make("td", "i", String(index)), frameCell(texts, baseText, candText));
  if (differs) row.lastChild.append(make("span", "sr", " (treated differently)"));
  const unreached = (text) => text < 0 || texts[text] === "unreached";
  row.append(how(texts, "base", baseHow, baseLines, unreached(baseHow)), how(texts, "candidate", candHow, candLines, unreached(candHow)));
  return row;
}

/** @param {string[]} texts  @param {Walk} walk */
function drawWalk(texts, walk) {
  const head = make("tr", "");
  for (const [text, className] of [["#", "i"], ["Frame", ""], ["Base", "how"], ["Candidate", "how"]]) {
    const cell = make("th", className, text);
    cell.scope = "col";
    head.append(cell);
  }
  const table = make("table", "walk", make("caption", "", walk.title), make("thead", "", head),
    make("tbody", "", ...walk.rows.map((row) => drawRow(texts, row))));
  const wrapper = make("div", "scroll", table);
  if (walk.more > 0) wrapper.append(make("p", "hint", `${count(walk.more, "more frame", "more frames")}, which neither side reached`));
  return wrapper;
}
