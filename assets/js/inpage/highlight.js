/* Python in color: the same classes that Pygments gives the code of the page. */

const KEYWORDS = "as assert async await break class continue def del elif else except finally for from "
  + "global if import lambda nonlocal pass raise return try while with yield";
const BUILTINS = "abs all any bool dict enumerate float int isinstance len list map max min print range "
  + "reversed round set sorted str sum super tuple type zip NotImplementedError ValueError";
const words = (list) => new RegExp(`\\b(?:${list.split(" ").join("|")})\\b`);

const TOKENS = [ // the first that fits wins
  ["c1", /#.*/],
  ["sd", /[rRbBfF]{0,2}(?:"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$))/],
  ["s2", /[rRbBfF]{0,2}"(?:\\.|[^"\\\n])*"?/],
  ["s1", /[rRbBfF]{0,2}'(?:\\.|[^'\\\n])*'?/],
  ["nd", /^[ \t]*@[\w.]+/],
  ["nf", /(?<=\bdef[ \t]+)\w+/],
  ["nc", /(?<=\bclass[ \t]+)\w+/],
  ["kc", words("None True False")],
  ["ow", words("and or not in is")],
  ["k", words(KEYWORDS)],
  ["bp", words("self cls")],
  ["nb", new RegExp(`(?<!\\.)${words(BUILTINS).source}(?!\\s*=[^=])`)],
  ["mi", /\b\d[\d_]*(?![\d_.eEjJ])\b/],
  ["mf", /\b(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?/],
  ["o", /[-+*/%@=<>!|&~^]+/],
];
const ANY = new RegExp(TOKENS.map(([, token]) => `(${token.source})`).join("|"), "gm");

/** The text in pieces: strings, and spans with a class. */
export function* colored(code) {
  let at = 0;
  for (const match of code.matchAll(ANY)) {
    const kind = TOKENS[match.slice(1).findIndex((group) => group !== undefined)][0];
    if (match.index > at) yield code.slice(at, match.index);
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = match[0];
    yield span;
    at = match.index + match[0].length;
  }
  yield code.slice(at);
}
