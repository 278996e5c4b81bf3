"use strict";
(() => {
  const lists = ["prefix", "irrelevant", "sentinels", "line-numbers"];
  const holder = byId("rows");
  const search = byId("search");
  const past = []; // edits, to this one as it was when it was last remembered
  let seq = 0;
  let asking = null;
  let waiting = 0;

  // The edit.

  const readRow = (element) => ({
    sign: element.querySelector(".sign").value, list: element.querySelector(".list").value, text: element.querySelector(".line").value,
  });
  const rowElements = () => Array.from(holder.children);
  const rows = () => rowElements().map(readRow);
  const filled = () => rows().filter((row) => row.text.trim());
  const editText = () => filled().map((row) => `${row.sign} ${row.list} ${row.text.trim()}`).join("\n");

  function rowElement(row) {
    const element = byId("row").content.firstElementChild.cloneNode(true);
    element.querySelector(".sign").value = row.sign;
    element.querySelector(".list").value = row.list;
    element.querySelector(".line").value = row.text;
    suggestLines(element);
    return element;
  }

  // suggestLines lets a line that is removed be found by a part of it.
  function suggestLines(element) {
    const { sign, list } = readRow(element);
    element.querySelector(".line").setAttribute("list", sign === "-" ? `known-${list}` : "");
  }

  const blank = (list = "prefix") => rowElement({ sign: "+", list, text: "" });

  function setRows(all) {
    holder.replaceChildren(...(all.length > 0 ? all.map(rowElement) : [blank()]));
    remember();
  }

  // addRow puts a line into the edit: into its empty row, if there is one.
  const addRow = (row) => step(() => {
    const empty = rowElements().find((element) => !readRow(element).text.trim());
    const element = row ? rowElement(row) : blank(empty && readRow(empty).list);
    if (empty) empty.replaceWith(element);
    else holder.append(element);
    element.querySelector(".line").focus({ preventScroll: true }); // one who adds a frame goes on looking at its stack
    if (!row) bring(element);
  });

  // bring brings an element into sight, at once: what is shown meanwhile keeps what is in sight where it is.
  const bring = (element) => element.scrollIntoView({ block: "nearest", behavior: "instant" });

  function remember() {
    const now = JSON.stringify(rows());
    if (now !== past.at(-1)) past.push(now);
  }

  // step changes the edit in a way that is undone at once.
  function step(change) {
    remember();
    change();
    remember();
    changed();
  }

  function undo() {
    remember();
    if (past.length === 1) return say("There is nothing to undo.");
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
  holder.addEventListener("change", remember);
  holder.addEventListener("click", (event) => {
    if (!event.target.matches(".drop")) return;
    step(() => {
      event.target.closest(".row").remove();
      if (!holder.firstElementChild) holder.append(blank());
    });
    holder.lastElementChild.querySelector(".line").focus();
  });

  // The answers.

  const shown = result(byId("result"), {
    walk: async (id) => (await post("/walk", { rows: rows(), id }, asking?.signal)).json(),
    suggest: async (signature, signal) => {
      const either = AbortSignal.any([signal, asking.signal]); // another edit makes others of signatures
      return (await post("/suggest", { rows: rows(), signature }, either)).json();
    },
    add: (list, text) => {
      addRow({ sign: "+", list, text });
      say(`Added to ${list}: ${text}`);
    },
    marked: () => links(),
  });

  // request asks the server, or what a page without one has in its place.
  const request = window.request ?? fetch;
  const post = (path, body, signal) => request(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
  });

  function changed() {
    links();
    clearTimeout(waiting);
    waiting = setTimeout(ask, 15); // two keys at once are one edit
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const own = ++seq;
    let answer = null;
    const elements = rowElements();
    if (filled().length === 0) {
      byId("touched").textContent = count(Number(document.body.dataset.crashes), "crash", "crashes");
      for (const element of elements) fill(element.querySelector(".live"), []);
      byId("find").hidden = true;
      return empty("No line is changed yet");
    }
    document.body.classList.add("waiting");
    try {
      answer = await post("/edit", { seq: own, rows: rows() }, asking.signal);
      if (!answer.ok) throw new Error((await answer.json()).error);
      let ended = false;
      for await (const piece of pieces(answer)) {
        if (piece.seq !== seq) return;
        ended ||= piece.piece === "end" || piece.piece === "error";
        take(piece, elements);
      }
      if (!ended) throw new Error("the answer broke off");
    } catch (err) {
      if (own !== seq || err.name === "AbortError") return;
      const gone = !answer && !window.request;
      const again = gone || answer?.status === 503; // too many ask at once
      empty(`Not known: ${gone ? "the server does not answer" : err.message}${again ? "; it is asked again" : ""}`);
      if (again) waiting = setTimeout(ask, 2000);
    }
  }

  // empty shows nothing, and says why.
  function empty(text) {
    headline(text);
    shown.clear();
    document.body.classList.remove("waiting");
  }

  async function* pieces(answer) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { value, done } = await reader.read();
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

  function take(piece, elements) {
    const live = (i) => elements[i].querySelector(".live");
    switch (piece.piece) {
      case "rows":
        shown.steady(() => piece.rows.forEach((row, i) => fill(live(i), matches(row, readRow(elements[i]).text.trim(), piece.frames))));
        byId("touched").textContent = `looking at ${piece.concerned.toLocaleString("en")} of ${count(piece.of, "crash", "crashes")}`;
        break;
      case "groups":
      case "report":
        headline(piece.headline);
        shown.show(piece);
        byId("find").hidden = !piece.groups;
        filter();
        document.body.classList.toggle("waiting", piece.piece === "groups");
        piece.texts?.forEach((text, i) => tell(live(i), "verdict", text));
        if (piece.piece === "report") shown.redraw();
        break;
      case "other":
        shown.steady(() => piece.texts.forEach((text, i) => tell(live(i), "other", text)));
        break;
      case "end":
        for (const old of holder.querySelectorAll(".old")) old.remove();
        break;
      case "error":
        empty("Not known: " + piece.error);
    }
  }

  // fill says what a row matches. What was said of it before leaves its room, so that nothing jumps; of an empty row all goes.
  function fill(live, said) {
    live.style.minHeight = said.length === 0 ? "" : `${live.offsetHeight}px`;
    const room = said.length === 0 ? [] : Array.from(live.querySelectorAll(".verdict, .other"));
    for (const old of room) old.classList.add("old");
    live.replaceChildren(...said, ...room);
  }

  // tell says what a row does, in place of what was said before.
  function tell(live, kind, text) {
    const said = text ? [make("p", kind, text)] : [];
    const old = live.querySelector(`.${kind}`);
    if (old) old.replaceWith(...said);
    else live.append(...said);
  }

  // matches says in a line what a row matches, or why it counts for nothing.
  function matches(row, text, frames) {
    if (row.empty) return [];
    if (row.problem) {
      const said = make("p", "wrong", row.problem);
      if (row.at !== undefined) {
        const letters = Array.from(text);
        said.append(` at character ${row.at + 1}: `, make("code", "", letters.slice(0, row.at).join(""), make("mark", "", letters.slice(row.at).join("") || "␃")));
      }
      return [said];
    }
    if (row.frames < 0) return [make("p", "wrong", row.warning)];
    const said = make("p", "", `matches ${row.frames.toLocaleString("en")} of ${count(frames, "frame", "frames")}, in ${count(row.crashes, "crash", "crashes")}`);
    row.shown.forEach((frame, i) => said.append(i ? ", " : ": ", make("code", "", make("mark", "", frame.frame), frame.rest)));
    if (row.frames > row.shown.length) said.append(", ...");
    return row.warning ? [make("p", "wrong", row.warning), said] : [said];
  }

  // What one takes away.

  function links() {
    const edit = editText();
    const query = new URLSearchParams({ edit });
    for (const [id, path] of [["patch", "/edit.patch"], ["markdown", "/report.md"], ["html", "/report.html"], ["json", "/report.json"], ["edit", "/edit.txt"]]) {
      byId(`to-${id}`).href = `${path}?${query}`;
    }
    for (const [key, as] of shown.marks) query.append(as, key);
    byId("to-expected").href = `/expected.csv?${query}`;
    byId("marked").textContent = shown.marks.size ? `${query.getAll("meant").length} meant, ${query.getAll("not").length} not` : "none is";
    if (byId("out").open) command();
    const state = new URLSearchParams();
    if (edit || begun.length > 0) state.set("edit", edit);
    if (search.value) state.set("q", search.value);
    history.replaceState(null, "", state.size ? `#${state}` : location.pathname);
  }

  // had is what is asked for. What there is not is an error, with the reason.
  async function had(path) {
    const answer = await request(path);
    if (!answer.ok) throw new Error((await answer.json()).error);
    return answer;
  }

  async function command() {
    const edit = editText();
    const text = await had(`/command.txt?${new URLSearchParams({ edit })}`).then((answer) => answer.text()).catch((err) => err.message);
    if (edit === editText()) byId("command").textContent = text.trim();
  }

  // save makes a file of what a link leads to, so that the page can say why there is none.
  async function save(link) {
    const path = link.getAttribute("href");
    try {
      const made = make("a");
      made.href = URL.createObjectURL(await (await had(path)).blob());
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
  byId("out").addEventListener("toggle", () => byId("out").open && command());

  async function loadLists() {
    const known = await (await had("/lists.json")).json(); // the lines of the base, by list
    for (const list of lists) {
      const options = make("datalist", "", ...known[list].map((line) => new Option(line, line)));
      options.id = `known-${list}`;
      document.body.append(options);
      const items = known[list].map((line) => {
        const button = makeButton(() => addRow({ sign: "-", list, text: line }), line);
        button.setAttribute("aria-label", `remove ${line} from ${list}`);
        return make("li", "", button);
      });
      byId("lists").append(make("section", "", make("h3", "", `${list} (${items.length})`), make("ol", "", ...items)));
    }
  }

  // Keys.

  const copyLink = () => copy(location.href).then(() => say("The link is copied."));
  useKeys(shown.shown, narrow, {
    a: () => addRow(), z: undo, e: shown.another, s: () => shown.propose(), m: () => shown.toggle("meant"), x: () => shown.toggle("not"), y: copyLink,
  });
  const intoList = { KeyP: "prefix", KeyI: "irrelevant", KeyS: "sentinels", KeyL: "line-numbers" };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(".line")) return addRow();
    if (!event.altKey || event.ctrlKey || event.metaKey || !intoList[event.code] || byId("help").open) return;
    event.preventDefault();
    const element = document.activeElement.closest(".row") ?? holder.lastElementChild;
    step(() => {
      element.querySelector(".list").value = intoList[event.code];
      suggestLines(element);
    });
  });

  byId("add").addEventListener("click", () => addRow());
  byId("undo").addEventListener("click", undo);
  byId("link").addEventListener("click", copyLink);
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", narrow);

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
    (target.matches("article") ? target.querySelector("summary") : target).focus({ preventScroll: true });
  });

  // The start: an edit in the address, or that of a pull request.

  const begun = JSON.parse(document.body.dataset.edit);

  function readEdit(text) {
    const found = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => [line, line.match(/^([+-]) +(\S+) +(.+)$/)]);
    const [left] = found.find(([, change]) => !lists.includes(change?.[2])) ?? [];
    if (left) say(`Left out of the link, as no changed line: ${left}`);
    return found.filter(([, change]) => lists.includes(change?.[2])).map(([, [, sign, list, text]]) => ({ sign, list, text }));
  }

  function readAddress() {
    const state = new URLSearchParams(location.hash.slice(1));
    search.value = state.get("q") ?? "";
    setRows(state.has("edit") ? readEdit(state.get("edit")) : begun);
    changed();
  }
  window.addEventListener("hashchange", () => { // another link was put into the address
    remember();
    readAddress();
  });

  readAddress();
  loadLists().catch((err) => say(`The whole lists can't be had: ${err.message}`));
  keepClear(document.querySelector("header.bench"));
  holder.lastElementChild.querySelector(".line").focus();
})();
