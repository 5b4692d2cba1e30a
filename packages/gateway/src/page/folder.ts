import type { LastEdit, ServerEvents, StatsAnswer, Status, SymbolPlace, Watching } from '../api/index.ts';
import { counted } from '../counted.ts';
import { printable } from '../printable.ts';
import { watchingLine } from '../watching-line.ts';
import type { ConnectionState } from './connection.ts';
import { element, find, say } from './element.ts';
import { EventLog } from './event-log.ts';
import { duration, seconds, timeOfDay } from './format.ts';
import { Ledger } from './ledger.ts';
import { OutlineList } from './outline-list.ts';
import { OutlineView } from './outline-view.ts';
import type { Server } from './server.ts';
import { storeLine } from './store-line.ts';
import { SymbolSearch } from './symbol-search.ts';

/** The folder: its outlines, what its edits cost, the ledger, and what happens. */
export class Folder {
  readonly #server: Server;
  readonly #name = find('folder-name', HTMLElement);
  readonly #state = find('folder-state', HTMLElement);
  readonly #store = find('folder-store', HTMLElement);
  readonly #watching = find('folder-watching', HTMLElement);
  readonly #progress = find('progress', HTMLProgressElement);
  readonly #warnings = find('warnings', HTMLDetailsElement);
  readonly #warningCount = find('warning-count', HTMLElement);
  readonly #editCost = find('edit-cost', HTMLElement);
  readonly #editTime = find('edit-time', HTMLTimeElement);
  readonly #refresh = find('refresh', HTMLButtonElement);
  readonly #foot = find('foot', HTMLElement);
  readonly #ledger = new Ledger();
  readonly #events = new EventLog();
  readonly #outline: OutlineView;
  readonly #list: OutlineList;
  #editedAt = 0;
  #wasTold = false;
  #wasReady = false;
  #wasGone = false;
  #connection: ConnectionState = 'connecting';

  constructor(server: Server) {
    this.#server = server;
    this.#outline = new OutlineView(server);
    this.#list = new OutlineList((path) => void this.#outline.show(path));
    new SymbolSearch(server, (place) => this.#open(place));
    this.#refresh.addEventListener('click', () => void this.#look());
  }

  connected(state: ConnectionState): void {
    if (state === 'lost' && this.#connection === 'live') this.#events.add('server gone');
    if (state === 'live' && this.#connection === 'lost') this.#events.add('server back');
    if (state === 'live') this.reload();
    this.#connection = state;
    this.#allowLook();
  }

  showStatus(status: Status): void {
    const reading = status.state === 'reading';
    say(this.#name, status.folder);
    document.title = `${printable(status.folder)} – Holdfast`;
    const ready = status.readySeconds === undefined ? '' : `, ready in ${seconds(status.readySeconds)}`;
    say(
      this.#state,
      reading
        ? `Reading: ${status.outlined.toLocaleString('en-US')} of ${counted(status.files, 'file')} outlined`
        : `${counted(status.outlined, 'file')} outlined${ready}`,
    );
    say(this.#store, storeLine(status));
    this.showWatching(status.watching);
    this.#outline.offered(status.summary);
    this.#progress.hidden = !reading;
    this.#progress.max = Math.max(1, status.files);
    this.#progress.value = status.outlined;
    this.#warn(status.warnings);
    if (status.lastEdit !== undefined) this.#showEdit(status.lastEdit);
    this.#wasTold = true;
    if (status.folderGone && !this.#wasGone) this.#warnings.open = true;
    if (status.folderGone !== this.#wasGone)
      this.#events.add(status.folderGone ? 'folder gone' : 'folder back');
    this.#wasGone = status.folderGone;
    say(
      this.#foot,
      `Holdfast ${status.version} on Node ${status.nodeVersion.replace(/^v/, '')}, up ${duration(status.uptimeSeconds * 1000)}`,
    );
    if (!reading && (!this.#wasReady || this.#list.size !== status.outlined)) this.reload();
    this.#wasReady = !reading;
  }

  #warn(warnings: readonly string[]): void {
    this.#warnings.hidden = warnings.length === 0;
    say(this.#warningCount, counted(warnings.length, 'warning'));
    const list = this.#warnings.querySelector('ul');
    list?.replaceChildren(...warnings.map((warning) => element('li', {}, warning)));
  }

  showStats(stats: StatsAnswer): void {
    this.#ledger.show(stats);
  }

  showGenerated({ seconds: took, restored, ...line }: ServerEvents['outline']): void {
    this.#list.put(line);
    if (restored) this.#events.add('outline restored', line.path);
    else
      this.#events.add(
        line.generations > 1 ? 'outlined again' : 'outlined',
        `${line.path}, ${seconds(took)}`,
      );
    if (line.path === this.#outline.path) void this.#outline.show(line.path);
  }

  /** @param files that there are now */
  showFiles(files: number): void {
    if (this.#list.size !== files) this.reload();
  }

  /** The server tells each state as it comes, and how many files with every status. */
  showWatching(watching: Watching): void {
    const line = watchingLine(watching);
    say(this.#watching, line);
    const { state: before } = this.#watching.dataset;
    this.#watching.dataset.state = watching.state;
    if (before !== undefined && watching.state !== before) {
      const [what, detail = ''] = line.split(/[:,] (.*)/s);
      this.#events.add(what ?? line, detail);
    }
  }

  /** The server tells it with every status, so that a page that is opened later knows of it, too. */
  #showEdit({ at, sentence }: LastEdit): void {
    if (at === this.#editedAt) return;
    // An edit of before this page was opened is no event of it.
    if (this.#wasTold) this.#events.add('edit found', sentence);
    this.#editedAt = at;
    const time = new Date(at);
    say(this.#editCost, sentence);
    say(this.#editTime, timeOfDay(time));
    this.#editTime.dateTime = time.toISOString();
    this.#editTime.hidden = false;
  }

  #open({ path, startLine }: SymbolPlace): void {
    this.#list.mark(path);
    void this.#outline.show(path, startLine);
  }

  async #look(): Promise<void> {
    if (this.#refresh.getAttribute('aria-disabled') === 'true') return;
    this.#refresh.setAttribute('aria-disabled', 'true');
    try {
      const answer = await this.#server.refresh();
      const { files, added, removed, regenerated, restored } = answer;
      if ([added, removed, regenerated, restored].every(({ length }) => length === 0))
        this.#events.add('no edit found', `${counted(files, 'outline')}, ${seconds(answer.seconds)}`);
    } catch (error) {
      this.#events.add('look failed', (error as Error).message);
    } finally {
      this.#allowLook();
    }
  }

  /** Not `disabled`: that would take the focus away. */
  #allowLook(): void {
    this.#refresh.setAttribute('aria-disabled', String(this.#connection !== 'live'));
  }

  /** Asks for the whole list again: what the events told of it may have holes. */
  reload(): void {
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.#list.replace(await this.#server.outlines());
    } catch (error) {
      this.#events.add('list not loaded', (error as Error).message);
    }
  }
}
