"use strict";
// The page works without this script. With it, turns are read while one types, evidence lights up both ways, a request
// can be cancelled, and what one thinks of a summary is kept in this browser. It asks its own server and nobody else.

const at = id => document.getElementById(id);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const form = at("form");
const FILES = [".txt", ".vtt", ".srt", ".json"], MOST_FILE_BYTES = 1_000_000;
const KEPT = "upshot-kept";
const TRIES = 3;
let work = null, reading = null, typing = 0;

document.documentElement.classList.add("scripts");

function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** A state in words, as the server writes them. */
function tell(code, title, message, ...more) {
  at("state").replaceChildren(make("div", { class: "notice", "data-code": code },
    make("h3", {}, title), make("p", {}, message), ...more));
}

/** Posts the form and comes back with its pieces, or with what hindered it. Who hears is told how far it is. */
async function post(address, signal, hear) {
  const headers = hear ? { Accept: "text/event-stream, text/html" } : {};
  const response = await fetch(address, { method: "POST", headers, body: new URLSearchParams(new FormData(form)), signal });
  const kind = response.headers.get("Content-Type") || "";
  if (kind.startsWith("text/event-stream")) return listen(response.body, hear);
  const html = kind.startsWith("text/html");
  const after = response.headers.get("Retry-After");
  return { status: response.status, ok: response.ok, html: html ? await response.text() : "", after: after && Number(after) };
}

/** Reads events until the answer is there. */
async function listen(body, hear) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let held = ""; ;) {
    const { value, done } = await reader.read();
    if (done) throw new TypeError("the answer broke off");
    const events = (held + value).split("\n\n");
    held = events.pop();
    for (const event of events) {
      const [name, data] = event.split("\n").map(line => line.slice(line.indexOf(": ") + 2));
      const said = JSON.parse(data);
      if (name === "answer") return { status: said.status, ok: said.status < 300, html: said.html, after: said.retry_after };
      hear(said);
    }
  }
}

/** Puts every piece into the place that has its id. What is being edited keeps its place. */
function put(html, names) {
  const pieces = new DOMParser().parseFromString(html, "text/html");
  for (const name of names) {
    const piece = pieces.getElementById(name), place = at(name);
    if (!piece || (name === "speakers" && same(piece, place))) continue;
    for (const key of ["class", "aria-label"]) if (piece.hasAttribute(key)) place.setAttribute(key, piece.getAttribute(key));
    place.replaceChildren(...piece.childNodes);
  }
  if (names.includes("turns")) enliven();
}

/** Whether the same people speak: then their fields stay, with what somebody is typing into them. */
function same(one, other) {
  const names = element => all("[name=was]", element).map(field => field.value).join("\n");
  return names(one) === names(other);
}

// Turns while one types

async function read(names) {
  reading?.abort();
  const own = reading = new AbortController();
  try {
    const found = await post("/page/turns", own.signal);
    if (own !== reading) return;
    if (found.html) put(found.html, names);
    else at("count").replaceChildren(make("p", { class: "split" }, hindrance(found.status).join(": ")));
    const again = document.querySelector("#count [data-again]");
    if (again) setTimeout(() => own === reading && read(names), 1000 * Math.max(1, Number(again.dataset.again)));
  } catch (error) {
    if (error.name !== "AbortError") at("count").replaceChildren(make("p", { class: "split" }, "The server does not answer."));
  }
}

const ALL = ["count", "speakers", "turns", "result"];
const readText = () => { at("state").replaceChildren(); read(ALL); };

at("text").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(readText, 350); });
form.addEventListener("change", event => {
  if (event.target.name === "name") readText();
  // A length or another arm changes what fits, not what is shown already.
  else if (event.target.name && event.target.name !== "text") read(document.querySelector(".answer") ? ["count"] : ALL);
});
form.addEventListener("keydown", event => {
  if (event.key === "Enter" && event.target.name === "name") { event.preventDefault(); event.target.blur(); }
});

function setText(text) {
  at("text").value = text;
  readText();
}

at("samples").addEventListener("click", async event => {
  if (!event.target.href) return;
  event.preventDefault();
  const page = new DOMParser().parseFromString(await (await fetch(event.target.href)).text(), "text/html");
  setText(page.getElementById("text").value);
});

async function open(file) {
  if (!file) return;
  if (!FILES.some(end => file.name.toLowerCase().endsWith(end))) {
    return tell("wrong_file", "Not a transcript", `${file.name} cannot be read here. Choose a file that ends in ${FILES.join(", ")}.`);
  }
  if (file.size > MOST_FILE_BYTES) return tell("too_long", "Too long", `${file.name} is larger than 1 MB. Divide it first.`);
  try {
    setText(new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()));
  } catch {
    tell("wrong_file", "Not readable as text", `${file.name} is not UTF-8 text. Save it as UTF-8 and open it again.`);
  }
}

at("file").addEventListener("change", event => { open(event.target.files[0]); event.target.value = ""; });
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, event => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault(); // or the browser would leave the page for the file
    at("drop").classList.toggle("over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") open(event.dataTransfer.files[0]);
  });
}

// A summary

form.addEventListener("submit", event => { event.preventDefault(); summarize(); });
at("cancel").addEventListener("click", () => work?.abort());

async function summarize() {
  if (work) return;
  clearTimeout(typing);
  reading?.abort();
  work = new AbortController();
  busy(true);
  try {
    for (let tries = 1; ; tries += 1) {
      const found = await withClock(hear => post("/page/summary", work.signal, hear));
      if (found.after !== null && tries <= TRIES) { await pause(found, work.signal); continue; }
      show(found);
      break;
    }
  } catch (error) {
    if (error.name === "AbortError") tell("cancelled", "Cancelled", "The summary was stopped. Nothing of it was kept.");
    else tell("offline", "No answer", "The server does not answer. Is it still running?");
  } finally {
    work = null;
    busy(false);
  }
}

function busy(now) {
  const lost = [document.body, at("cancel")].includes(document.activeElement);
  at("cancel").hidden = !now;
  at("go").disabled = now;
  at("result").setAttribute("aria-busy", String(now));
  if (now) at("cancel").focus();
  else if (lost) at("go").focus({ preventScroll: true }); // the summary has been scrolled into view
}

/** Waits for a response and shows how far it is and that time passes; the seconds are not read aloud. */
async function withClock(ask) {
  const words = make("span", {}, "Summarising"), bar = make("progress", { "aria-hidden": "true", hidden: "" });
  const seconds = make("span", { "aria-hidden": "true" }), begin = performance.now(), alone = {};
  at("state").replaceChildren(make("p", { class: "working" }, words, bar, seconds));
  const ticking = setInterval(() => { seconds.textContent = `${Math.floor((performance.now() - begin) / 1000)} s`; }, 250);
  const hear = said => {
    if (said.together) alone[said.column] = said.together === 1; // of several at once it is not known whose parts they are
    const parts = said.kind === "condensed" && alone[said.column] && said.total > 1;
    const now = said.state === "waiting" && said.ahead ? `Waiting, ${said.ahead} before this one` : parts ? partOf(said) : words.textContent;
    if (now !== words.textContent) words.textContent = now;
    else if (said.together) words.textContent = "Summarising";
    bar.hidden = !parts;
    if (parts) Object.assign(bar, { max: said.total, value: said.done });
  };
  try { return await ask(hear); } finally { clearInterval(ticking); }
}

/** Which part is summarised now; of two models, for which. */
function partOf({ column, done, total }) {
  const which = at("beside")?.value ? `${"AB"[column]}: ` : "";
  return which + (done < total ? `Summarising part ${done + 1} of ${total}` : "Putting the parts together");
}

/** A refusal that passes: its words, and a countdown to the next try, which Cancel ends. */
async function pause(found, signal) {
  const left = make("span", { "aria-hidden": "true" });
  if (found.html) put(found.html, ["state"]); else tell("busy", "Busy", "The server has too much to do just now.");
  const again = document.querySelector("#state .again") || at("state").firstElementChild.appendChild(make("p", { class: "again" }));
  again.replaceChildren("Trying again by itself ", left);
  for (let seconds = Math.max(1, found.after); seconds > 0; seconds -= 1) {
    left.textContent = `in ${seconds} s`;
    await new Promise(done => { setTimeout(done, 1000); signal.addEventListener("abort", done, { once: true }); });
    if (signal.aborted) throw new DOMException("cancelled", "AbortError");
  }
}

const HINDERED = {
  401: ["Not allowed", "This server asks for a token."], 413: ["Too long", "This conversation is longer than the server takes."],
  429: ["Busy", "The server has too much to do just now."], 503: ["Not ready yet", "The server is not ready."],
};

const hindrance = status => HINDERED[status] || ["No summary", `The server said ${status}.`];

function show(found) {
  if (!found.html) return tell(`status_${found.status}`, ...hindrance(found.status));
  put(found.html, found.ok ? ["state", "speakers", "turns", "result"] : ["state", ...ALL]);
  if (!found.ok) return;
  at("result").scrollIntoView({ block: "nearest", behavior: glide() });
}

const glide = () => matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";

// Evidence, both ways

/** Sentences and turns become buttons; what is none without a script looks like none. */
function enliven() {
  for (const said of all(".said[data-turns]")) press(said);
  for (const words of all(".turn:has(.draws) .words")) press(words);
  for (const article of all(".answer")) recall(article);
  countKept();
}

function press(element) {
  for (const [key, value] of [["role", "button"], ["tabindex", "0"], ["aria-pressed", "false"]]) element.setAttribute(key, value);
}

function light(source) {
  const on = source && source.getAttribute("aria-pressed") !== "true";
  for (const element of all(".lit")) element.classList.remove("lit");
  for (const element of all(".said[aria-pressed], .words[aria-pressed]")) element.setAttribute("aria-pressed", "false");
  for (const line of all(".evidence")) line.textContent = "";
  if (!on) return;
  source.setAttribute("aria-pressed", "true");
  const found = source.matches(".said") ? fromSentence(source) : fromTurn(source.closest(".turn"));
  for (const element of found) element.classList.add("lit");
  found[0]?.scrollIntoView({ block: "nearest", behavior: glide() });
}

function fromSentence(said) {
  const numbers = said.dataset.turns.split(" ").filter(Boolean).map(Number);
  const names = numbers.map(number => number + 1).join(", ");
  said.closest(".answer").querySelector(".evidence").textContent = numbers.length
    ? `Drawn from turn${numbers.length > 1 ? "s" : ""} ${names}: ${said.dataset.support} % of its words, by weight, stand there.` : "No turn supports this sentence.";
  return numbers.map(number => at(`t-${number}`)).filter(Boolean);
}

function fromTurn(turn) {
  turn.classList.add("lit");
  return all(".draws a", turn).map(link => at(link.hash.slice(1)).querySelector(".said"));
}

document.addEventListener("click", event => {
  const link = event.target.closest(".cite, .draws a");
  if (link) {
    event.preventDefault();
    const goal = at(link.hash.slice(1));
    light(null);
    (goal.matches(".turn") ? goal : goal.querySelector(".said")).classList.add("lit");
    goal.scrollIntoView({ block: "nearest", behavior: glide() });
    return;
  }
  const source = event.target.closest(".said[role]") || event.target.closest(".turn")?.querySelector(".words[role]");
  if (source && !String(getSelection())) light(source);
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape") light(null);
  if ((event.key === "Enter" || event.key === " ") && event.target.matches("[role=button]")) { event.preventDefault(); light(event.target); }
});

// What one thinks of it, kept in this browser

function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
}

function factsOf(article) {
  const answer = JSON.parse(article.querySelector(".as-json").textContent);
  const dialogue = all(".turn").map(turn => `${turn.querySelector(".who").textContent}: ${turn.querySelector(".words").textContent}`).join("\n");
  return { answer, dialogue, key: `${answer.source.sha256} ${answer.generated_by.arm} ${answer.generated_by.weights_sha256}` };
}

/** Keeps a thumb or a correction; a summary by the same arm of the same words is one entry. */
function keep(article, change) {
  const { answer, dialogue, key } = factsOf(article), entries = kept();
  entries[key] = { ...entries[key], dialogue, said: answer.summary, arm: answer.generated_by.arm,
    weights_sha256: answer.generated_by.weights_sha256, source_sha256: answer.source.sha256, ...change };
  try {
    localStorage.setItem(KEPT, JSON.stringify(entries));
    say(article, "Kept in this browser. Export it below as a training row.");
  } catch { say(article, "This browser keeps nothing. The thumb is lost with the page."); }
  recall(article);
  countKept();
}

function recall(article) {
  if (!article.querySelector(".as-json")) return;
  const entry = kept()[factsOf(article).key] || {};
  for (const button of all(".thumbs button", article)) button.setAttribute("aria-pressed", String(entry.thumb === button.dataset.do));
  if (entry.correction !== undefined) article.querySelector(".correction textarea").value = entry.correction;
}

const rows = () => Object.values(kept()).filter(entry => entry.correction !== undefined || entry.thumb === "up").map((entry, number) => ({
  id: `kept_${number + 1}_${entry.source_sha256.slice(0, 12)}`, dialogue: entry.dialogue, summary: entry.correction ?? entry.said,
  model_summary: entry.said, thumb: entry.thumb || "", arm: entry.arm, weights_sha256: entry.weights_sha256, source_sha256: entry.source_sha256,
}));

function countKept() {
  const count = Object.keys(kept()).length, good = rows().length;
  at("kept").hidden = !count;
  at("kept-count").textContent = count ? `Kept in this browser: ${count}, of which ${good} good or corrected.` : "";
  at("rows").disabled = !good;
}

at("rows").addEventListener("click", () => save("upshot-rows.jsonl", rows().map(row => `${JSON.stringify(row)}\n`).join(""), "application/jsonl"));
at("forget").addEventListener("click", () => { localStorage.removeItem(KEPT); for (const article of all(".answer")) recall(article); countKept(); });

function save(name, text, type) {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const say = (article, words) => { article.querySelector(".done").textContent = words; };
const fileOf = (article, end) => `summary-${factsOf(article).answer.source.sha256.slice(0, 12)}-${article.dataset.column}.${end}`;
const ACTIONS = {
  up: (article, button) => keep(article, { thumb: button.getAttribute("aria-pressed") === "true" ? "" : "up" }),
  down: (article, button) => keep(article, { thumb: button.getAttribute("aria-pressed") === "true" ? "" : "down" }),
  correct: (article, button) => {
    const box = article.querySelector(".correction");
    box.hidden = !box.hidden;
    button.setAttribute("aria-expanded", String(!box.hidden));
    if (!box.hidden) box.querySelector("textarea").focus();
  },
  keep: article => keep(article, { correction: article.querySelector(".correction textarea").value.trim() || undefined }),
  copy: async article => {
    try {
      await navigator.clipboard.writeText(factsOf(article).answer.summary);
      say(article, "Copied.");
    } catch { say(article, "This browser does not let the page copy. Mark the text and copy it."); }
  },
  "save-text": article => save(fileOf(article, "txt"), article.querySelector(".as-text").textContent, "text/plain"),
  "save-json": article => save(fileOf(article, "json"), article.querySelector(".as-json").textContent, "application/json"),
};

at("result").addEventListener("click", event => {
  const button = event.target.closest("[data-do]");
  if (button) ACTIONS[button.dataset.do](button.closest(".answer"), button);
});

enliven();
if (at("text").value.trim() && !document.querySelector(".answer, .turn")) readText();
