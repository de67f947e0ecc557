// Every example of the run: filters, order, and one dialogue beside its references and outputs.

const CUT_OUTPUT = 1, CUT_DIALOGUE = 2, EMPTY = 4;
const PRESET_SIZE = 20;
const TIE = 1e-9;

/** The block of data with names for its lists. */
function readData() {
  const data = JSON.parse(document.getElementById("upshot-data").textContent);
  data.dialogues = data.dialogues.map(([id, topic, speakers, turns, references, words, outputs], number) => ({
    number, id, topic, speakers, turns, references, words,
    outputs: outputs.map(output => output && {
      text: output[0], score: output[1] < 0 ? null : output[1], odd: output[2], findings: output[3], sentences: output[4],
    }),
  }));
  return data;
}

function startBrowser(data) {
  const at = name => document.getElementById(`b-${name}`);
  const by = { first: at("first"), second: at("second"), outcome: at("outcome"), kind: at("kind"), kindArm: at("kind-arm"),
    topic: at("topic"), length: at("length"), speakers: at("speakers"), cut: at("cut"), text: at("text"), sort: at("sort"),
    marks: at("marks"), keys: at("keys") };
  const state = { hits: [], current: null, preset: null, pinned: [], texts: new Map() };
  const score = (item, arm) => item.outputs[arm] ? item.outputs[arm].score : null;
  const difference = item => {
    const one = score(item, +by.first.value), other = score(item, +by.second.value);
    return one === null || other === null ? null : one - other;
  };

  fill(by.first, data.arms, data.compare[0]);
  fill(by.second, data.arms, data.compare[1]);
  fill(by.kindArm, ["any arm", ...data.arms], 0, -1);
  fill(by.kind, data.kinds.map(kind => kind[1] === "notebook" ? kind[2] : kind[0].replaceAll("-", " ")), -1, 0, "any or none");
  const topics = [...new Set(data.dialogues.map(item => item.topic).filter(Boolean))].sort((a, b) => a.localeCompare(b));
  fill(by.topic, topics, -1, 0, "any");
  const bands = lengthBands(data.dialogues);
  fill(by.length, bands.map(([low, high]) => `${low}–${high} words`), -1, 0, "any");
  const crowds = [...new Set(data.dialogues.map(item => item.speakers.length))].sort((a, b) => a - b);
  fill(by.speakers, crowds.map(count => String(count)), -1, 0, "any");
  by.topic.disabled = !topics.length;
  by.kind.disabled = by.kindArm.disabled = !data.kinds.length;

  const tests = [
    item => by.outcome.value === "any" || outcomeOf(difference(item)) === by.outcome.value,
    item => by.kind.value === "" || armsAsked(item).some(output => output.findings.some(found => found[0] === +by.kind.value)),
    item => by.topic.value === "" || item.topic === topics[+by.topic.value],
    item => by.length.value === "" || within(item.words, bands[+by.length.value]),
    item => by.speakers.value === "" || item.speakers.length === crowds[+by.speakers.value],
    item => by.cut.value === "" || item.outputs.some(output => output && output.odd & +by.cut.value),
    item => by.text.value.trim() === "" || haystack(item).includes(by.text.value.trim().toLowerCase()),
  ];
  const armsAsked = item => (by.kindArm.value === "-1" ? item.outputs : [item.outputs[+by.kindArm.value]]).filter(Boolean);
  const haystack = item => {
    if (!state.texts.has(item.number)) {
      const said = item.turns.map(([who, text]) => `${who < 0 ? "" : item.speakers[who]}: ${text}`);
      const outputs = item.outputs.map(output => output ? output.text : "");
      state.texts.set(item.number, [item.id, item.topic, ...said, ...item.references, ...outputs].join("\n").toLowerCase());
    }
    return state.texts.get(item.number);
  };
  // What cannot be ordered (no score) stands last, whichever way.
  const orders = {
    data: null,
    id: (a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }),
    gain: descending(difference),
    loss: descending(item => negated(difference(item))),
    gap: descending(item => difference(item) === null ? null : Math.abs(difference(item))),
    high: descending(item => score(item, +by.first.value)),
    low: descending(item => negated(score(item, +by.first.value))),
  };

  function refresh() {
    let hits = data.dialogues.filter(item => tests.every(test => test(item)));
    if (orders[by.sort.value]) hits = [...hits].sort(orders[by.sort.value]);
    if (state.preset) hits = hits.slice(0, PRESET_SIZE);
    state.hits = hits;
    for (const button of document.querySelectorAll("[data-preset]")) {
      button.setAttribute("aria-pressed", String(button.dataset.preset === state.preset));
    }
    const names = [data.arms[+by.first.value], data.arms[+by.second.value]];
    at("said").textContent = names[0] === names[1] ? `${names[0]}, ROUGE-1 x 100` : `${names.join(" − ")}, ROUGE-1 points`;
    at("status").textContent = `${hits.length} of ${data.dialogues.length} examples`;
    listHits();
    if (!hits.includes(state.current)) show(hits[0] || null);
    else show(state.current);
  }

  function listHits() {
    at("hits").replaceChildren(...state.hits.map(item => {
      const gap = difference(item), own = score(item, +by.first.value);
      const said = by.first.value === by.second.value || gap === null ? points(own) : signed(gap);
      const button = make("button", { type: "button", "data-number": item.number }, make("span", { class: "hit-id" }, item.id),
        make("span", { class: "hit-topic", dir: "auto" }, item.topic), make("span", { class: "hit-score" }, said));
      button.addEventListener("click", () => { show(item); address(item); });
      return make("li", {}, button);
    }));
  }

  /** One example into the detail, or the word that there is none. */
  function show(item) {
    state.current = item;
    state.pinned = [];
    at("detail").replaceChildren(...(item ? detail(item) : [make("p", { class: "about" }, "No example matches these filters.")]));
    const place = state.hits.indexOf(item);
    at("place").textContent = item ? `${place + 1} of ${state.hits.length}` : "";
    at("previous").disabled = place <= 0;
    at("next").disabled = place < 0 || place === state.hits.length - 1;
    for (const button of at("hits").querySelectorAll("button")) {
      const here = item !== null && button.dataset.number === String(item.number);
      if (here) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
      if (here) keepInList(button);
    }
  }

  /** Scrolls the list alone: scrollIntoView would move the page, too. */
  function keepInList(button) {
    const list = at("hits"), box = list.getBoundingClientRect(), own = button.getBoundingClientRect();
    if (own.top < box.top) list.scrollTop -= box.top - own.top;
    if (own.bottom > box.bottom) list.scrollTop += own.bottom - box.bottom;
  }

  function detail(item) {
    const facts = [item.turns.length === 1 ? "1 turn" : `${item.turns.length} turns`, `${item.words} words`,
      item.speakers.length === 1 ? "1 speaker" : `${item.speakers.length} speakers`];
    const link = make("a", { href: linkOf(item), "aria-label": `Link to example ${item.id}` }, item.id);
    const head = make("h3", { tabindex: "-1", id: "b-heading" }, link);
    if (item.topic) head.append(" ", make("span", { class: "topic", dir: "auto" }, item.topic));
    return [head, make("p", { class: "b-facts" }, facts.join(" · ")),
      make("div", { class: "sides" }, dialogueSide(item), outputSide(item))];
  }

  function dialogueSide(item) {
    return make("div", { class: "dialogue" }, make("h4", {}, "Dialogue"), turnNodes(item));
  }

  function outputSide(item) {
    const known = stemsOf(item.turns.map(turn => turn[1]).join(" ") + " " + item.speakers.join(" "));
    const list = make("ol", { class: "references" }, ...item.references.map(text => make("li", { dir: "auto" }, text)));
    const side = make("div", { class: "outputs" }, make("h4", {}, "References, by people"),
      item.references.length ? list : make("p", { class: "about" }, "None in the data."),
      make("h4", {}, "Arms, AI-generated"), legend());
    item.outputs.forEach((output, arm) => side.append(armBlock(item, output, arm, known)));
    return side;
  }

  function armBlock(item, output, arm, known) {
    const head = make("p", { class: "arm-head" }, make("span", { class: "arm-name" }, data.arms[arm]));
    const block = make("div", { class: `edge arm-${arm % 8}`, "data-arm": data.arms[arm] }, head);
    if (!output) {
      block.append(make("p", { class: "about" }, "no output"));
      return block;
    }
    const words = (output.text.match(/\S+/g) || []).length;
    head.append(make("span", { class: "score", title: "ROUGE-1 F1 x 100, mean over the references" }, points(output.score)),
      make("span", { class: "count" }, words === 1 ? "1 word" : `${words} words`), ...oddities(output.odd));
    block.append(make("p", { class: "output", dir: "auto" }, ...outputNodes(item, output, known)));
    if (output.findings.length) block.append(make("ul", { class: "tags" }, ...output.findings.map(tag)));
    return block;
  }

  function outputNodes(item, output, known) {
    if (!output.text.trim()) return ["(nothing)"];
    const way = by.marks.value, best = nearest(output.text, item.references);
    if (way === "difference" && best >= 0) {
      return [make("span", { class: "against" }, `against reference ${best + 1}: `), ...diffNodes(output.text, item.references[best])];
    }
    const marks = way === "support"
      ? [...overlapMarks(output.text, known), ...findingMarks(output.text, output.findings, output.sentences, data.kinds)] : [];
    return sentenceNodes(output.text, marks, output.sentences, { point, pin });
  }

  function tag([kind, words, , turns]) {
    const [, tier, text, worth] = data.kinds[kind];
    const line = make("li", { class: tier }, make("span", { class: "tier" }, tier), ` ${text}`);
    if (words && words.length < 80) line.append(": ", make("q", { dir: "auto" }, words));
    line.append(make("span", { class: "worth" }, ` ${turns.length ? `${turnList(turns)} · ` : ""}${worth}`));
    line.addEventListener("mouseenter", () => point(turns));
    line.addEventListener("mouseleave", () => point([]));
    return line;
  }

  function point(turns) {
    const lit = new Set(turns.length ? turns : state.pinned);
    at("detail").querySelectorAll(".turns > li").forEach((line, number) => line.classList.toggle("lit", lit.has(number)));
  }

  function pin(turns) {
    state.pinned = String(state.pinned) === String(turns) ? [] : turns;
    point([]);
    const line = at("detail").querySelectorAll(".turns > li")[state.pinned[0]];
    if (line) line.scrollIntoView({ block: "nearest" });
  }

  function legend() {
    if (by.marks.value === "difference") {
      return make("p", { class: "legend" }, make("del", {}, "in the nearest reference only"), make("ins", {}, "in this summary only"));
    }
    if (by.marks.value === "none") return "";
    return make("p", { class: "legend" }, make("span", { class: "known" }, "word of the dialogue"),
      make("span", { class: "novel" }, "word of its own"), make("span", { class: "flagged review" }, "finding"));
  }

  function step(by_) {
    const next = state.hits[state.hits.indexOf(state.current) + by_];
    if (!next) return;
    show(next);
    address(next);
  }

  const linkOf = item => `#example-${encodeURIComponent(item.id)}`;
  function address(item) {
    try { history.replaceState(null, "", linkOf(item)); } catch { /* some browsers allow a hundred in half a minute */ }
  }

  function openLinked() {
    const name = linkedId(location.hash);
    const item = name === null ? undefined : data.dialogues.find(one => one.id === name);
    if (!item) return;
    if (!state.hits.includes(item)) clear();
    show(item);
    at("detail").scrollIntoView();
    at("heading").focus({ preventScroll: true });
  }

  function clear() {
    for (const select of [by.outcome, by.kind, by.kindArm, by.topic, by.length, by.speakers, by.cut]) select.selectedIndex = 0;
    by.text.value = "";
    by.sort.value = "data";
    state.preset = null;
    refresh();
  }

  function applyPreset(name) {
    const again = state.preset === name;
    clear();
    if (again) return;
    by.sort.value = { best: "high", worst: "low", gap: "gap" }[name];
    state.preset = name;
    state.current = null;
    refresh();
  }

  for (const select of Object.values(by)) {
    if (select === by.keys) continue;
    select.addEventListener(select === by.text ? "input" : "change", () => {
      if (select === by.sort) state.preset = null;
      if (select === by.sort) state.current = null;
      refresh();
    });
  }
  for (const button of document.querySelectorAll("[data-preset]")) {
    button.addEventListener("click", () => applyPreset(button.dataset.preset));
  }
  at("clear").addEventListener("click", clear);
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  window.addEventListener("hashchange", openLinked);
  document.addEventListener("keydown", event => {
    if (!by.keys.checked || !isFree(event) || event.target.closest("#rating")) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
  at("more").open = matchMedia("(min-width: 761px)").matches;
  at("tool").hidden = false;
  refresh();
  openLinked();
}

/** The dialogue as numbered turns. */
function turnNodes(item) {
  if (!item.turns.length) return make("p", { class: "about" }, "The text of this dialogue is not in the run folder.");
  return make("ol", { class: "turns" }, ...item.turns.map(([who, text]) =>
    make("li", { dir: "auto" }, ...(who < 0 ? [] : [make("b", {}, `${item.speakers[who]}:`), " "]), text)));
}

/** Options of a select; `all` puts an option "" before them, `from` is the value of the first. */
function fill(select, names, chosen, from = 0, all = null) {
  const options = names.map((name, place) => make("option", { value: String(place + from) }, name));
  if (all !== null) options.unshift(make("option", { value: "" }, all));
  select.replaceChildren(...options);
  if (chosen >= 0) select.selectedIndex = chosen;
}

/** Whether a key is meant for the page: no modifier, and nothing to type or choose in is focused. */
function isFree(event) {
  return !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea");
}

/** The id in an address such as "#example-test_3", or null. */
function linkedId(hash) {
  if (!hash.startsWith("#example-")) return null;
  try { return decodeURIComponent(hash.slice("#example-".length)); } catch { return null; }
}

/** Thirds of the dialogues by words, each as its shortest and longest; fewer where they are the same. */
function lengthBands(dialogues) {
  const words = dialogues.map(item => item.words).sort((a, b) => a - b);
  const cuts = [0, 1, 2].map(third => words[Math.floor(third * words.length / 3)]);
  const lows = [...new Set(cuts)].filter(low => low !== undefined);
  return lows.map((low, place) => [low, place + 1 < lows.length ? words.findLast(count => count < lows[place + 1]) : words.at(-1)]);
}

const within = (value, [low, high]) => value >= low && value <= high;
const outcomeOf = gap => gap === null ? "" : gap > TIE ? "wins" : gap < -TIE ? "loses" : "ties";
const negated = value => value === null ? null : -value;
const points = value => value === null ? "not scored" : (100 * value).toFixed(1);
const signed = value => `${value > 0 ? "+" : value < 0 ? "−" : "±"}${Math.abs(100 * value).toFixed(1)}`;

function descending(value) {
  return (a, b) => {
    const one = value(a), other = value(b);
    if (one === null || other === null) return (one === null) - (other === null);
    return other - one;
  };
}

function oddities(odd) {
  const said = [[EMPTY, "empty"], [CUT_OUTPUT, "cut at the token limit"], [CUT_DIALOGUE, "dialogue was cut"]];
  return said.filter(([bit]) => odd & bit).map(([, text]) => make("span", { class: "flag" }, text));
}
