"use strict";
(() => {
  const madeBy = document.querySelector("#made-by code");
  if (madeBy) madeBy.after(" ", copyButton("copy", () => madeBy.textContent));

  const form = byId("filters");
  if (!form) return;
  const data = JSON.parse(byId("data").textContent);
  const list = byId("list");
  const search = byId("search");
  const groups = Array.from(list.children, (element, place) => ({
    element,
    place,
    kind: element.dataset.kind,
    collateral: "collateral" in element.dataset,
    lines: element.dataset.lines.split(" "),
    rules: element.dataset.rules.split(" "),
    crashes: Number(element.dataset.crashes),
    text: null, // for the search, when it is first needed
  }));

  // Filters and order.

  const searchable = (group) => group.text ??= groupText(group.element);
  const kindBoxes = form.querySelectorAll("input[name=kind]");
  const chosenKinds = () => Array.from(kindBoxes).filter((box) => box.checked).map((box) => box.value);

  function filter() {
    const wanted = words(search.value);
    const line = byId("line").value;
    const rule = byId("rule").value;
    const onlyCollateral = byId("collateral")?.checked;
    const kinds = new Set(chosenKinds());
    let shown = 0;
    let crashes = 0;
    for (const group of groups) {
      const matches = kinds.has(group.kind) && (line === "" || group.lines.includes(line)) &&
        (rule === "" || group.rules.includes(rule)) && (!onlyCollateral || group.collateral) && wanted.every((word) => searchable(group).includes(word));
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

  const signature = (article, side) => codeText(article.querySelector(side));
  const collator = new Intl.Collator("en"); // once: 10,000 groups are compared 100,000 times
  const orders = {
    "": (a, b) => a.place - b.place,
    crashes: (a, b) => b.crashes - a.crashes || a.place - b.place,
    before: (a, b) => collator.compare(a.before, b.before) || a.place - b.place,
    after: (a, b) => collator.compare(a.after, b.after) || a.place - b.place,
  };
  let order = "";

  function sort() {
    const wanted = byId("sort").value;
    if (wanted === order) return;
    order = wanted;
    for (const group of groups) {
      group.before ??= signature(group.element, ".old");
      group.after ??= signature(group.element, ".new");
    }
    list.append(...groups.sort(orders[order]).map((group) => group.element));
  }

  // What is shown is in the address.

  const optionName = (option) => option.text.replace(/ \(\d+\)$/, "");

  function keep() {
    const { id, query } = readFragment();
    const put = (name, value) => value ? query.set(name, value) : query.delete(name);
    put("q", search.value.trim());
    for (const name of ["line", "rule"]) put(name, byId(name).value && optionName(byId(name).selectedOptions[0]));
    put("sort", order);
    put("kind", chosenKinds().length < kindBoxes.length && (chosenKinds().join(" ") || "none"));
    put("collateral", byId("collateral")?.checked && "only");
    writeFragment(id, query);
  }

  function restore(query) {
    search.value = query.get("q") ?? "";
    for (const name of ["line", "rule"]) {
      const option = Array.from(byId(name).options).find((one) => one.value && optionName(one) === query.get(name));
      byId(name).value = option?.value ?? "";
    }
    byId("sort").value = Object.hasOwn(orders, query.get("sort")) ? query.get("sort") : "";
    const kinds = query.get("kind")?.split(" ");
    for (const box of kindBoxes) box.checked = !kinds || kinds.includes(box.value);
    if (byId("collateral")) byId("collateral").checked = query.get("collateral") === "only";
  }

  function update() {
    sort();
    filter();
    keep();
  }

  // Links lead to what they name, hidden or not. One that says nothing of filters leaves them.
  function follow() {
    const { id, query } = readFragment();
    if (query.size > 0) restore(query);
    const target = id && byId(id);
    sort();
    filter();
    if (target) {
      if (target.closest("[hidden]")) {
        form.reset();
        sort();
        filter();
      }
      land(target);
      target.querySelector("summary")?.focus({ preventScroll: true });
    }
    keep();
  }

  for (const button of document.querySelectorAll(".to-groups")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      byId("line").value = button.dataset.line;
      setTimeout(() => { // after what the reset put off
        update();
        land(byId("groups"));
        byId("line").focus({ preventScroll: true });
      });
    });
  }

  // What is in a group besides, made when it is first opened.

  const sides = [["before", ".old"], ["after", ".new"]];

  // links lead to what others have on the signatures.
  function links(article) {
    const place = make("p", "links");
    for (const [name, address] of [["Crash Stats: ", list.dataset.signatureUrl], ["Bugzilla: ", list.dataset.bugsUrl]]) {
      if (!address) continue;
      place.append(name);
      for (const [label, side] of sides) {
        const link = make("a", "", label);
        link.href = address + encodeURIComponent(signature(article, side));
        link.rel = "noreferrer noopener";
        place.append(link, " ");
      }
    }
    return place;
  }

  function copies(article) {
    const buttons = sides.map(([label, side]) => copyButton(`signature ${label}`, () => signature(article, side)));
    const example = article.querySelector(".examples :is(a, code)");
    if (example) buttons.push(copyButton("crash id", () => example.textContent));
    buttons.push(copyButton("link", () => linkTo(article.id)));
    return make("p", "copies", "Copy: ", ...buttons);
  }

  function complete(article) {
    if (article.querySelector(".copies")) return;
    const body = article.querySelector(".body");
    const place = article.querySelector(".walks");
    body.insertBefore(links(article), place);
    body.insertBefore(copies(article), place);
    if (!place) return;
    const sample = data.groups[article.id];
    place.append(make("p", "", "Frame by frame, for ", make("code", "", sample.id), ":"), ...sample.walks.map((walk) => drawWalk(data.texts, walk)));
  }
  list.addEventListener("toggle", (event) => {
    if (event.target.open) complete(event.target.closest("article"));
  }, true);

  form.hidden = false;
  useKeys(() => Array.from(list.children).filter((group) => !group.hidden), update);
  useSearch(update, follow);
  if (readFragment().id) window.addEventListener("load", follow);
})();
