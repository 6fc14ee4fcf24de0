/* How the search ranks what it finds: chapters whose title or heading says what is asked, then the
 * other chapters, the reference, and last of all exercises and solutions. */
// eslint-disable-next-line no-unused-vars -- Sphinx's search reads this name
var Scorer = {
  asked: (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().match(/[\p{L}\d]+/gu) ?? [],
  /** The share of the words asked for that begin a word of the title: "check" begins "Checking". */
  said: (title) => {
    const words = title.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
    const found = Scorer.asked.filter((one) => words.some((word) => word.startsWith(one)));
    return found.length / Math.max(1, Scorer.asked.length);
  },
  score: ([page, title, , , score]) => {
    if (page.startsWith("solutions/")) return score - 60;
    if (page.startsWith("exercises/")) return score - 40;
    if (page === "book/api" || page === "book/glossary") return score - 5;
    return score + (Scorer.said(title) === 1 ? 100 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
