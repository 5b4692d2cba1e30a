import { type ConnectionState, connect } from './connection.ts';
import { find, say } from './element.ts';
import { Folder } from './folder.ts';
import { Lab } from './lab.ts';
import { Server } from './server.ts';
import { takeToken } from './token.ts';

const states: Readonly<Record<ConnectionState, { short: string; long?: string }>> = {
  connecting: { short: 'Connecting' },
  live: { short: 'Live' },
  lost: {
    short: 'Server gone',
    long: 'The server does not answer: what stands here is what it said last. This page comes back by itself when the server does.',
  },
  tokenless: {
    short: 'No token',
    long: 'This page was opened without its token: use the address that holdfast serve printed.',
  },
  refused: {
    short: 'Refused',
    long: 'The server does not take this page’s token: open the address that it printed when it started.',
  },
};

const connection = find('connection', HTMLElement);
const banner = find('banner', HTMLElement);
const token = takeToken();
const server = new Server(token);
const lab = new Lab(server);
const folder = new Folder(server);

function showState(state: ConnectionState): void {
  const { short, long } = states[state];
  connection.dataset.state = state;
  document.body.dataset.connection = state;
  say(connection, short);
  banner.hidden = long === undefined;
  say(banner, long ?? '');
  lab.enable(state === 'live');
  folder.connected(state);
}

if (token === undefined) showState('tokenless');
else
  connect(server, {
    state: showState,
    events: {
      status: (status) => folder.showStatus(status),
      stats: (stats) => folder.showStats(stats),
      outline: (line) => folder.showGenerated(line),
      edit: ({ cost }) => folder.showFiles(cost.files),
      watching: (watching) => folder.showWatching(watching),
      refresh: (answer) => folder.showFiles(answer.files),
      lab: (state) => lab.show(state),
      missed: () => folder.reload(),
    },
  }).catch((error: unknown) => {
    banner.hidden = false;
    say(banner, `This page stopped: ${String(error)}. Load it again.`);
    throw error;
  });
