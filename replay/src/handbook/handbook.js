// Finds chapters of the handbook by what stands in them: parts of Chinese words and of English ones, several at once.
"use strict";
(() => {
  const RESULTS_MAX = 60;
  const AROUND = 36;
  const byId = (id) => document.getElementById(id);
  const [box, query, panel, status, results] = ["search", "query", "panel", "status", "results"].map(byId);
  const filters = ["kind", "sector", "authority"].map(byId);

  // Full-width letters and digits are read as the usual ones; the length stays, so that places in the text do.
  const folded = (text) =>
    text.replace(/[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
      .replace(/[A-Z]/g, (c) => c.toLowerCase());
  // Block by block, so that the end of one cell does not make a word with the next.
  const textOf = (element) => {
    const blocks = element.querySelectorAll("p, td, th, span, code, a, pre, dt, dd, .label");
    for (const block of blocks) block.after(" ");
    const text = element.textContent;
    for (const block of blocks) block.nextSibling.remove();
    return text.replace(/\s+/g, " ").trim();
  };

  const chapters = [];
  const read = () => {
    for (const heading of document.querySelectorAll("main h2, main h3, main h4")) {
      const parts = [];
      for (let next = heading.nextElementSibling; next && !/^H[234]$/.test(next.tagName); next = next.nextElementSibling) {
        parts.push(next);
      }
      const title = textOf(heading);
      const body = parts.map(textOf).join(" ");
      const { kind = "", sector = "", authorities = "" } = heading.dataset;
      chapters.push({
        heading, parts, title, body, kind, sector, authority: authorities.split("|").filter(Boolean),
        foldedTitle: folded(title), foldedBody: folded(body),
      });
    }
    for (const select of filters) {
      const values = new Set(chapters.flatMap((chapter) => chapter[select.id]).filter(Boolean));
      for (const value of values) select.append(new Option(value, value));
      select.hidden = values.size < 2;
    }
  };

  const terms = () => folded(query.value).split(/[\s\u3000]+/).filter(Boolean);
  const fits = (chapter) => filters.every(({ id, value }) => !value || [].concat(chapter[id]).includes(value));
  // Titles before bodies; a title that is the word itself before one that has it; of equals, rules before what they read.
  const weight = (chapter, words) =>
    words.reduce((sum, word) => {
      if (!chapter.foldedTitle.includes(word)) return sum + 1;
      return sum + (chapter.foldedTitle.split(" ").includes(word) ? 12 : 8);
    }, chapter.heading.id.startsWith("rule-") ? 2 : chapter.kind ? 1 : 0);

  const marked = (text, words) => {
    const line = document.createElement("span");
    const low = folded(text);
    let at = 0;
    while (at < text.length) {
      const found = words.map((word) => ({ word, place: low.indexOf(word, at) })).filter(({ place }) => place >= 0);
      if (!found.length) break;
      const { word, place } = found.reduce((a, b) => (b.place < a.place ? b : a));
      line.append(text.slice(at, place));
      line.append(Object.assign(document.createElement("mark"), { textContent: text.slice(place, place + word.length) }));
      at = place + word.length;
    }
    line.append(text.slice(at));
    return line;
  };

  const excerpt = ({ body, foldedBody }, words) => {
    const places = words.map((word) => foldedBody.indexOf(word)).filter((place) => place >= 0);
    const from = Math.max(0, (places.length ? Math.min(...places) : 0) - AROUND);
    const to = Math.min(body.length, from + 4 * AROUND);
    return (from > 0 ? "…" : "") + body.slice(from, to) + (to < body.length ? "…" : "");
  };

  // What was looked for is marked in the chapter itself, without changing it.
  const highlight = (chapter, words) => {
    if (!window.CSS || !CSS.highlights) return;
    const ranges = [];
    for (const part of [chapter.heading, ...chapter.parts]) {
      const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const low = folded(node.data);
        for (const word of words) {
          for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + word.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, at + word.length);
            ranges.push(range);
          }
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  };

  const close = () => { panel.hidden = true; };
  const item = (chapter, words) => {
    const link = Object.assign(document.createElement("a"), { href: "#" + chapter.heading.id });
    if (chapter.kind) link.append(Object.assign(document.createElement("b"), { textContent: chapter.kind }), " ");
    link.append(marked(chapter.title, words));
    link.addEventListener("click", () => { close(); highlight(chapter, words); });
    const line = document.createElement("li");
    const text = document.createElement("p");
    text.append(marked(excerpt(chapter, words), words));
    line.append(link, text);
    return line;
  };

  const search = () => {
    if (!chapters.length) read();
    const words = terms();
    results.replaceChildren();
    if (!words.length && filters.every(({ value }) => !value)) return close();
    const found = chapters
      .filter((chapter) => fits(chapter)
        && words.every((word) => chapter.foldedTitle.includes(word) || chapter.foldedBody.includes(word)))
      .map((chapter, place) => ({ chapter, place, weight: weight(chapter, words) }))
      .sort((a, b) => b.weight - a.weight || a.place - b.place);
    panel.hidden = false;
    status.textContent = found.length
      ? `找到 ${found.length} 处 ${found.length} found` + (found.length > RESULTS_MAX ? `，显示前 ${RESULTS_MAX} 处 first ${RESULTS_MAX} shown` : "")
      : "没有找到。请减少或者更换检索词，或者取消筛选。Nothing found: use fewer or other words, or fewer filters.";
    results.append(...found.slice(0, RESULTS_MAX).map(({ chapter }) => item(chapter, words)));
  };

  const move = (step) => {
    const links = [...results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement) + step;
    if (at < 0) query.focus(); else if (links[at]) links[at].focus();
  };
  document.addEventListener("keydown", (event) => {
    // Enter and arrows choose a word of the input method; its last key has the code alone in Safari.
    if (event.isComposing || event.keyCode === 229) return;
    const inside = box.contains(document.activeElement);
    if (event.key === "/" && document.activeElement !== query) query.focus();
    else if (event.key === "Escape" && !panel.hidden) { close(); query.focus(); }
    else if (event.key === "Escape" && inside) query.value = "";
    else if (event.key === "ArrowDown" && inside && !filters.includes(document.activeElement)) move(1);
    else if (event.key === "ArrowUp" && inside && results.contains(document.activeElement)) move(-1);
    else if (event.key === "Enter" && document.activeElement === query) results.querySelector("a")?.click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });
  query.addEventListener("input", search);
  query.addEventListener("focus", () => { if (terms().length) search(); });
  for (const select of filters) select.addEventListener("change", search);

  box.hidden = false;
  read();
  // A search may be sent as a link: handbook.html?q=欠薪
  query.value = new URLSearchParams(location.search).get("q") || "";
  if (query.value) search();
})();
