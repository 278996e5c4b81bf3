"use strict";
// What scripts of pages share. Data only ever becomes text.

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);

const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// words are what is searched for.
const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

// groupText is what a group is searched by: what it says by itself, open or not.
function groupText(group) {
  const parts = group.querySelectorAll(":scope > details > summary, .body > :not(.walks, .suggested, .links, .copies)");
  return Array.from(parts, (part) => part.textContent).join(" ").toLowerCase();
}

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// copy puts text on the clipboard. Where the page has none, as over http, it is done the old way.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const had = document.activeElement;
    const area = make("textarea", "sr", text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    had.focus({ preventScroll: true });
  }
}

// makeButton makes a button that acts when it is pressed.
function makeButton(act, ...children) {
  const button = make("button", "", ...children);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

// copyButton copies what text() gives when it is pressed, and says so.
function copyButton(label, text) {
  const button = makeButton(async () => {
    await copy(text());
    button.textContent = "copied";
    setTimeout(() => { button.textContent = label; }, 1500);
  }, label);
  button.className = "copy";
  return button;
}

// codeText is the text of an element without what is there for screen readers.
function codeText(element) {
  const text = element.cloneNode(true);
  for (const hint of text.querySelectorAll(".sr")) hint.remove();
  return text.textContent;
}
