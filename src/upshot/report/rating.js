// Blind rating: two outputs without their names, four keys, kept in this browser until it is exported.

const CHOICES = [["a", "A is better"], ["b", "B is better"], ["tie", "Tie"], ["both bad", "Both bad"]];
const SIDES = ["a", "b"];
const SIZES = [10, 20, 50, 100];
const LONGEST_S = 3600; // a pair left open over lunch says nothing about how hard it was

/** A store that may be refused: then everything is kept in memory alone, and `kept` says so. */
function openStore() {
  const memory = new Map();
  let store = null;
  try {
    store = window.localStorage;
    store.setItem("upshot-probe", "1");
    store.removeItem("upshot-probe");
  } catch { store = null; }
  return {
    get kept() { return store !== null; },
    get(key) {
      try { return (store ? store.getItem(key) : null) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; }
    },
    set(key, value) {
      memory.set(key, value);
      try { if (store) store.setItem(key, value); } catch { store = null; }
    },
    remove(key) {
      memory.delete(key);
      try { if (store) store.removeItem(key); } catch { store = null; }
    },
  };
}

function startRating(data) {
  const at = name => document.getElementById(`r-${name}`);
  const store = openStore();
  let session = null, since = 0, draft = null;
  if (!data.pairs.length) return;

  const couples = couplesOf(data);
  fill(at("arms"), couples.map(([a, b]) => `${data.arms[a]} and ${data.arms[b]}`), -1, 0, "all arms, mixed");
  // One question is answered sooner than many: the best arm against its rival.
  const first = couples.findIndex(couple => data.compare.every(arm => couple.includes(arm)));
  if (first >= 0) at("arms").value = String(first);
  at("rater").value = store.get("upshot-rater") || "";

  const key = () => `upshot-rating:${data.run}:${at("rater").value.trim()}`;
  const dealt = () => {
    const couple = at("arms").value === "" ? null : couples[+at("arms").value];
    return data.pairs.map((pair, place) => [pair, place]).filter(([[, a, b]]) => !couple || (couple.includes(a) && couple.includes(b)));
  };

  function offerSizes() {
    const most = dealt().length, sizes = SIZES.filter(size => size < most), before = at("size").value;
    at("size").replaceChildren(...sizes.map(size => make("option", { value: size }, String(size))), make("option", { value: most }, `all ${most}`));
    if ([...at("size").options].some(option => option.value === before)) at("size").value = before;
    else if (sizes.includes(20)) at("size").value = "20";
  }

  /** What is stored for this rater, or null; a stored text that is no session of this run counts as none. */
  function stored() {
    try {
      const found = JSON.parse(store.get(key()) || "null");
      const sound = found && Array.isArray(found.places) && Array.isArray(found.done) && found.places.every(place => data.pairs[place]);
      return sound ? found : null;
    } catch { return null; }
  }

  function offer() {
    const found = stored();
    at("start").textContent = !found ? "Start" : isOver(found) ? "Show the result" : `Continue, ${found.done.length} of ${found.places.length} rated`;
    for (const field of [at("arms"), at("size"), at("with-marks")]) field.disabled = Boolean(found);
    at("kept").textContent = store.kept
      ? "Ratings are kept in this browser, under this run and rater; nothing is sent."
      : "This browser keeps nothing for this page: ratings live in memory, so export them before you close it.";
  }

  const isOver = one => one.finished || one.done.length >= one.places.length;

  function begin() {
    store.set("upshot-rater", at("rater").value.trim());
    session = stored() || {
      rater: at("rater").value.trim(), marks: at("with-marks").checked, done: [], finished: false,
      places: dealt().slice(0, +at("size").value).map(([, place]) => place),
    };
    save();
    turn();
  }

  function save() {
    store.set(key(), JSON.stringify(session));
    offer();
  }

  /** Shows the stage that the session is in. */
  function turn() {
    const stage = session === null ? "setup" : isOver(session) ? "done" : "work";
    for (const name of ["setup", "work", "done"]) at(name).hidden = name !== stage;
    if (stage === "work") ask();
    if (stage === "done") reveal();
  }

  /** The arms of a dealt pair as this rater sees them: raters with names see other sides, so that a habit of one
      side does not pass for agreement. */
  function sided(place) {
    const [number, a, b] = data.pairs[place];
    return session.rater && hashed(`${session.rater}\n${place}`) % 2 ? [number, b, a] : [number, a, b];
  }

  function ask() {
    const [number, ...arms] = sided(session.places[session.done.length]);
    const item = data.dialogues[number], total = session.places.length;
    draft = { choice: null, marks: {} };
    since = Date.now();
    at("progress").max = total;
    at("progress").value = session.done.length;
    at("count").textContent = `${session.done.length + 1} of ${total}`;
    at("dialogue").replaceChildren(turnNodes(item));
    at("dialogue").scrollTop = 0;
    SIDES.forEach((side, place) => { at(side).textContent = item.outputs[arms[place]].text || "(nothing)"; });
    at("back").disabled = !session.done.length;
    at("marks").hidden = at("record").hidden = !session.marks;
    if (session.marks) at("marks").replaceChildren(markTable());
    press();
    at("question").focus({ preventScroll: true });
  }

  function markTable() {
    const head = make("tr", {}, make("td", {}), ...SIDES.map(side => make("th", { scope: "col" }, side.toUpperCase())));
    const rows = data.marks.map(mark => make("tr", {}, make("th", { scope: "row" }, mark), ...SIDES.map(side => make("td", {}, scale(side, mark)))));
    return make("table", {}, make("caption", {}, "Marks, 1 poor to 5 good; leave open what you cannot judge"), make("thead", {}, head), make("tbody", {}, ...rows));
  }

  function scale(side, mark) {
    const group = make("span", { class: "scale", role: "radiogroup", "aria-label": `${mark} of ${side.toUpperCase()}` });
    for (let value = 1; value <= 5; value++) {
      const radio = make("input", { type: "radio", name: `r-${side}-${mark}`, value });
      radio.addEventListener("change", () => { (draft.marks[side] ||= {})[mark] = value; });
      group.append(make("label", {}, radio, make("span", {}, String(value))));
    }
    return group;
  }

  function choose(choice) {
    draft.choice = choice;
    press();
    if (!session.marks) record();
  }

  function press() {
    for (const button of at("choices").children) button.setAttribute("aria-pressed", String(button.dataset.choice === draft.choice));
    at("record").disabled = draft.choice === null;
  }

  function record() {
    if (draft.choice === null) return;
    const seconds = Math.min(LONGEST_S, Math.round((Date.now() - since) / 100) / 10);
    session.done.push([draft.choice, draft.marks, seconds]);
    save();
    turn();
  }

  function back() {
    session.done.pop();
    save();
    turn();
  }

  function finish() {
    if (!session.done.length) return leave();
    session.finished = true;
    save();
    turn();
  }

  function forget() {
    store.remove(key());
    leave();
  }

  function leave() {
    session = null;
    offer();
    turn();
  }

  function ratings() {
    return session.done.map(([choice, marks, seconds], place) => {
      const [number, a, b] = sided(session.places[place]);
      return { id: data.dialogues[number].id, a: data.arms[a], b: data.arms[b], choice, marks, seconds };
    });
  }

  function reveal() {
    const found = ratings(), rows = tally(found, data.arms);
    at("said").textContent = `${found.length} of ${session.places.length} pairs rated${session.rater ? ` by ${session.rater}` : ""}.`;
    const head = ["arm", "against", "won", "lost", "ties", "both bad"].map(name => make("th", { scope: "col" }, name));
    const body = rows.map(([one, other, ...counts]) => make("tr", {}, make("th", { scope: "row" }, one), ...[other, ...counts].map(cell => make("td", {}, String(cell)))));
    at("result").replaceChildren(make("table", {}, make("caption", {}, "Your choices"), make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body)));
    const lines = found.map(one => make("tr", {}, make("th", { scope: "row" }, make("a", { href: `#example-${encodeURIComponent(one.id)}` }, one.id)),
      ...[one.a, one.b, one.choice.length === 1 ? one.choice.toUpperCase() : one.choice].map(cell => make("td", {}, cell))));
    const names = ["dialogue", "A was", "B was", "choice"].map(name => make("th", { scope: "col" }, name));
    at("list").replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...names)), make("tbody", {}, ...lines)));
    at("said").focus({ preventScroll: true });
  }

  function download(kind) {
    const text = kind === "json" ? exportedJson(data, session, ratings()) : exportedCsv(data, session, ratings());
    const blob = new Blob([text], { type: kind === "json" ? "application/json" : "text/csv" });
    const name = session.rater.replace(/[^\p{L}\p{N}]+/gu, "-") || "rater";
    const link = make("a", { href: URL.createObjectURL(blob), download: `ratings-${name}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  CHOICES.forEach(([choice, text], place) => {
    const button = make("button", { type: "button", "data-choice": choice }, make("kbd", {}, String(place + 1)), ` ${text}`);
    button.addEventListener("click", () => choose(choice));
    at("choices").append(button);
  });
  const clicks = { start: begin, back, record, json: () => download("json"), csv: () => download("csv"), leave };
  for (const [name, act] of Object.entries(clicks)) at(name).addEventListener("click", act);
  clickTwice(at("finish"), "Show the arms now?", finish);
  clickTwice(at("forget"), "Really forget?", forget);
  at("rater").addEventListener("input", offer);
  at("arms").addEventListener("change", offerSizes);
  document.addEventListener("keydown", event => {
    if (at("work").hidden || !isFree(event) || event.repeat) return;
    // Beside the session, keys count where nothing else is focused.
    if (event.target !== document.body && !event.target.closest("#rating")) return;
    const choice = CHOICES[Number(event.key) - 1];
    if (choice) { event.preventDefault(); choose(choice[0]); }
    const button = event.target.closest("button");
    if (event.key === "Enter" && draft.choice !== null && (!button || button.dataset.choice === draft.choice)) {
      event.preventDefault();
      record();
    }
  });
  offerSizes();
  offer();
  at("tool").hidden = false;
}

/** What cannot be taken back wants a second click, on a button that says so. */
function clickTwice(button, question, act) {
  const plain = button.textContent;
  const calm = () => { button.textContent = plain; };
  button.addEventListener("click", () => {
    if (button.textContent === plain) { button.textContent = question; return; }
    calm();
    act();
  });
  button.addEventListener("blur", calm);
}

/** Every two arms that were dealt together, in the order of the arms. */
function couplesOf(data) {
  const found = new Map();
  for (const [, a, b] of data.pairs) found.set([Math.min(a, b), Math.max(a, b)].join(), [Math.min(a, b), Math.max(a, b)]);
  return [...found.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
}

/** Rows of [arm, against, won, lost, ties, both bad], one for every two arms. */
function tally(ratings, arms) {
  const rows = new Map();
  for (const one of ratings) {
    const [first, second] = [one.a, one.b].sort((x, y) => arms.indexOf(x) - arms.indexOf(y));
    const name = JSON.stringify([first, second]);
    if (!rows.has(name)) rows.set(name, [first, second, 0, 0, 0, 0]);
    const winner = one.choice === "a" ? one.a : one.choice === "b" ? one.b : null;
    rows.get(name)[winner === first ? 2 : winner === second ? 3 : one.choice === "tie" ? 4 : 5] += 1;
  }
  return [...rows.values()].sort((x, y) => arms.indexOf(x[0]) - arms.indexOf(y[0]) || arms.indexOf(x[1]) - arms.indexOf(y[1]));
}

function exportedJson(data, session, ratings) {
  return JSON.stringify({ format: "upshot-ratings", version: 1, run: data.run, recipe: data.name, seed: data.seed,
    rater: session.rater, asked: session.places.length, ratings }, null, 1) + "\n";
}

function exportedCsv(data, session, ratings) {
  const marks = SIDES.flatMap(side => data.marks.map(mark => [side, mark]));
  const head = ["run", "rater", "id", "a", "b", "choice", ...marks.map(([side, mark]) => `${side}_${mark}`), "seconds"];
  const rows = ratings.map(one => [data.run, session.rater, one.id, one.a, one.b, one.choice,
    ...marks.map(([side, mark]) => one.marks[side]?.[mark] ?? ""), one.seconds]);
  return [head, ...rows].map(row => row.map(csvCell).join(",") + "\r\n").join("");
}

/** A quoted cell; a spreadsheet must not take an id for a formula. */
function csvCell(value) {
  const text = String(value);
  const inert = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** FNV-1a, 32 bits, of UTF-16 units; its highest bit is the fairest, so that comes back lowest. */
function hashed(text) {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return (hash >>> 15) ^ (hash >>> 31);
}

const upshotData = document.getElementById("upshot-data") && readData();
if (upshotData) { startBrowser(upshotData); startRating(upshotData); }
