"use strict";
// sigdiff's workbench without a server: what the page would ask of one, it asks of a worker.
(() => {
  const open = new Map(); // what waits for an answer, by number
  let last = 0;
  let broken = "";
  let worker;

  function fail(text) {
    broken ||= text;
    byId("message").textContent = `The page does not work here: ${broken}`;
    byId("message").hidden = false;
    byId("loading").textContent = "can't be used";
    for (const waiting of open.values()) waiting.fail(new Error(broken));
  }

  // request is fetch, as far as the page needs it.
  /** @param {string} path  @param {{ method?: string, body?: any, signal?: AbortSignal }} options */
  function request(path, { method = "GET", body = "", signal } = {}) {
    if (broken) return Promise.reject(new Error(broken));
    const id = ++last;
    return new Promise((resolve, reject) => {
      let parts;
      const stream = new ReadableStream({ start: (controller) => { parts = controller; } });
      open.set(id, {
        head: ({ status, type }) => resolve(new Response(stream, { status, headers: { "Content-Type": type } })),
        part: (bytes) => parts.enqueue(bytes),
        end: () => { open.delete(id); parts.close(); },
        fail: (err) => { open.delete(id); reject(err); parts.error(err); },
      });
      const give = () => {
        if (!open.has(id)) return;
        open.get(id).fail(signal.reason);
        worker.postMessage({ id, cancelled: true });
      };
      worker.postMessage({ id, method, path, body });
      if (signal?.aborted) give();
      signal?.addEventListener("abort", give);
    });
  }

  function take({ data }) {
    if (data.failed) fail(data.failed);
    else if (data.ready) byId("loading").textContent = "are loaded"; // in place, so that nothing moves
    else {
      const waiting = open.get(data.id); // none, if it was given up
      for (const what of ["head", "part", "end"]) if (data[what]) waiting?.[what](data[what]);
    }
  }

  window.request = request;
  try {
    worker = new Worker(document.body.dataset.worker);
    worker.onmessage = take;
    worker.onerror = () => fail("its worker can't be started");
  } catch (err) {
    fail(location.protocol === "file:" ? "it must come from a web server, such as python3 -m http.server in its folder" : err.message);
  }
})();
