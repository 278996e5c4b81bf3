"use strict";
// Keys go from one item of a page to the next: j, k, y, /, ? and, in the search, Enter. A page may have others.

// useKeys starts them. items gives the elements that are shown, in order, each of which or its summary can have the
// focus; update brings them up to date with what is in the search; others are what further keys do.
function useKeys(items, update, others) {
  const help = byId("help");
  const search = byId("search");
  byId("keys").addEventListener("click", () => help.showModal());
  let current = null;

  function go(to) {
    if (!to) return;
    current = to;
    (to.querySelector("summary") ?? to).focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  function step(by) {
    const all = items();
    const from = all.findIndex((item) => item.contains(document.activeElement));
    const at = from >= 0 ? from : all.indexOf(current);
    if (all.length === 0) document.activeElement.blur(); // else Enter would press again what has the focus
    go(at < 0 ? all[0] : all[at + by] ?? all[at]);
  }

  // copyLink copies the link to an item, or to the page as it is, and says so for a moment.
  async function copyLink() {
    await copy(current ? linkTo(current.id) : location.href);
    byId("status").textContent = "The link is copied.";
    setTimeout(update, 1500);
  }

  const acts = {
    j: () => step(1),
    k: () => step(-1),
    y: copyLink,
    "/": () => search.select(),
    "?": () => help.showModal(),
    ...others,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") {
        event.preventDefault(); // it would empty the search
        event.target.blur();
      }
      if (event.key === "Enter" && event.target === search) {
        event.preventDefault();
        update();
        go(items()[0]);
      }
      return;
    }
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });
  document.addEventListener("focusin", (event) => {
    current = items().find((item) => item.contains(event.target)) ?? current;
  });
}
