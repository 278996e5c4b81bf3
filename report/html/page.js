"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("filters");
  if (!form) return;
  const data = JSON.parse(byId("data").textContent);
  const groups = Array.from(document.querySelectorAll("article.group"), (element) => ({
    element,
    kind: element.dataset.kind,
    collateral: "collateral" in element.dataset,
    lines: element.dataset.lines.split(" "),
    rules: element.dataset.rules.split(" "),
    crashes: Number(element.dataset.crashes),
    text: null, // for the search, when it is first needed
  }));

  // Filters.

  const searchable = (group) => {
    group.text ??= group.element.textContent.toLowerCase();
    return group.text;
  };

  const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

  function filter() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const line = byId("line").value;
    const rule = byId("rule").value;
    const onlyCollateral = byId("collateral")?.checked;
    const kinds = new Set(Array.from(form.querySelectorAll("input[name=kind]:checked"), (box) => box.value));
    let shown = 0;
    let crashes = 0;
    for (const group of groups) {
      const matches = kinds.has(group.kind) && (line === "" || group.lines.includes(line)) &&
        (rule === "" || group.rules.includes(rule)) && (!onlyCollateral || group.collateral) && words.every((word) => searchable(group).includes(word));
      group.element.hidden = !matches;
      if (matches) {
        shown++;
        crashes += group.crashes;
      }
    }
    const all = shown === groups.length;
    byId("status").textContent = all
      ? `All ${count(shown, "group", "groups")}, ${count(crashes, "crash", "crashes")}`
      : `${shown.toLocaleString("en")} of ${count(groups.length, "group", "groups")}, ${count(crashes, "crash", "crashes")}`;
    byId("show-all").hidden = all;
    byId("none").hidden = shown > 0;
  }

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 60);
  });
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());

  for (const button of document.querySelectorAll(".to-groups")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      byId("line").value = button.dataset.line;
      setTimeout(() => { // after what the reset put off
        filter();
        byId("groups").scrollIntoView();
        byId("line").focus({ preventScroll: true });
      });
    });
  }

  // Frames, drawn when a group is first opened. Data only ever becomes text.

  function make(name, className, ...children) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  function how(side, text, lines, passed) {
    const cell = make("td", `how ${side}${passed ? " passed" : ""}`);
    cell.dataset.side = side;
    cell.append(make("b", "", text < 0 ? "no frame" : data.texts[text]));
    if (lines >= 0 && data.texts[lines]) cell.append(make("span", "by", data.texts[lines]));
    return cell;
  }

  function frameCell(base, candidate) {
    const cell = make("td", "frame");
    if (base >= 0 && candidate >= 0 && base !== candidate) {
      cell.append(make("code", "old", data.texts[base]), document.createElement("br"), make("code", "new", data.texts[candidate]));
    } else {
      cell.append(make("code", "", data.texts[Math.max(base, candidate)]));
    }
    return cell;
  }

  function drawRow([index, baseText, baseHow, baseLines, candText, candHow, candLines, differs]) {
    const row = make("tr", differs ? "differs" : "");
    row.append(make("td", "i", String(index)), frameCell(baseText, candText));
    if (differs) row.lastChild.append(make("span", "sr", " (treated differently)"));
    const unreached = (text) => text < 0 || data.texts[text] === "unreached";
    row.append(how("base", baseHow, baseLines, unreached(baseHow)), how("candidate", candHow, candLines, unreached(candHow)));
    return row;
  }

  function drawWalk(walk) {
    const head = make("tr", "");
    for (const [text, className] of [["#", "i"], ["Frame", ""], ["Base", "how"], ["Candidate", "how"]]) {
      const cell = make("th", className, text);
      cell.scope = "col";
      head.append(cell);
    }
    const table = make("table", "walk", make("caption", "", walk.title), make("thead", "", head),
      make("tbody", "", ...walk.rows.map(drawRow)));
    const wrapper = make("div", "scroll", table);
    if (walk.more > 0) wrapper.append(make("p", "hint", `${count(walk.more, "more frame", "more frames")}, which neither side reached`));
    return wrapper;
  }

  function draw(article) {
    const place = article.querySelector(".walks");
    if (!place || place.childElementCount > 0) return;
    const sample = data.groups[article.id.slice(1)];
    place.append(make("p", "", "Frame by frame, for ", make("code", "", sample.id), ":"), ...sample.walks.map(drawWalk));
  }

  byId("list").addEventListener("toggle", (event) => {
    if (event.target.open) {
      const article = event.target.closest("article");
      const group = groups[Number(article.id.slice(1)) - 1];
      searchable(group); // before the frames come in
      draw(article);
    }
  }, true);

  // Links to groups open them.

  function openLinked() {
    const id = decodeURIComponent(location.hash.slice(1));
    const article = /^g\d+$/.test(id) && byId(id);
    if (!article) return;
    if (article.hidden) {
      form.reset();
    }
    article.hidden = false;
    const details = article.querySelector("details");
    details.open = true;
    article.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", openLinked);

  form.hidden = false;
  filter();
  openLinked();
})();
