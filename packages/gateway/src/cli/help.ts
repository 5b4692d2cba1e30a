/** What `holdfast help …` prints: examples first. */
export const generalHelp = `holdfast: a context cache for LLM applications

  holdfast serve                   outline the current folder and show it, with the lab, in the browser
  holdfast serve ../project        another folder
  holdfast outline src/index.ts    what a file holds, at a glance
  holdfast summary src/index.ts    the same in a paragraph, by Gemini if there is a key
  holdfast symbol createCache      where a symbol is defined
  holdfast why src/index.ts        why its outline is as it is, and what was made from it
  holdfast stats                   what is cached of this folder, and what that saved
  holdfast demo                    five stampedes on a simulated provider, with the cache and without

Commands
  serve [folder]     serve a folder on this machine
  outline <file>     print the outline of a file
  summary <file>     print a file in a paragraph
  symbol <name>      find a symbol of a folder
  why <file>         why an outline was made, and made again
  stats [folder]     the ledger of the server of a folder, and what its store holds
  demo               the acceptance scenes as a before/after table
  help [command]     more about a command

Options
  --json             outline, summary, symbol, why, stats, demo: print JSON
  --help, -h         this text, or that of a command
  --version          the version

Exit codes
  0  done; a server was stopped by Ctrl-C or SIGTERM
  1  failed: one line on stderr says why
  2  wrong usage
  3  no server is running for this folder, and none has left a store (why, stats)
  4  the folder is missing, not a folder, or cannot be read (serve, symbol)
  5  the port is in use or not allowed (serve)
  6  nothing found: no such symbol (symbol), no such source file (why, summary)
  130  a second Ctrl-C, while stopping
`;

const serveHelp = `holdfast serve: outline a folder, keep the outlines true, and put a cache before Gemini

  holdfast serve                   the current folder, on port 4747 or the next free one
  holdfast serve ../project        another folder
  holdfast serve --port 8080       this port or none
  holdfast serve --port 0          any free port
  holdfast serve --gemini-limits limits.json

Reads every source file that the ignore files leave in, outlines it through the cache, and serves the page and the
API on 127.0.0.1. Prints the address with the token of this start. It watches the folder: after an edit it makes the
outlines of the edited files again at once and no others, then the index of all symbols if theirs have changed, and
says so:

  src/a.ts changed → 1 of 412 outlines, symbol index unchanged: early cutoff (8 ms)

  curl -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:4747/api/outline?path=src/index.ts"

Programs that ask Gemini share calls, limits and answers when this is their base URL; nothing else of them changes:

  GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:4747/gemini node program.js

Their own key is handed on, and programs with different keys never share an answer. In the place of a key they may send
the token: then the gateway's own key is used. That is the one of --api-key-file, GOOGLE_API_KEY or GEMINI_API_KEY,
the first of these that there is; with it the page summarises files, too, when it is asked to.

Options
  --port <number>           default: 4747, or the next free one
  --poll                    look at every file again and again, where the file system does not tell of changes
  --store <path>            keep what is made in this file; default: .holdfast/store.sqlite in the folder
  --no-store                keep it in memory only: the next start makes it again
  --no-proxy                without /gemini
  --api-key-file <path>     the gateway's own key, in place of the environment's; best readable by you alone
  --gemini-limits <path>    rate limits of each key, by model, as JSON; "*" is any other model:
                            { "gemini-2.5-flash": { "requestsPerMinute": 60, "inputTokensPerMinute": 1000000,
                            "requestsPerDay": 10000 }, "*": { "requestsPerMinute": 10 } }
  --gemini-upstream <url>   where Gemini is asked; default: HOLDFAST_GEMINI_UPSTREAM, or Google's own address
  --max-body <size>         the longest request that is handed on, such as 50MiB; default: 20MiB
  --summary-model <name>    who summarises; default: HOLDFAST_SUMMARY_MODEL, or gemini-2.5-flash
  --help, -h                this text

Environment
  HOLDFAST_TOKEN            the token, 32 characters or more, in place of a new one with each start
  GOOGLE_API_KEY, GEMINI_API_KEY, HOLDFAST_GEMINI_UPSTREAM, HOLDFAST_SUMMARY_MODEL: as above

What it makes is kept in .holdfast/ in the folder, for the next start and for others that serve the same folder; it
may be deleted at any time. While it runs, .holdfast/servers/ tells \`holdfast stats\`, \`why\`, \`symbol\` and \`summary\`
where it is. Both are readable by you alone, and stay out of commits.
Ctrl-C or SIGTERM closes it; a second Ctrl-C ends it at once.
`;

const outlineHelp = `holdfast outline: what a file holds, at a glance

  holdfast outline src/index.ts
  holdfast outline src/index.ts --json

Language, size, estimated tokens, imports, and symbols with their lines. Comes from the server or the store of the
folder where there is one, and needs neither.

Options
  --json             print the outline as JSON
  --help, -h         this text
`;

const summaryHelp = `holdfast summary: a file in a paragraph

  holdfast summary src/index.ts
  holdfast summary src/index.ts --json | jq -r .text
  holdfast summary src/index.ts --api-key-file ~/.config/gemini-key

With a key for Gemini, in GEMINI_API_KEY, GOOGLE_API_KEY or a file, the outline of the file and its text, up to 48,000
characters, are sent to Google, and the answer is kept until the file changes: asking again costs nothing. Without a
key, or when Gemini fails, the outline answers in words; stderr says who has answered, why, and what it cost.

Asks the server that runs for the folder of the file, or for one above it, with that server's key and model; without
one it asks by itself, and keeps the answer in the store that a server has left there. What the ignore files leave out
is never sent, nor what by its name holds secrets (.env, *.pem, …).

Options
  --api-key-file <path>     without a server: the key, in place of the environment's
  --summary-model <name>    without a server; default: HOLDFAST_SUMMARY_MODEL, or gemini-2.5-flash
  --gemini-upstream <url>   without a server; default: HOLDFAST_GEMINI_UPSTREAM, or Google's own address
  --json                    print the answer as JSON
  --help, -h                this text

Exits 6 if the file is none of the folder's source files.
`;

const symbolHelp = `holdfast symbol: where a symbol is defined

  holdfast symbol createCache
  holdfast symbol parse --limit 100
  holdfast symbol Server ../project --json | jq '.matches[] | .path'

Prints path:line, kind and the first line of each definition: first of exactly this name, then in upper or lower case,
then of those that begin with it. Asks the server that \`holdfast serve\` runs for the folder, the current one unless
given; without one the folder is read for this question, what its store still has apart.

Options
  --limit <number>   so many at most, 1 to 1,000; default: 20
  --store <path>     without a server: the store to use; default: .holdfast/store.sqlite in the folder
  --no-store         without a server: read everything, and keep nothing
  --json             print the answer as JSON
  --help, -h         this text

Exits 6 if there is no such symbol.
`;

const whyHelp = `holdfast why: why an outline is as it is

  holdfast why src/index.ts
  holdfast why src/index.ts --json | jq '.entries[].state'

Asks the server that runs for the folder of the file, or for one above it, or the store that one has left there:
whether the outline still holds, what it was made from, when and why it was last made again (what had changed, its
digest before and after), and the same for everything that was made from it: the symbols of the file, and the index of
all symbols. Makes nothing.

Options
  --json             print the answer as JSON
  --help, -h         this text

Exits 3 if there is neither, 6 if the file is none of the folder's source files.
`;

const statsHelp = `holdfast stats: what is cached of a folder, and what that saved

  holdfast stats
  holdfast stats ../project
  holdfast stats --json | jq .outcomes
  holdfast stats --json | jq .store.totals

How the server that \`holdfast serve\` runs for this folder watches it, and its ledger; then what its store holds,
and the ledger of all runs on it, which need no server. Exits 3 if there is neither.

Options
  --store <path>     without a server: the store to look at; default: .holdfast/store.sqlite in the folder
  --json             print both as JSON
  --help, -h         this text
`;

const demoHelp = `holdfast demo: five stampedes on a simulated provider, with the cache and without

  holdfast demo
  holdfast demo --json

Nothing leaves this machine, and no key is needed. Exits 1 if a scene does not come out as expected.

Options
  --json             print the scenes as JSON
  --help, -h         this text
`;

const helps: Readonly<Record<string, string>> = {
  serve: serveHelp,
  outline: outlineHelp,
  summary: summaryHelp,
  symbol: symbolHelp,
  why: whyHelp,
  stats: statsHelp,
  demo: demoHelp,
  help: generalHelp,
};

export const commandNames: readonly string[] = Object.keys(helps);

/** @returns undefined for an unknown command */
export function helpOf(command: string | undefined): string | undefined {
  if (command === undefined) return generalHelp;
  return Object.hasOwn(helps, command) ? helps[command] : undefined;
}
