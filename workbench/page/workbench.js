"use strict";
(() => {
  const lists = ["prefix", "irrelevant", "sentinels", "line-numbers"];
  const holder = byId("rows");
  const place = byId("result");
  let known = {}; // the lines of the base, by list
  let past = []; // edits before this one
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
    const input = element.querySelector(".line");
    if (sign === "-") input.setAttribute("list", `known-${list}`);
    else input.removeAttribute("list");
  }

  function setRows(all) {
    holder.replaceChildren(...all.map(rowElement));
    if (!holder.firstElementChild) holder.append(rowElement({ sign: "+", list: "prefix", text: "" }));
    kept = JSON.stringify(rows());
  }

  // addRow puts a line into the edit: into its empty row, if there is one.
  function addRow(row) {
    remember();
    const empty = rowElements().find((element) => !readRow(element).text.trim());
    const element = rowElement(row ?? { sign: "+", list: empty ? readRow(empty).list : "prefix", text: "" });
    if (empty) empty.replaceWith(element);
    else holder.append(element);
    element.querySelector(".line").focus({ preventScroll: Boolean(row) });
    remember();
    changed();
  }

  let kept = ""; // the edit as it was when it was last remembered

  function remember() {
    const now = JSON.stringify(rows());
    if (kept && kept !== now) past.push(kept);
    kept = now;
  }

  function undo() {
    const now = JSON.stringify(rows());
    const last = now !== kept ? kept : past.pop();
    if (!last) return say("There is nothing to undo.");
    setRows(JSON.parse(last));
    changed();
  }

  const say = (text) => { byId("said").textContent = text; };

  holder.addEventListener("input", (event) => {
    const element = event.target.closest(".row");
    suggestLines(element);
    say("");
    changed();
  });
  holder.addEventListener("change", remember);
  holder.addEventListener("click", (event) => {
    if (!event.target.matches(".drop")) return;
    remember();
    event.target.closest(".row").remove();
    if (!holder.firstElementChild) holder.append(rowElement({ sign: "+", list: "prefix", text: "" }));
    remember();
    changed();
    holder.lastElementChild.querySelector(".line").focus();
  });

  // The answers.

  const shown = result(place, {
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
    const elements = rowElements();
    if (filled().length === 0) {
      headline("No line is changed yet");
      byId("touched").textContent = count(Number(document.body.dataset.crashes), "crash", "crashes");
      for (const element of elements) element.querySelector(".live").replaceChildren();
      byId("find").hidden = true;
      shown.clear();
      document.body.classList.remove("waiting");
      return;
    }
    document.body.classList.add("waiting");
    try {
      const answer = await post("/edit", { seq: own, rows: rows() }, asking.signal);
      if (!answer.ok) throw new Error((await answer.json()).error);
      let ended = false;
      for await (const piece of pieces(answer)) {
        if (piece.seq !== seq) return;
        ended ||= piece.piece === "end" || piece.piece === "error";
        take(piece, elements);
      }
      if (!ended) throw new Error("the answer broke off");
    } catch (err) {
      if (own === seq && err.name !== "AbortError") failed(err.message);
    }
  }

  // failed says that what is shown is not what the edit does.
  function failed(text) {
    headline("Not known: " + text);
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

  function headline(text) {
    byId("headline").textContent = text;
    document.title = text;
  }

  function take(piece, elements) {
    const live = (i) => elements[i].querySelector(".live");
    switch (piece.piece) {
      case "rows":
        piece.rows.forEach((row, i) => fill(live(i), matches(row, readRow(elements[i]).text.trim(), piece.frames)));
        byId("touched").textContent = `looking at ${piece.concerned.toLocaleString("en")} of ${count(piece.of, "crash", "crashes")}`;
        break;
      case "groups":
      case "report":
        headline(piece.headline);
        shown.show(piece);
        byId("find").hidden = !piece.groups;
        byId("found").textContent = shown.filter(byId("filter").value);
        document.body.classList.toggle("waiting", piece.piece === "groups");
        piece.texts?.forEach((text, i) => tell(live(i), "verdict", text));
        if (piece.piece === "report") shown.redraw();
        break;
      case "other":
        piece.texts.forEach((text, i) => tell(live(i), "other", text));
        break;
      case "end":
        for (const old of holder.querySelectorAll(".old")) old.remove();
        break;
      case "error":
        failed(piece.error);
    }
  }

  // fill says what a row matches. What was said of it before leaves its room, so that nothing jumps.
  function fill(live, said) {
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
    const counts = { meant: 0, not: 0 };
    for (const [key, as] of shown.marks) {
      query.append(as, key);
      counts[as]++;
    }
    byId("to-expected").href = `/expected.csv?${query}`;
    byId("marked").textContent = shown.marks.size ? `${counts.meant} meant, ${counts.not} not` : "none is";
    if (byId("out").open) command();
    const state = new URLSearchParams();
    if (edit) state.set("edit", edit);
    if (byId("filter").value) state.set("q", byId("filter").value);
    history.replaceState(null, "", state.size ? `#${state}` : location.pathname);
  }

  async function command() {
    const answer = await request(`/command.txt?${new URLSearchParams({ edit: editText() })}`);
    byId("command").textContent = answer.ok ? (await answer.text()).trim() : (await answer.json()).error;
  }
  byId("out").addEventListener("toggle", () => byId("out").open && command());

  async function loadLists() {
    known = await (await request("/lists.json")).json();
    for (const list of lists) {
      const options = make("datalist", "", ...known[list].map((line) => new Option(line, line)));
      options.id = `known-${list}`;
      document.body.append(options);
      const items = known[list].map((line) => {
        const button = make("button", "", line);
        button.type = "button";
        button.setAttribute("aria-label", `remove ${line} from ${list}`);
        button.addEventListener("click", () => addRow({ sign: "-", list, text: line }));
        return make("li", "", button);
      });
      byId("lists").append(make("section", "", make("h3", "", `${list} (${items.length})`), make("ol", "", ...items)));
    }
  }

  // Keys.

  const help = byId("help");
  const acts = {
    a: () => addRow(), z: undo, "?": () => help.showModal(), "/": () => byId("filter").select(),
    j: () => shown.step(1), k: () => shown.step(-1), e: () => shown.another(),
    s: () => shown.propose(), m: () => shown.toggle("meant"), x: () => shown.toggle("not"), y: copyLink,
  };
  const intoList = { KeyP: "prefix", KeyI: "irrelevant", KeyS: "sentinels", KeyL: "line-numbers" };

  document.addEventListener("keydown", (event) => {
    if (help.open) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && intoList[event.code]) {
      event.preventDefault();
      const element = document.activeElement.closest(".row") ?? holder.lastElementChild;
      remember();
      element.querySelector(".list").value = intoList[event.code];
      suggestLines(element);
      remember();
      changed();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && event.target.matches(".line")) addRow();
      return;
    }
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });

  async function copyLink() {
    await copy(location.href);
    say("The link is copied.");
  }

  byId("add").addEventListener("click", () => addRow());
  byId("undo").addEventListener("click", undo);
  byId("link").addEventListener("click", copyLink);
  byId("keys").addEventListener("click", () => help.showModal());
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  byId("filter").addEventListener("input", () => {
    byId("found").textContent = shown.filter(byId("filter").value);
    links();
  });

  // The start: an edit in the address, or that of a pull request.

  function readEdit(text) {
    return text.split("\n").filter(Boolean).map((line) => {
      const [sign, list, ...rest] = line.split(" ");
      return { sign, list, text: rest.join(" ") };
    });
  }
  const state = new URLSearchParams(location.hash.slice(1));
  byId("filter").value = state.get("q") ?? "";
  setRows(state.has("edit") ? readEdit(state.get("edit")) : JSON.parse(document.body.dataset.edit));
  loadLists();
  keepClear(document.querySelector("header.bench"));
  changed();
  holder.lastElementChild.querySelector(".line").focus();
})();
