/** What the simulated model says in the stream scene, word for word; who watches the scene can read along. */
const text = `How can a thousand people read one answer while it is being written? Look at the squares beside these lines. Each of them is a reader, and it fills as far as its reader has come.

The first one asked, and a question went out to the model. While it was on its way, others asked the same. Theirs were not sent after it: whoever asks for what is being made already waits with the first one, and when the model began to speak, it spoke to all of them. One question, one answer, one bill.

Speaking takes time. A model says a word after another, and an answer of this length takes it eight seconds or so. People read along, because nobody likes to look at an empty page. So the words are passed on the moment they come, to everybody who is here. And they are kept: not for tomorrow yet, but for those who are late.

For many come late. The rows that appear further down are people who asked when a part of this had been said. They did not have to begin a conversation of their own. They were handed all that had been said so far, and from there on they have been reading what the others read, when the others read it. Their first word took hardly any time at all, because it had been spoken before they asked.

On the other side they begin at the beginning. Each of them waits for a first word, and then for every word after it, as if nobody had ever asked before. The model says the same thing a thousand times, and is paid for it a thousand times. When the last one here has long finished, there are still readers over there who wait for the end.

Some leave. A tab is closed, a phone rings, the second paragraph was enough. It makes no difference to anybody else, for a reader is only a place in the text, and nobody else stands on it. If the last one left, then, and only then, the model would be told to stop, because words that nobody reads are paid for all the same.

Some are slow. A train goes through a tunnel, and the line carries one word where it should carry ten. The squares of the others do not wait for theirs. What slow readers have not read yet is not stored up for them in piles that grow: it stands in the one text that is kept anyway, and they go on reading in it when they can. A thousand slow readers take no more room than one.

And if the line to the model breaks in the middle of a sentence? Then nobody is told that half an answer was a whole one. It is not kept, and whoever asks next begins anew. An answer that was cut off at its limit, that was refused, or that ended in an error is not kept either. Only what ended well is worth having twice.

But when this has ended well, it stays. Who asks for it tomorrow hears it at once, byte for byte as it was spoken, and the model does not hear of it.

There is no trick in this. It takes one place where answers are made, which knows who waits for what; one text for each answer, which grows at its end and never changes before it; and for each reader a number that says how far they have come. The rest is care: for those who leave, for those who come late, for those who cannot keep up, and for the day on which the model has nothing to say.

That is all. The squares are full, and you have read to the end.`;

const wordsInPiece = 9;

/** The same in the pieces that the model says it in, each as a chunk of the stream. */
export const answerPieces: readonly string[] =
  text.match(new RegExp(String.raw`(?:\S+\s*){1,${wordsInPiece}}`, 'g')) ?? [];
