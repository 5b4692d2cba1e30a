import { type JsonObject, objectsOf } from '../json-object.ts';
import { respelled } from './spelling.ts';

/*
 * Tools by what their answers hang on, from the API's documentation. Function declarations and computer use are run by
 * the client, who puts the results into the next request: they decide nothing that is not in the request.
 */
const closed = new Set(['functionDeclarations', 'computerUse']);

/** Those that are known to look at the world: the Web, maps, stores of files, the clock of a sandbox. Any other one may. */
const words: Readonly<Record<string, string>> = {
  googleSearch: 'searches the Web',
  googleSearchRetrieval: 'searches the Web',
  enterpriseWebSearch: 'searches the Web',
  exaAiSearch: 'searches the Web',
  parallelAiSearch: 'searches the Web',
  urlContext: 'reads pages of the Web',
  googleMaps: 'looks at maps',
  codeExecution: 'runs code, which can read the time',
  fileSearch: 'searches files that can change',
  retrieval: 'searches files that can change',
  mcpServers: 'asks servers of others',
};

/** They are paid by the use, beside the tokens. */
const paid = new Set([
  'googleSearch',
  'googleSearchRetrieval',
  'enterpriseWebSearch',
  'googleMaps',
  'exaAiSearch',
  'parallelAiSearch',
]);

export interface Tools {
  /** What one of them does that the request does not decide; undefined where all is in the request. */
  readonly outside: string | undefined;
  readonly arePaid: boolean;
}

export function toolsOf(body: JsonObject): Tools {
  let outside: string | undefined;
  let arePaid = false;
  for (const tool of objectsOf(body.tools)) {
    for (const name of Object.keys(respelled(tool) ?? tool)) {
      if (closed.has(name)) continue;
      outside ??= Object.hasOwn(words, name) ? words[name] : 'has a tool that is not known here';
      arePaid ||= paid.has(name);
    }
  }
  return { outside, arePaid };
}
