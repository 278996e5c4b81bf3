"use strict";
// sigdiff's engine in a worker: it is loaded with the crashes, and answers what the page asks. All that it loads has the
// version in its address that this script has in its own.
importScripts("wasm_exec.js" + location.search);

let early = []; // what was asked before the engine was ready
let engine = null;

// What the engine calls.
const failed = (text) => postMessage({ failed: text });
const head = (id, status, type) => postMessage({ id, head: { status, type } });
const part = (id, bytes) => postMessage({ id, part: bytes }, [bytes.buffer]);
const end = (id) => postMessage({ id, end: true });
function ready(ask, cancel) {
  engine = { ask, cancel };
  postMessage({ ready: true });
  for (const request of early) take(request);
  early = [];
}
Object.assign(self, { failed, head, part, end, ready });

function take({ id, method, path, body, cancelled }) {
  if (cancelled) engine.cancel(id);
  else engine.ask(id, method, path, body);
}

onmessage = ({ data }) => {
  if (engine) return take(data);
  if (data.cancelled) early = early.filter((request) => request.id !== data.id);
  else early.push(data);
};

async function get(name) {
  const answer = await fetch(name + location.search);
  if (!answer.ok) throw new Error(`${name} can't be had: ${answer.status} ${answer.statusText}`);
  return answer;
}

// program is the engine's module. A host that sends a content security policy of its own with this script must allow
// 'wasm-unsafe-eval' in it: without, no browser takes WebAssembly.
async function program(imports) {
  const unpacked = (await get("sigdiff.bin")).body.pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.instantiateStreaming(new Response(unpacked, { headers: { "Content-Type": "application/wasm" } }), imports);
}

async function start() {
  const go = new Go();
  const [{ instance }, crashes] = await Promise.all([program(go.importObject), get("crashes.bin").then((answer) => answer.arrayBuffer())]);
  self.crashes = new Uint8Array(crashes);
  await go.run(instance);
  failed("the engine has ended; load the page again");
}
start().catch((err) => failed(err.message));
