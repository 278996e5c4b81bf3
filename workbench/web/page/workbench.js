"use strict";
(() => {
  const holder = byId("rows");
  const pattern = holder.firstElementChild; // of rows; the page has some from the start, so that nothing moves when this runs
  const search = byId("search");
  const past = []; // edits, to this one as it was when it was last remembered
  let seq = 0;
  let asking = null;
  let waiting = 0;
  let keeping = 0;
  let made = 0; // rows
  let address = ""; // what the page's should be
  let kept = location.hash; // what it is
  const untouched = byId("touched").textContent; // all crashes
  const unchanged = "No line is changed yet";
  const unanswered = [document.title, unchanged]; // what the page is called before it shows an answer

  // The edit.

  // One form holds all rows: browsers look at each form that there is, for what they could fill in.
  const field = (item, name) => item.querySelector(`[name=${name}]`);
  /** @type {(item: Element) => Row} */
  const rowOf = (item) => ({ sign: field(item, "sign").value, list: field(item, "list").value, text: field(item, "text").value });
  const items = () => Array.from(holder.children);
  const rows = () => items().map(rowOf);
  const begun = rows().filter((row) => row.text); // the lines of a pull request
  const controls = () => Array.from(holder.querySelectorAll("select, input, button"));
  // strip takes the white space around a line away that Python does: trim would take U+FEFF, too, with which it is another line.
  const strip = (text) => text.replace(/^((?!\ufeff)[\s\x1c-\x1f\x85])+|((?!\ufeff)[\s\x1c-\x1f\x85])+$/g, "");
  const editText = () => rows().filter((row) => strip(row.text)).map((row) => `${row.sign} ${row.list} ${strip(row.text)}`).join("\n");

  // readChange reads a line of an edit file; null where it is none.
  /** @type {(line: string) => Row | null} */
  function readChange(line) {
    const [, sign, list, text] = line.match(/^([+-]) +(prefix|irrelevant|sentinels|line-numbers) +(.+)$/s) ?? [];
    return sign ? { sign, list, text } : null;
  }

  /** @param {Row} row */
  function rowItem(row) {
    const item = pattern.cloneNode(true);
    for (const [name, value] of Object.entries(row)) field(item, name).value = value;
    const live = item.querySelector(".live");
    live.id = `said-${++made}`;
    field(item, "text").setAttribute("aria-describedby", live.id);
    suggestLines(item);
    return item;
  }

  // suggestLines lets a line that is removed be found by a part of it.
  function suggestLines(item) {
    const { sign, list } = rowOf(item);
    field(item, "text").setAttribute("list", sign === "-" ? `known-${list}` : "");
  }

  const blank = (list = "prefix") => rowItem({ sign: "+", list, text: "" });

  // setRows makes other rows. If the focus is in one, it stays at its place.
  function setRows(all) {
    const at = controls().indexOf(document.activeElement);
    holder.replaceChildren(...(all.length > 0 ? all.map(rowItem) : [blank()]));
    if (at >= 0) (controls()[at] ?? controls().at(-1)).focus({ preventScroll: true });
    remember();
  }

  const type = (item) => item.querySelector(".line").focus({ preventScroll: true });

  // addRow puts a line into the edit: into its empty row, if there is one.
  const addRow = (row) => step(() => {
    const empty = items().find((item) => !strip(rowOf(item).text));
    const item = row ? rowItem(row) : blank(empty && rowOf(empty).list);
    if (empty) empty.replaceWith(item);
    else holder.append(item);
    type(item); // one who adds a frame goes on looking at its stack
    if (!row) bring(item);
  });

  // bring brings an element into sight, at once: what is shown meanwhile keeps what is in sight where it is.
  const bring = (element) => element.scrollIntoView({ block: "nearest", behavior: "instant" });

  function remember() {
    const now = JSON.stringify(rows());
    if (now !== past.at(-1)) past.push(now);
  }

  // step changes the edit in a way that is undone at once.
  function step(change) {
    say("");
    remember();
    change();
    remember();
    changed();
  }

  function undo() {
    remember();
    if (past.length === 1) return say("There is nothing to undo.");
    say("");
    past.pop();
    setRows(JSON.parse(past.at(-1)));
    changed();
  }

  const say = (text) => { byId("said").textContent = text; };

  holder.addEventListener("input", (event) => {
    suggestLines(event.target.closest(".row"));
    bring(event.target); // it may have the focus out of sight: see addRow
    say("");
    changed();
  });
  // Several lines that are pasted are as many rows. A field would make one of them.
  holder.addEventListener("paste", (event) => {
    const lines = event.clipboardData.getData("text").split("\n").map(strip).filter(Boolean);
    const item = event.target.closest(".row");
    const { sign, list, text: old } = rowOf(item);
    const edit = lines.filter((line) => !line.startsWith("#")).map(readChange);
    if (edit.length > 0 && edit.every(Boolean)) { // an edit file, which says itself where its lines belong
      event.preventDefault();
      const made = edit.map(rowItem);
      step(() => strip(old) ? item.after(...made) : item.replaceWith(...made));
      return type(made.at(-1));
    }
    if (lines.length < 2) return;
    event.preventDefault();
    step(() => {
      event.target.setRangeText(lines[0]);
      item.after(...lines.slice(1).map((text) => rowItem({ sign, list, text })));
    });
  });
  holder.addEventListener("change", remember);
  // By Enter in a line, and by the button for a new one.
  byId("edit").addEventListener("submit", (event) => {
    event.preventDefault();
    addRow();
  });
  holder.addEventListener("click", ({ target }) => {
    const item = target.closest(".row");
    if (target.matches(".change")) {
      const other = rowItem({ ...rowOf(item), sign: "+" });
      step(() => item.after(other));
      return type(other);
    }
    if (!target.matches(".drop")) return;
    step(() => {
      item.remove();
      if (!holder.firstElementChild) holder.append(blank());
    });
    type(holder.lastElementChild);
  });

  // The answers.

  // more asks for more of the edit: of a crash, or of a signature. It is given up when the edit is another.
  async function more(path, of, signal = asking.signal) {
    const own = seq;
    const either = /** @type {any} */ (AbortSignal).any([signal, asking.signal]);
    const answer = await post(path, { rows: rows(), ...of }, either);
    if (!isOf(answer, "application/json")) throw new Error(await trouble(answer));
    const found = await answer.json();
    if (own !== seq) throw new DOMException("it came too late", "AbortError");
    return found;
  }

  const shown = result(more, (text) => {
    links();
    say(text);
  });

  // request asks the server, or what a page without one has in its place.
  const request = window.request ?? fetch;
  const { of } = document.body.dataset; // the siglists and crashes: a server that was started again may have others
  const post = (path, body, signal) => request(`${path}?${new URLSearchParams({ of })}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
  });

  const isOf = (answer, kind) => (answer.headers.get("Content-Type") ?? "").startsWith(kind);

  // trouble is why an answer is of no use: in the server's words, or in plain ones where they are not sigdiff's, as those of a proxy.
  async function trouble(answer) {
    const told = isOf(answer, "application/json") ? await answer.json() : {};
    if (told.error) return told.error;
    if ([414, 431].includes(answer.status)) return "the edit is too long for an address";
    return `something else than sigdiff answers: ${answer.status} ${answer.statusText}`;
  }

  function changed() {
    byId("start").hidden = editText() !== "";
    links();
    clearTimeout(waiting);
    waiting = setTimeout(ask); // several changes at once are one edit
  }

  const brokenOff = "the answer broke off";

  // ask shows what the edit does. What comes later of an older one is not taken.
  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const own = ++seq;
    const lives = Array.from(holder.querySelectorAll(".live"));
    if (!editText()) {
      empty(unchanged, untouched);
      return shown.redraw();
    }
    document.body.classList.add("waiting");
    let answer = null;
    let last = null;
    try {
      answer = await post("/edit", { seq: own, rows: rows() }, asking.signal);
      if (!isOf(answer, "application/x-ndjson")) throw new Error(await trouble(answer));
      for await (const part of parts(answer)) {
        if (part.seq !== seq) return;
        take(part, lives);
        last = part.part;
      }
      if (!["end", "nothing", "error"].includes(last)) throw new Error(brokenOff);
    } catch (err) {
      if (own !== seq) return;
      const gone = !answer && !window.request;
      const again = gone || [502, 503, 504].includes(answer?.status) || err.message === brokenOff; // 503: too many ask at once; the others: a proxy can't reach it
      empty(`Not known: ${gone ? "the server does not answer" : err.message}${again ? "; it is asked again" : ""}`);
      if (again) waiting = setTimeout(ask, 2000);
    }
  }

  // empty shows nothing, and says why. What was said of an edit before goes, too.
  function empty(text, touched = "") {
    match(Array.from(holder.querySelectorAll(".live")), []);
    none(text, touched);
  }

  // none shows no result, and says why.
  function none(text, touched) {
    headline(text);
    byId("touched").textContent = touched;
    byId("command").textContent = "";
    shown.clear();
    document.body.classList.remove("waiting");
  }

  /** @returns {AsyncGenerator<Part>} */
  async function* parts(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) yield JSON.parse(line);
    }
  }

  const filter = () => { byId("found").textContent = shown.filter(search.value); };

  // narrow shows the groups that are searched for.
  function narrow() {
    filter();
    links();
  }

  function headline(text) {
    if (document.title === text) return; // said already
    byId("headline").textContent = text;
    document.title = text;
  }

  // take shows a part of an answer.
  /** @param {Part} part  @param {HTMLElement[]} lives */
  function take(part, lives) {
    switch (part.part) {
      case "rows":
        shown.steady(() => match(lives, part.rows));
        byId("touched").textContent = part.touched;
        if (unanswered.includes(document.title)) headline(part.touched.replace("looked", "Looking"));
        break;
      case "report":
        headline(part.headline);
        shown.steady(() => {
          tell(lives, ".verdict", part.texts);
          shown.show(part);
          filter();
        });
        document.body.classList.remove("waiting");
        byId("command").textContent = part.command;
        shown.redraw();
        break;
      case "end":
        shown.steady(() => tell(lives, ".other", part.texts));
        break;
      case "nothing":
        none(part.headline, "");
        shown.redraw();
        break;
      case "error":
        empty("Not known: " + part.error);
    }
  }

  // match says what rows match. What was said of one besides leaves its room, so that nothing jumps; of an empty row all goes.
  function match(lives, rows) {
    const heights = lives.map((live) => live.offsetHeight); // before anything is written: else the page is laid out for each
    lives.forEach((live, i) => {
      const html = rows[i] ?? "";
      const [matched, ...others] = live.children;
      live.style.minHeight = html && `${heights[i]}px`;
      matched.innerHTML = html;
      field(live.parentElement, "text").setAttribute("aria-invalid", matched.querySelector(".wrong") !== null);
      for (const old of others) {
        if (!html) old.textContent = "";
        old.classList.add("old");
      }
    });
  }

  // tell says what rows do, as html/template made it, in place of what was said before.
  function tell(lives, kind, texts) {
    lives.forEach((live, i) => {
      const said = live.querySelector(kind);
      said.innerHTML = texts[i];
      said.classList.remove("old");
    });
  }

  // What one takes away, and the address of all this.

  function links() {
    const edit = editText();
    const query = new URLSearchParams({ edit });
    for (const [id, as] of shown.marks) query.append(as, id);
    for (const link of document.querySelectorAll("a[data-path]")) link.href = `${link.dataset.path}?${query}&${new URLSearchParams({ of })}`;
    if (!edit && begun.length === 0) query.delete("edit");
    if (search.value) query.set("q", search.value);
    address = query.size ? `#${query}` : "";
    clearTimeout(keeping);
    keeping = setTimeout(keep, 250); // browsers let a page change its address some three times a second
  }

  // keep puts all this into the address of the page, unless another link was put there meanwhile.
  function keep() {
    if (location.hash === kept) history.replaceState(null, "", address || location.pathname);
    kept = location.hash;
  }

  // save makes a file of what a link leads to. What there is not is an error, with the reason.
  async function save(link) {
    const path = link.getAttribute("href");
    try {
      const answer = await request(path);
      if (!answer.ok) throw new Error(await trouble(answer));
      const made = make("a");
      made.href = URL.createObjectURL(await answer.blob());
      made.download = link.download || path.slice(1).split("?")[0];
      made.click();
      setTimeout(() => URL.revokeObjectURL(made.href), 60000);
      say(`Saved as ${made.download}`);
    } catch (err) {
      say(`There is no file: ${err.message}`);
    }
  }
  byId("out").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || !(link.download || window.request)) return; // without a server, no link leads anywhere
    event.preventDefault();
    save(link);
  });

  // Keys.

  function copyLink() {
    keep();
    copy(location.href).then(() => say("The link is copied."));
  }
  useKeys(shown.shown, narrow, {
    a: () => addRow(), z: undo, e: () => shown.another(), s: () => shown.propose(), m: () => shown.toggle("meant"), x: () => shown.toggle("not"), y: copyLink,
  });
  const intoList = { KeyP: "prefix", KeyI: "irrelevant", KeyS: "sentinels", KeyL: "line-numbers" };

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !intoList[event.code] || byId("help").open) return;
    event.preventDefault();
    const item = document.activeElement.closest(".row") ?? items().at(-1);
    step(() => {
      field(item, "list").value = intoList[event.code];
      suggestLines(item);
    });
  });

  byId("command").after(" ", copyButton("copy", () => byId("command").textContent));
  byId("undo").addEventListener("click", undo);
  byId("link").addEventListener("click", copyLink);
  for (const form of document.querySelectorAll(".find")) form.addEventListener("submit", (event) => event.preventDefault());
  byId("crash").addEventListener("input", async () => say(await shown.look(byId("crash").value)));
  search.addEventListener("input", narrow);

  // What offers lines, wherever it is.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-list]");
    if (!button) return;
    const { list, sign = "+", line } = button.dataset;
    addRow({ sign, list, text: line });
    say(`${sign === "+" ? "Added to" : "Removed from"} ${list}: ${line}`);
  });

  // Links within the page leave the address to the edit. What the filter hides is shown again.
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    const target = byId(link.getAttribute("href").slice(1));
    if (!target) return say("It is not shown here; the report has it.");
    if (target.hidden) {
      search.value = "";
      narrow();
    }
    land(target);
    const focused = target.matches("article") ? target.querySelector("summary") : target;
    if (focused.tabIndex < 0) focused.tabIndex = -1; // else it can't have the focus, such as a line of a table
    focused.focus({ preventScroll: true });
  });

  // The start: an edit in the address, or that of a pull request.

  function readEdit(text) {
    const lines = text.split("\n").map(strip).filter(Boolean);
    const read = lines.map(readChange);
    const left = lines.find((_, i) => !read[i]);
    if (left) say(`Left out of the link, as no changed line: ${left}`);
    return read.filter(Boolean);
  }

  function readAddress() {
    kept = location.hash;
    const state = new URLSearchParams(kept.slice(1));
    search.value = state.get("q") ?? "";
    shown.marks.clear();
    for (const as of ["meant", "not"]) for (const id of state.getAll(as)) shown.marks.set(id, as);
    setRows(state.has("edit") ? readEdit(state.get("edit")) : begun);
    changed();
  }
  window.addEventListener("hashchange", () => { // another link was put into the address
    remember();
    readAddress();
  });

  readAddress();
  holder.inert = false; // what was typed before would be lost
  keepClear(document.querySelector("header.bench"));
  type(holder.lastElementChild);
})();
