"use strict";
// What an edit does, as the report shows it: groups keep their places while one types.

// result shows answers in the page. ask asks for more of what is shown; marked is told in words how a group was marked.
/** @type {(ask: Ask, marked: (text: string) => void) => Shown} */
function result(ask, marked) {
  const place = byId("result");
  const section = byId("groups");
  const list = byId("list");
  /** @type {Map<string, Group>} */
  let groups = new Map(); // by their ids
  const marks = new Map(); // likewise: meant, or not
  let more = 0; // groups that the report has besides
  const opened = new Set(); // ids of groups that are open, or were when they were last shown
  let settling = 0;
  const stack = byId("stack");
  let lookedFor = ""; // the id of the crash in it
  let held = null; // the group that stays where it is in the window, until what is around it is drawn

  const shown = () => Array.from(list.children).filter((element) => !element.hidden);
  const summaryOf = (group) => group.element.querySelector("summary");

  function mark({ id, element }) {
    element.dataset.judged = marks.get(id) ?? "";
    for (const button of element.querySelectorAll("[data-as]")) button.setAttribute("aria-pressed", button.dataset.as === marks.get(id));
  }

  // countMarks says how many groups are marked. Marks of groups that went stay, since these may come back.
  function countMarks() {
    const as = Array.from(marks, ([id, as]) => groups.has(id) ? as : "gone");
    const n = (which) => as.filter((each) => each === which).length;
    const gone = n("gone") ? `, and ${count(n("gone"), "mark is of a group", "marks are of groups")} not shown` : "";
    byId("marked").textContent = marks.size ? `${n("meant")} meant, ${n("not")} not${gone}` : "none is";
  }

  // toggle says of a group, by default that at hand, that it is meant, or not, or neither.
  function toggle(as, group = current()) {
    if (!group) return;
    if (marks.get(group.id) === as) marks.delete(group.id);
    else marks.set(group.id, as);
    mark(group);
    countMarks();
    marked({ meant: "The group is meant.", not: "The group is not meant." }[marks.get(group.id)] ?? "The group is marked no more.");
  }

  // groupOf is the group that holds an element; current, that which has the focus.
  const groupOf = (element) => groups.get(element.closest("article")?.id);
  const current = () => groupOf(document.activeElement);

  // offerLine makes a button that offers a line for a list.
  function offerLine(list, line, ...label) {
    const button = makeButton(() => {}, ...label);
    Object.assign(button.dataset, { list, line });
    return button;
  }

  function offer(cell, line, frame) {
    const fold = make("details", "", make("summary", "", "add"));
    fold.firstChild.setAttribute("aria-label", `add ${frame} to a list`);
    for (const list of ["prefix", "irrelevant", "sentinels"]) fold.append(offerLine(list, list === "sentinels" ? frame : line, list));
    cell.append(fold);
  }

  const keyButton = (act, text, key) => makeButton(act, text, " ", make("kbd", "", key));

  function markButton(group, as, text, key) {
    const button = keyButton(() => toggle(as, group), text, key);
    button.dataset.as = as;
    return button;
  }

  // room is where lines are suggested for a group. What keys do to the group, buttons do before it.
  function room(group) {
    let into = group.element.querySelector(".suggested");
    if (!into) {
      into = make("div", "suggested", keyButton(() => propose(group), "Suggest lines that part it", "s"), keyButton(() => another(group), "Another example", "e"),
        markButton(group, "meant", "Meant", "m"), markButton(group, "not", "Not meant", "x"), make("div"));
      into.lastChild.setAttribute("role", "status");
      group.element.querySelector(".body").prepend(into);
      mark(group);
    }
    into.children[1].hidden = group.examples.length < 2;
    return into.lastChild;
  }

  const givenUp = "given up";
  /** @type {<T>(answer: Promise<T>) => Promise<T>} */
  const orError = (answer) => answer.catch((err) => /** @type {any} */ ({ error: err.name === "AbortError" ? givenUp : err.message }));

  // propose looks for lines that part the signature that a group gets. Asked again meanwhile, it gives up.
  async function propose(group = current()) {
    if (!group) return;
    if (group.looking) return group.looking.abort();
    group.element.querySelector("details").open = true;
    const into = room(group);
    into.replaceChildren(make("p", "hint", "Looking for lines; again to give up ..."));
    group.looking = new AbortController();
    const found = await orError(ask("/suggest", { signature: group.candidate }, group.looking.signal));
    group.looking = null;
    if (found.error) return into.replaceChildren(make("p", "wrong", `No lines: ${found.error}`));
    into.replaceChildren(make("p", "", found.title), ...(found.left ? [make("p", "wrong", found.left)] : []), ...found.steps.map(drawStep));
  }

  // drawStep offers the lines of a suggestion, each as a row of the edit.
  function drawStep(step) {
    const buttons = step.lines.map((line) => offerLine(step.list, line, `add to ${step.list}: `, make("code", "", line)));
    return make("div", "", make("ul", "", ...buttons.map((button) => make("li", "", button))), make("p", "hint", step.said));
  }

  const exampleOf = (group) => group.examples[group.example % group.examples.length];

  // draw shows the walks of an example. The focus stays with the group.
  async function draw(group) {
    group.drawn = true;
    room(group);
    const into = () => group.element.querySelector(".walks") ?? group.element.querySelector(".body").appendChild(make("div", "walks"));
    const found = await drawWalks(() => exampleOf(group), into, summaryOf(group));
    if (found?.error) group.drawn = false; // a group that is opened again asks again
  }

  // look shows the signature and the walks of any crash, whose id stands in a text, and gives what there is to say of it.
  async function look(text = lookedFor) {
    lookedFor = text.toLowerCase().match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/)?.[0] ?? "";
    if (!lookedFor) {
      stack.replaceChildren();
      return text && "That is no crash id.";
    }
    const found = await drawWalks(() => lookedFor, () => stack, byId("crash"));
    if (!found || found.error) return found?.error ?? "";
    const { base, candidate } = found;
    stack.prepend(make("p", "change", ...(base === candidate ? [make("code", "", base)] : [make("code", "old", base), make("code", "new", candidate)])));
    return "The stack is shown.";
  }

  // drawWalks shows the walks of a crash, and gives them, unless another is wanted when they are there. If the focus is in what they
  // replace, it goes to an element besides.
  async function drawWalks(wanted, place, besides) {
    const id = wanted();
    const found = await orError(ask("/walk", { id }));
    if (found.error === givenUp || id !== wanted()) return null;
    const into = place();
    if (into.contains(document.activeElement)) besides.focus({ preventScroll: true });
    if (found.error) {
      into.replaceChildren(make("p", "wrong", `The walks of ${id} can't be had: ${found.error}`));
      return found;
    }
    into.replaceChildren(make("p", "", "Frame by frame, for ", make("code", "", found.id), ":"),
      ...found.walks.map((one) => drawWalk(found.texts, one)));
    if (found.walks.length === 0) into.append(make("p", "hint", "There is no walk over its stack: a Java crash, or a rule that failed over its frames."));
    for (const cell of into.querySelectorAll("td.frame")) {
      const frame = cell.querySelector("code").textContent;
      if (found.lines[frame] !== undefined) offer(cell, found.lines[frame], frame);
    }
    return found;
  }

  function another(group = current()) {
    if (!group) return;
    group.example++;
    group.element.querySelector("details").open = true;
    draw(group);
  }

  list.addEventListener("toggle", ({ target }) => {
    const group = groupOf(target);
    if (target.parentElement !== group?.element) return;
    if (target.open) opened.add(group.id);
    else opened.delete(group.id);
    if (!target.open || group.drawn) return;
    draw(group).then(() => group.element.scrollIntoView({ block: "nearest", behavior: "instant" }));
  }, true);

  // comeFrom tells of each group of an answer which one it comes from: that with the same signatures, or else the one whose
  // crash that is shown has come into it.
  function comeFrom(described) {
    const from = new Map(described.map((now) => [now, groups.get(now.id)]));
    const left = new Set(groups.values());
    for (const was of from.values()) left.delete(was);
    for (const now of described) {
      if (from.get(now)) continue;
      const was = Array.from(left).find((one) => one.base === now.base && now.examples.includes(exampleOf(one)));
      left.delete(was);
      from.set(now, was);
    }
    return from;
  }

  // renew gives an element of a group what another has. It stays open, where it is, and keeps its walks until new ones are there.
  function renew(element, other) {
    for (const { name, value } of other.attributes) element.setAttribute(name, value);
    element.querySelector("summary").replaceChildren(...other.querySelector("summary").childNodes);
    const body = element.querySelector(".body");
    for (const old of Array.from(body.children)) if (!old.matches(".walks")) old.remove();
    body.prepend(...other.querySelector(".body").childNodes);
  }

  // take makes the groups of an answer those that are shown. A group that comes from another has its element, and only what
  // differs is drawn. New ones come behind.
  /** @param {Described[]} described */
  function take(described) {
    const from = comeFrom(described);
    const differ = described.filter((now) => from.get(now)?.html !== now.html);
    const made = document.createElement("template");
    made.innerHTML = differ.map((now) => now.html).join("");
    const elements = new Map(Array.from(made.content.children, (element, i) => [differ[i], element]));
    const all = described.map((now) => {
      const group = from.get(now) ?? { element: elements.get(now), example: 0 };
      const example = Math.max(0, now.examples.indexOf(group.examples && exampleOf(group)));
      if (group.html && elements.has(now)) renew(group.element, elements.get(now));
      if (opened.delete(group.id)) opened.add(now.id);
      return Object.assign(group, now, { example });
    });
    for (const group of groups.values()) if (!all.includes(group)) group.element.remove();
    const come = all.filter((group) => !group.element.isConnected);
    for (const group of come) {
      group.element.toggleAttribute("data-fresh", groups.size > 0);
      group.drawn = group.element.querySelector("details").open = opened.has(group.id); // redraw will
    }
    list.append(...come.map((group) => group.element));
    groups = new Map(all.map((group) => [group.id, group]));
    all.forEach(mark);
    clearTimeout(settling);
    settling = setTimeout(() => steady(() => {
      const moved = all.some((group, i) => group.element !== list.children[i]);
      if (moved && !list.contains(document.activeElement)) list.append(...all.map((group) => group.element));
      for (const { element } of all) element.removeAttribute("data-fresh");
    }), 600);
  }

  // steady makes a change. An open group that one looks at stays where it is in the window, unless the focus is in sight,
  // which then does. Where what had the focus goes, or is hidden, its group has it, or else the whole result.
  function steady(change) {
    const had = document.activeElement;
    const near = current();
    hold(change);
    if (!had.checkVisibility()) (near?.element.checkVisibility() ? summaryOf(near) : place).focus({ preventScroll: true });
  }

  // hold makes a change while what one looks at stays where it is in the window: see steady.
  function hold(change) {
    const inSight = (element) => element.getBoundingClientRect().bottom > 0 && element.getBoundingClientRect().top < innerHeight;
    const focused = document.activeElement !== document.body && !current() && inSight(document.activeElement);
    const isOpen = ({ element }) => element.querySelector("details").open && inSight(element);
    const group = focused ? null : current() ?? held?.group ?? Array.from(groups.values()).find(isOpen);
    if (!group) return change();
    const top = held?.group === group ? held.top : group.element.getBoundingClientRect().top;
    change();
    const mine = held = group.element.isConnected ? { group, top } : null;
    const settle = (tries) => { // groups that were not drawn yet have heights that are guesses
      if (held !== mine) return;
      scrollBy({ top: group.element.getBoundingClientRect().top - top, behavior: "instant" });
      if (tries > 0) requestAnimationFrame(() => settle(tries - 1));
      else held = null;
    };
    if (mine) settle(3);
  }

  const foldName = (fold) => `${fold.closest("section").getAttribute("aria-labelledby")} ${fold.className} ${fold.dataset.fold}`;

  // surround puts the rest of a report, which html/template made, around the groups.
  function surround(above = "", below = "") {
    const folds = new Map(Array.from(place.querySelectorAll("section > details"), (fold) => [foldName(fold), fold.open]));
    byId("above").innerHTML = above;
    byId("below").innerHTML = below;
    for (const fold of place.querySelectorAll("section > details")) fold.open = folds.get(foldName(fold)) ?? fold.open;
  }

  // show shows a report, of which an answer leaves out what is empty.
  /** @param {Report} report */
  function show({ groups, above, below, more: left = 0 }) {
    take(groups ?? []);
    surround(above, below);
    section.hidden = !groups;
    more = left;
    countMarks();
    byId("more").textContent = more ? `${count(more, "more group is", "more groups are")} in the report` : "";
  }

  const clear = () => steady(() => {
    show({});
    stack.replaceChildren();
  });

  // redraw brings the walks of open groups up to date.
  function redraw() {
    look();
    for (const group of groups.values()) if (group.element.querySelector("details").open) draw(group);
  }

  function filter(text) {
    const wanted = words(text);
    for (const { element } of groups.values()) element.hidden = !wanted.every((word) => groupText(element).includes(word));
    const of = `${more ? `the first ${groups.size} of ` : ""}${count(groups.size + more, "group", "groups")}`;
    return wanted.length > 0 ? `${shown().length} of ${of}` : of;
  }

  return { show, shown, steady, redraw, look, toggle, another, propose, filter, marks, clear };
}
