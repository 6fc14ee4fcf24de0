/* Practice: one card at a time, those of the reader's chapters, each back after a while.
 *
 * A card that was answered right moves up a box and waits longer; a wrong answer sends it back to
 * the first. What is remembered stays in this browser.
 */
(() => {
  "use strict";
  if (customElements.get("course-practice")) return;
  const KEY = "cnns-rnns-from-scratch/practice";
  const WAIT = [0, 1, 3, 7, 21, 60]; // days until a card of this box comes back
  const NEW = 10; // cards that are met for the first time on one day

  const today = () => {
    const now = new Date();
    return Math.floor((now.getTime() - now.getTimezoneOffset() * 60000) / 86400000);
  };

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  }

  class Practice extends HTMLElement {
    connectedCallback() {
      const kept = read(KEY);
      this.chapters = new Set(kept.chapters ?? []);
      this.memory = kept.cards ?? {};
      this.cards = [...this.querySelectorAll(".cp-card")];
      this.state = this.querySelector(".cp-state");
      this.next = this.querySelector(".cp-next button");
      this.boxes = [...this.querySelectorAll(".cp-boxes input")];
      this.takeFromChecks(JSON.parse(this.dataset.checks));
      for (const box of this.boxes) {
        box.checked = this.chapters.has(box.value);
        box.addEventListener("change", () => {
          this.chapters[box.checked ? "add" : "delete"](box.value);
          this.keep();
          this.turn();
        });
      }
      this.querySelector("details.cp-chapters").open = this.chapters.size === 0;
      for (const card of this.cards) {
        card.hidden = true;
        for (const option of card.querySelectorAll(".cq-option"))
          option.addEventListener("toggle", () => option.open && this.answer(card, option));
      }
      this.next.addEventListener("click", () => this.turn());
      this.turn();
    }

    /** A chapter counts as read when a check of one of its functions has passed in this browser,
     * in whatever exercise: before the last slash stands which. */
    takeFromChecks(pages) {
      const { checks = {} } = read("cnns-rnns-from-scratch/progress");
      for (const [key, { passed }] of Object.entries(checks)) {
        const page = pages[key.split("/").at(-1)];
        if (passed && page) this.chapters.add(page);
      }
    }

    keep() {
      const kept = { version: 1, chapters: [...this.chapters].sort(), cards: this.memory };
      try {
        localStorage.setItem(KEY, JSON.stringify(kept));
      } catch {
        this.state.textContent = "This browser keeps nothing, so cards will not come back.";
      }
    }

    /** Cards to show now: those whose day has come, then new ones as far as the day allows. */
    due() {
      const day = today();
      const mine = this.cards.filter((card) => this.chapters.has(card.dataset.page));
      const known = (card) => this.memory[card.dataset.id];
      const back = mine.filter((card) => known(card) && known(card).due <= day);
      const met = Object.values(this.memory).filter(({ first }) => first === day).length;
      const fresh = mine.filter((card) => !known(card)).slice(0, Math.max(0, NEW - met));
      return [...back.sort((a, b) => known(a).due - known(b).due), ...fresh];
    }

    turn() {
      for (const card of this.cards) card.hidden = true;
      this.next.hidden = true;
      const due = this.due();
      if (!due.length) return this.rest();
      const [card] = due;
      this.answered = new Map();
      for (const option of card.querySelectorAll(".cq-option")) option.open = false;
      const questions = [...card.querySelectorAll(".cq-question")];
      questions.forEach((question, k) => (question.hidden = k > 0));
      card.hidden = false;
      this.state.textContent = `${due.length} card${due.length === 1 ? "" : "s"} to go today.`;
    }

    rest() {
      if (!this.chapters.size) {
        this.state.textContent = "Tick the chapters that you have read, and their cards come.";
        return;
      }
      const days = Object.values(this.memory).map(({ due }) => due - today());
      const soon = Math.min(...days.filter((n) => n > 0));
      const when = soon === 1 ? "tomorrow" : `in ${soon} days`;
      this.state.textContent = Number.isFinite(soon)
        ? `Nothing is due. The next card comes ${when}.`
        : "Nothing is due.";
    }

    /** The first option that was opened counts. */
    answer(card, option) {
      const question = option.closest(".cq-question");
      if (this.answered.has(question)) return;
      this.answered.set(question, option.classList.contains("cq-right"));
      const questions = [...card.querySelectorAll(".cq-question")];
      const following = questions[questions.indexOf(question) + 1];
      if (following) {
        following.hidden = false;
        return;
      }
      const right = [...this.answered.values()].every(Boolean);
      const { box = 0, first = today() } = this.memory[card.dataset.id] ?? {};
      const now = right ? Math.min(box + 1, WAIT.length - 1) : 1;
      this.memory[card.dataset.id] = { box: now, due: today() + WAIT[now], first };
      this.keep();
      const days = WAIT[now] === 1 ? "tomorrow" : `in ${WAIT[now]} days`;
      this.state.textContent = `${right ? "Right" : "Not quite"}: this card comes back ${days}.`;
      this.next.hidden = false;
      this.next.focus({ preventScroll: true });
    }
  }

  customElements.define("course-practice", Practice);
})();
