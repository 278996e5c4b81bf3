"use strict";
// The fragment of the address says where in the page one is, and what the page shows: #ID, #ID?q=words&kind=merged.

function readFragment() {
  const [id, query] = location.hash.slice(1).split(/\?(.*)/s);
  return { id, query: new URLSearchParams(query) };
}

// writeFragment changes the address, and nothing else: no place in the history, no scrolling.
function writeFragment(id, query) {
  const text = query.toString();
  const place = byId(id)?.closest("[hidden]") ? "" : id; // a link to what is hidden would show it, and lose the filters
  const hash = text ? `#${place}?${text}` : place && `#${place}`;
  if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
}

// useSearch starts the search bar of a page and its form of filters. update brings the page up to date with them, follow with the
// address, too.
function useSearch(update, follow) {
  const form = byId("filters");
  let waiting = 0;
  for (const source of [form, byId("search")]) {
    source.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(update, 60);
    });
  }
  form.addEventListener("reset", () => setTimeout(update));
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", follow);
  byId("searchbar").hidden = false;
  keepClear(byId("searchbar"));
  follow();
}

// linkTo is the address of an element of this page.
const linkTo = (id) => location.href.split("#")[0] + "#" + id;

// land shows an element: opens what it is folded into, itself too, and brings it right below what stays at the top.
// Groups that were not drawn yet have heights that are guesses, so that the first try may miss.
function land(element) {
  const own = element.querySelector(":scope > details, :scope > td > details");
  if (own) own.open = true;
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  const settle = (tries) => {
    element.scrollIntoView({ block: "start", behavior: "instant" });
    if (tries > 0) requestAnimationFrame(() => settle(tries - 1));
  };
  settle(4);
  for (const old of document.querySelectorAll(".linked")) old.classList.remove("linked");
  element.classList.add("linked");
}

// keepClear keeps what links lead to clear of a bar that stays at the top, however high it is. In a low window it does not stay.
function keepClear(bar) {
  new ResizeObserver(() => {
    const height = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
    document.documentElement.style.scrollPaddingTop = `${height + 12}px`;
  }).observe(bar);
}
