"use strict";
// Words as the browser marks them: what the dialogue supports, what findings are about, what differs from a reference.

const WORD = /#\s?Person\s?\d+\s?#|[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*/giu;
// Function words say nothing about support, so they stay unmarked.
const FUNCTION_WORDS = new Set(
  ("a an and are as at be been but by can could did do does for from had has have he her him his i if in is it its me my no " +
   "not of on or our she should so than that the their them then there they this to us was we were what when which who " +
   "will with would you your").split(" ")
);
const MOST_DIFFED = 1500; // words; beyond them the table of the comparison would take tens of megabytes

/** An element with its attributes and children; text is only ever set as text. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A word without case and the commonest English endings, so that "booked" finds "booking". */
function stem(word) {
  const bare = word.toLowerCase().replace(/['’]s$/, "");
  return bare.length > 4 ? bare.replace(/(?:ing|ed|es|ly|s|e)$/, "") : bare;
}

function stemsOf(text) {
  return new Set((text.match(WORD) || []).map(stem));
}

/** Stretches of content words of `text`: [start, end, "known" or "novel"]. */
function overlapMarks(text, known) {
  const marks = [];
  for (const found of text.matchAll(WORD)) {
    if (FUNCTION_WORDS.has(found[0].toLowerCase())) continue;
    marks.push([found.index, found.index + found[0].length, known.has(stem(found[0])) ? "known" : "novel"]);
  }
  return marks;
}

/** Stretches that findings are about, whole words only, within the finding's sentence where it has one. */
function findingMarks(text, findings, sentences, kinds) {
  const marks = [];
  for (const [kind, words, sentence] of findings) {
    const [start, end] = sentences[sentence] || [0, text.length];
    if (!words || kinds[kind][1] === "coverage") continue;
    for (let at = text.indexOf(words, start); at >= 0 && at + words.length <= end; at = text.indexOf(words, at + 1)) {
      if (isWhole(text, at, at + words.length)) marks.push([at, at + words.length, `flagged ${kinds[kind][1]}`]);
    }
  }
  return marks;
}

function isWhole(text, start, end) {
  const inWord = /^[\p{L}\p{N}]{2}$/u;
  return !inWord.test(text.slice(start - 1, start + 1)) && !inWord.test(text.slice(end - 1, end + 1));
}

/** Nodes of text[start, end), cut wherever a mark begins or ends. */
function markedNodes(text, marks, start, end) {
  const cuts = new Set([start, end]);
  for (const [from, to] of marks) for (const cut of [from, to]) if (cut > start && cut < end) cuts.add(cut);
  const places = [...cuts].sort((one, other) => one - other);
  return places.slice(0, -1).map((from, number) => {
    const to = places[number + 1];
    const classes = marks.filter(mark => mark[0] <= from && mark[1] >= to).map(mark => mark[2]);
    const piece = text.slice(from, to);
    return classes.length ? make("span", { class: [...new Set(classes)].join(" ") }, piece) : piece;
  });
}

/** The text's sentences as buttons that point at their turns (`point`, `pin`), with the marks inside. */
function sentenceNodes(text, marks, sentences, { point, pin }) {
  const nodes = [];
  let at = 0;
  for (const [start, end, turns] of sentences) {
    if (end <= start || start < at) continue;
    nodes.push(...markedNodes(text, marks, at, start));
    const inner = markedNodes(text, marks, start, end);
    if (turns.length) {
      const sentence = make("span", { class: "sentence", role: "button", tabindex: "0", title: turnList(turns) }, ...inner);
      sentence.addEventListener("mouseenter", () => point(turns));
      sentence.addEventListener("mouseleave", () => point([]));
      sentence.addEventListener("focus", () => point(turns));
      sentence.addEventListener("blur", () => point([]));
      sentence.addEventListener("click", () => pin(turns));
      sentence.addEventListener("keydown", event => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pin(turns); }
      });
      nodes.push(sentence);
    } else nodes.push(...inner);
    at = end;
  }
  nodes.push(...markedNodes(text, marks, at, text.length));
  return nodes;
}

function turnList(turns) {
  return `${turns.length === 1 ? "turn" : "turns"} ${turns.map(turn => turn + 1).join(", ")}`;
}

/** The place of the reference that shares most words with the text (F1), the earlier of equals; -1 without references. */
function nearest(text, references) {
  let best = -1, most = -1;
  references.forEach((reference, place) => {
    const shared = sharedWords(text, reference);
    if (shared > most) { best = place; most = shared; }
  });
  return best;
}

function sharedWords(one, other) {
  const mine = (one.match(WORD) || []).map(stem), theirs = (other.match(WORD) || []).map(stem);
  const left = new Map();
  for (const word of theirs) left.set(word, (left.get(word) || 0) + 1);
  let hits = 0;
  for (const word of mine) if (left.get(word) > 0) { left.set(word, left.get(word) - 1); hits += 1; }
  return mine.length + theirs.length ? 2 * hits / (mine.length + theirs.length) : 0;
}

/** The text against a reference, word by word: <del> stands in the reference alone, <ins> in the text alone. */
function diffNodes(text, reference) {
  const mine = text.match(/\S+/g) || [], theirs = reference.match(/\S+/g) || [];
  if (mine.length > MOST_DIFFED || theirs.length > MOST_DIFFED) return [`(too long to compare) ${text}`];
  const nodes = [];
  let kind = "", run = [];
  const flush = () => {
    if (!run.length) return;
    const said = run.join(" ");
    nodes.push(kind ? make(kind, {}, said) : said, " ");
    run = [];
  };
  for (const [step, word] of steps(mine, theirs)) {
    if (step !== kind) { flush(); kind = step; }
    run.push(word);
  }
  flush();
  return nodes;
}

/** ["", word], ["del", word] and ["ins", word] along a longest common subsequence. */
function steps(mine, theirs) {
  const same = (i, j) => bareWord(mine[i]) === bareWord(theirs[j]);
  const width = theirs.length + 1;
  const lengths = new Uint16Array((mine.length + 1) * width);
  for (let i = mine.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      const here = i * width + j;
      lengths[here] = same(i, j) ? lengths[here + width + 1] + 1 : Math.max(lengths[here + width], lengths[here + 1]);
    }
  }
  const found = [];
  let i = 0, j = 0;
  while (i < mine.length || j < theirs.length) {
    if (i < mine.length && j < theirs.length && same(i, j)) { found.push(["", mine[i]]); i++; j++; }
    else if (j < theirs.length && (i === mine.length || lengths[i * width + j + 1] >= lengths[(i + 1) * width + j])) {
      found.push(["del", theirs[j]]); j++;
    } else { found.push(["ins", mine[i]]); i++; }
  }
  return found;
}

function bareWord(word) {
  return word.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "") || word;
}
