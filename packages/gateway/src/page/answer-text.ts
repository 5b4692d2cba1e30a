import { element, makeScrollable, say } from './element.ts';

/** A text that grows. Its end stays in sight, unless somebody reads further up. */
export class AnswerText {
  readonly root = element('section', { class: 'answer-text', 'aria-label': 'The streamed answer' });

  constructor() {
    makeScrollable(this.root);
  }

  /** @param isGrowing there is more to come */
  show(text: string, isGrowing: boolean): void {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    const wasAtEnd = scrollHeight - scrollTop - clientHeight < 2;
    const paragraphs = text === '' ? [] : text.split('\n\n');
    while (this.root.childElementCount > paragraphs.length) this.root.lastElementChild?.remove();
    for (const [index, paragraph] of paragraphs.entries()) {
      const target = this.root.children[index] ?? this.root.appendChild(element('p'));
      say(target, paragraph);
    }
    this.root.dataset.growing = String(isGrowing);
    if (wasAtEnd) this.root.scrollTop = this.root.scrollHeight;
  }
}
