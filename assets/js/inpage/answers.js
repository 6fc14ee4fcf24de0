/* A reader's answers, kept in this browser: across visits, tabs and new versions of the page. */

const PREFIX = "cnns-rnns-from-scratch/answers/";

export class Answers {
  /** ``name``: the exercise. ``lost``: told when the browser keeps nothing. */
  constructor(name, lost) {
    this.key = PREFIX + name;
    this.lost = lost;
    this.kept = this.read();
  }

  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "{}");
      return kept && typeof kept === "object" ? kept : {};
    } catch {
      return {};
    }
  }

  get(id) {
    const code = this.kept[id]?.code;
    return typeof code === "string" ? code : undefined;
  }

  /** Was it written below another stub than today's? */
  isOlder(id, given) { return this.get(id) !== undefined && this.kept[id].given !== given; }

  put(id, code, given) {
    this.kept = this.read(); // another tab may have written
    if (code === given) delete this.kept[id];
    else this.kept[id] = { code, given };
    try {
      localStorage.setItem(this.key, JSON.stringify(this.kept));
      this.lost(false);
    } catch {
      this.lost(true);
    }
  }

  /** Can this browser keep anything at all? */
  works() {
    try {
      localStorage.setItem(`${PREFIX}?`, "1");
      localStorage.removeItem(`${PREFIX}?`);
      return true;
    } catch {
      return false;
    }
  }

  /** Call ``changed`` when another tab has written. */
  follow(changed) {
    window.addEventListener("storage", ({ key }) => {
      if (key !== this.key) return;
      this.kept = this.read();
      changed();
    });
  }
}
