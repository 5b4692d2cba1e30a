/** A program that knows nothing of Holdfast: the official client, set up by the environment alone. */
import { GoogleGenAI } from '@google/genai';

const client = new GoogleGenAI({});
const [, , model = '', contents = '', callers = '1'] = process.argv;

const unary = async () => (await client.models.generateContent({ model, contents })).text ?? '';
const streamed = async () => {
  let text = '';
  for await (const chunk of await client.models.generateContentStream({ model, contents })) {
    text += chunk.text ?? '';
  }
  return text;
};

const asked = Array.from({ length: Number(callers) }, (_, at) => (at % 2 === 0 ? unary() : streamed()));
for (const text of await Promise.all(asked)) console.log(text);
