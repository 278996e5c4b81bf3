"use strict";
// What an edit does, as the report shows it: groups keep their places while one types.

// result shows answers in an element. walk gets the walks of a crash, suggest lines that part a signature, add puts a frame
// into a list.
function result(place, { walk, suggest, add, marked }) {
  let groups = new Map(); // by their signatures
  const marks = new Map();
  let settling = 0;
  let held = null; // the group that stays where it is in the window, until what is around it is drawn

  const keyOf = (group) => group.base + "\n" + group.candidate;
  const shown = () => Array.from(place.querySelectorAll("article.group:not([hidden])"));

  function mark(group) {
    const now = marks.get(keyOf(group));
    group.element.classList.toggle("meant", now === "meant");
    group.element.classList.toggle("not", now === "not");
    group.element.querySelector(".judged")?.remove();
    if (now) group.element.querySelector(".change").append(make("span", "judged", now === "meant" ? "meant" : "not meant"));
  }

  // toggle says of the group at hand that it is meant, or not, or neither.
  function toggle(as) {
    const group = current();
    if (!group) return;
    const key = keyOf(group);
    if (marks.get(key) === as) marks.delete(key);
    else marks.set(key, as);
    mark(group);
    marked(marks);
  }

  // groupOf is the group that holds an element; current, that which has the focus.
  const groupOf = (element) => Array.from(groups.values()).find((group) => group.element.contains(element));
  const current = () => groupOf(document.activeElement);

  function offer(cell, line, frame) {
    const fold = make("details", "", make("summary", "", "add"));
    fold.firstChild.setAttribute("aria-label", `add ${frame} to a list`);
    for (const list of ["prefix", "irrelevant", "sentinels"]) fold.append(makeButton(() => add(list, list === "sentinels" ? frame : line), list));
    cell.append(fold);
  }

  // room is where lines are suggested for a group.
  function room(group) {
    let into = group.element.querySelector(".suggested");
    if (!into) {
      const button = makeButton(() => propose(group), "Suggest lines that part it ", make("kbd", "", "s"));
      button.setAttribute("aria-label", `suggest lines that part ${group.candidate}`);
      into = make("div", "suggested", button, make("div"));
      into.lastChild.setAttribute("role", "status");
      group.element.querySelector(".body").prepend(into);
    }
    return into.lastChild;
  }

  const givenUp = "given up";
  const orError = (answer) => answer.catch((err) => ({ error: err.name === "AbortError" ? givenUp : err.message }));

  // propose looks for lines that part the signature that a group gets. Asked again meanwhile, it gives up.
  async function propose(group = current()) {
    if (!group) return;
    if (group.looking) return group.looking.abort();
    group.element.querySelector("details").open = true;
    const into = room(group);
    into.replaceChildren(make("p", "hint", "Looking for lines; again to give up ..."));
    group.looking = new AbortController();
    const found = await orError(suggest(group.candidate, group.looking.signal));
    group.looking = null;
    if (found.error) return into.replaceChildren(make("p", "wrong", `No lines: ${found.error}`));
    into.replaceChildren(make("p", "", found.title), ...(found.left ? [make("p", "wrong", found.left)] : []), ...found.steps.map(drawStep));
  }

  // drawStep offers the lines of a suggestion, each as a row of the edit.
  function drawStep(step) {
    const buttons = step.lines.map((line) => makeButton(() => add(step.list, line), `add to ${step.list}: `, make("code", "", line)));
    return make("div", "", make("ul", "", ...buttons.map((button) => make("li", "", button))), make("p", "hint", step.said));
  }

  const exampleOf = (group) => group.examples[group.example % group.examples.length];

  // draw shows the walks of an example.
  async function draw(group) {
    room(group);
    const id = exampleOf(group);
    if (!id) return;
    const found = await orError(walk(id));
    if (found.error === givenUp || id !== exampleOf(group)) return;
    const into = group.element.querySelector(".walks") ?? group.element.querySelector(".body").appendChild(make("div", "walks"));
    if (found.error) return into.replaceChildren(make("p", "wrong", `The walks of ${id} can't be had: ${found.error}`));
    into.replaceChildren(make("p", "", "Frame by frame, for ", make("code", "", found.id), ":"),
      ...found.walks.map((one) => drawWalk(found.texts, one)));
    for (const cell of into.querySelectorAll("td.frame")) {
      const frame = cell.querySelector("code").textContent;
      if (found.lines[frame] !== undefined) offer(cell, found.lines[frame], frame);
    }
  }

  function another() {
    const group = current();
    if (!group) return;
    group.example++;
    group.element.querySelector("details").open = true;
    draw(group);
  }

  place.addEventListener("toggle", (event) => {
    if (!event.target.open || !event.target.parentElement?.matches("article.group")) return;
    const group = groupOf(event.target);
    if (group && !group.drawn) {
      group.drawn = true;
      draw(group).then(() => group.element.scrollIntoView({ block: "nearest", behavior: "instant" }));
    }
  }, true);

  // heirsOf finds the groups that come in the place of others: those with the same signatures, or else those that the
  // crash which the others show has come into.
  function heirsOf(before) {
    const heirs = new Map();
    const fresh = new Set(Array.from(groups.values()).filter((group) => !before.has(keyOf(group))));
    for (const was of before.values()) {
      const heir = groups.get(keyOf(was)) ?? Array.from(fresh).find((group) => group.base === was.base && group.examples.includes(exampleOf(was)));
      fresh.delete(heir);
      if (heir) heirs.set(was, heir);
    }
    return heirs;
  }

  // inherit opens a group as the one was in whose place it comes.
  function inherit(was, group) {
    group.example = Math.max(0, group.examples.indexOf(exampleOf(was)));
    if (!was.element.querySelector("details").open) return;
    group.drawn = true;
    group.element.querySelector("details").open = true;
    const old = was.element.querySelector(".walks");
    if (old) group.element.querySelector(".body").append(old); // until the new ones are there
    room(group);
  }

  // take makes the groups of an answer those that are shown. Those that were there keep their places; new ones come behind.
  // It gives what came in whose place.
  function take(list, described) {
    const before = groups;
    const articles = list ? Array.from(list.children) : [];
    const all = articles.map((element, i) => ({ ...described[i], element, example: 0, drawn: false }));
    groups = new Map(all.map((group) => [keyOf(group), group]));
    const heirs = heirsOf(before);
    for (const [was, group] of heirs) inherit(was, group);
    for (const group of all) {
      if (before.size > 0 && !before.has(keyOf(group))) group.element.classList.add("fresh");
      mark(group);
    }
    clearTimeout(settling);
    if (!list) return heirs;
    const places = new Set([...heirs.values(), ...all]);
    groups = new Map(Array.from(places, (group) => [keyOf(group), group]));
    list.append(...Array.from(places, (group) => group.element));
    settling = setTimeout(() => steady(() => {
      if (!list.contains(document.activeElement)) {
        list.append(...articles);
        groups = new Map(all.map((group) => [keyOf(group), group]));
      }
      for (const article of articles) article.classList.remove("fresh");
    }), 600);
    return heirs;
  }

  // steady makes a change, which may give what comes in whose place. An open group that one looks at stays where it is in the
  // window, unless the focus is in sight, which then does.
  function steady(change) {
    const inSight = (element) => element.getBoundingClientRect().bottom > 0 && element.getBoundingClientRect().top < innerHeight;
    const focused = document.activeElement !== document.body && !current() && inSight(document.activeElement);
    const group = focused ? null : current() ?? held?.group ?? Array.from(groups.values()).find(({ element }) => element.querySelector("details").open && inSight(element));
    if (!group) return void change();
    const top = held?.group === group ? held.top : group.element.getBoundingClientRect().top;
    const heirs = change();
    const heir = heirs ? heirs.get(group) : group;
    const mine = held = heir && { group: heir, top };
    const settle = (tries) => { // groups that were not drawn yet have heights that are guesses
      if (held !== mine) return;
      scrollBy({ top: heir.element.getBoundingClientRect().top - top, behavior: "instant" });
      if (tries > 0) requestAnimationFrame(() => settle(tries - 1));
      else held = null;
    };
    if (heir) settle(3);
  }

  const foldName = (fold) => `${fold.closest("section")?.getAttribute("aria-labelledby")} ${fold.className}`;

  // show puts an answer's HTML, which html/template made, into the page.
  function show(piece) {
    const folds = new Map(Array.from(place.querySelectorAll("details"), (fold) => [foldName(fold), fold.open]));
    const focused = current();
    const holder = document.createElement("template");
    holder.innerHTML = piece.html;
    holder.content.querySelector("#filters")?.remove();
    const list = holder.content.querySelector("#list");
    for (const fold of holder.content.querySelectorAll("section > details")) fold.open = folds.get(foldName(fold)) ?? fold.open;
    const section = piece.piece === "groups" && place.querySelector("#groups");
    place.style.minHeight = `${place.offsetHeight}px`; // so that nothing jumps meanwhile
    steady(() => {
      const heirs = take(list, piece.groups ?? []);
      if (section) section.replaceWith(holder.content);
      else place.replaceChildren(holder.content);
      if (piece.more) place.querySelector("#groups")?.append(make("p", "hint", `${count(piece.more, "more group is", "more groups are")} in the report`));
      heirs.get(focused)?.element.querySelector("summary").focus({ preventScroll: true });
      return heirs;
    });
    place.style.minHeight = "";
  }

  // redraw brings the walks of open groups up to date.
  function redraw() {
    for (const group of groups.values()) if (group.element.querySelector("details").open) draw(group);
  }

  function filter(text) {
    const wanted = words(text);
    for (const { element } of groups.values()) element.hidden = !wanted.every((word) => element.textContent.toLowerCase().includes(word));
    const all = count(groups.size, "group", "groups");
    return wanted.length > 0 ? `${shown().length} of ${all}` : all;
  }

  return { show, shown, steady, redraw, toggle, another, propose, filter, marks, clear: () => { groups = new Map(); place.replaceChildren(); } };
}
