/**
 * Makes the mutation where Node itself reads the library, and Vitest does not: in the threads of a store, and in the
 * processes that a test starts. For `--import`.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { editOf } from './mutation.ts';

const edit = editOf(process.env.HOLDFAST_MUTATION);
if (edit !== undefined) {
  const own = pathToFileURL(edit.path).href;
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (url.split('?')[0] !== own || loaded.source === undefined || loaded.source === null) return loaded;
      const source =
        typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: edit.apply(source) };
    },
  });
}
