"use strict";
(() => {
  const rows = Array.from(byId("list").children);
  const search = byId("search");
  const texts = new Map();
  const textOf = (row) => {
    if (!texts.has(row)) texts.set(row, `${row.textContent} ${row.id.slice(1)}`.toLowerCase());
    return texts.get(row);
  };

  function filter() {
    const wanted = words(search.value);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every((word) => textOf(row).includes(word));
      if (!row.hidden) shown++;
    }
    const all = shown === rows.length;
    byId("status").textContent = all ? `All ${count(rows.length, "commit", "commits")}` : `${shown} of ${count(rows.length, "commit", "commits")}`;
    byId("show-all").hidden = all;
    byId("none").hidden = shown > 0;
  }

  function update() {
    filter();
    const { id, query } = readFragment();
    if (search.value.trim()) query.set("q", search.value.trim());
    else query.delete("q");
    writeFragment(id, query);
  }

  function follow() {
    const { id, query } = readFragment();
    if (query.has("q")) search.value = query.get("q");
    const target = id && byId(id);
    filter();
    if (target) {
      if (target.closest("[hidden]")) search.value = "";
      land(target);
    }
    update();
  }

  useKeys(() => rows.filter((row) => !row.hidden), update);
  useSearch(update, follow);
})();
