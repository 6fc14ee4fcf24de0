/* How the search ranks what it finds: chapters, then the reference, then exercises and solutions. */
// eslint-disable-next-line no-unused-vars -- Sphinx's search reads this name
var Scorer = {
  score: ([page, , , , score]) => {
    if (page.startsWith("solutions/")) return score - 60;
    if (page.startsWith("exercises/")) return score - 40;
    return page === "book/api" || page === "book/glossary" ? score - 5 : score;
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
