import type { RefreshAnswer, ServerEvents, StatsAnswer, Status } from '../api.ts';
import { printable } from '../printable.ts';
import type { ConnectionState } from './connection.ts';
import { editCost } from './edit-cost.ts';
import { element, find, say } from './element.ts';
import { EventLog } from './event-log.ts';
import { counted, duration, seconds } from './format.ts';
import { Ledger } from './ledger.ts';
import { OutlineList } from './outline-list.ts';
import { OutlineView } from './outline-view.ts';
import type { Server } from './server.ts';

/** The folder: its outlines, what its edits cost, the ledger, and what happens. */
export class Folder {
  readonly #server: Server;
  readonly #name = find('folder-name', HTMLElement);
  readonly #state = find('folder-state', HTMLElement);
  readonly #progress = find('progress', HTMLProgressElement);
  readonly #warnings = find('warnings', HTMLDetailsElement);
  readonly #warningCount = find('warning-count', HTMLElement);
  readonly #editCost = find('edit-cost', HTMLElement);
  readonly #refresh = find('refresh', HTMLButtonElement);
  readonly #foot = find('foot', HTMLElement);
  readonly #ledger = new Ledger();
  readonly #events = new EventLog();
  readonly #outline: OutlineView;
  readonly #list: OutlineList;
  #wasReady = false;
  #wasGone = false;
  #connection: ConnectionState = 'connecting';

  constructor(server: Server) {
    this.#server = server;
    this.#outline = new OutlineView(server);
    this.#list = new OutlineList((path) => void this.#outline.show(path));
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
    this.#progress.hidden = !reading;
    this.#progress.max = Math.max(1, status.files);
    this.#progress.value = status.outlined;
    this.#warn(status.warnings);
    if (status.folderGone && !this.#wasGone) this.#warnings.open = true;
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

  showGenerated({ seconds: took, ...line }: ServerEvents['outline']): void {
    this.#list.put(line);
    this.#events.add(line.generations > 1 ? 'outlined again' : 'outlined', `${line.path}, ${seconds(took)}`);
    if (line.path === this.#outline.path) void this.#outline.show(line.path);
  }

  /** The server looks by itself, too: a look that found nothing does not displace what the last edit cost. */
  showRefresh(answer: RefreshAnswer): void {
    if (answer.regenerated.length > 0) {
      say(this.#editCost, editCost(answer));
      this.#events.add('edit found', editCost(answer));
    }
    if (this.#list.size !== answer.files) this.reload();
  }

  async #look(): Promise<void> {
    if (this.#refresh.getAttribute('aria-disabled') === 'true') return;
    this.#refresh.setAttribute('aria-disabled', 'true');
    try {
      const answer = await this.#server.refresh();
      if (answer.regenerated.length === 0) this.#events.add('no edit found', editCost(answer));
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
