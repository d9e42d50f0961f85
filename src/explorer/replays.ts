import type { ReplayView } from '#libs/portal-contract';
import { ExplorerError } from './explorer-error.js';
import type { ExploredStatements, ReplayRunner, RunningReplay } from './ports.js';
import { cancelled, evolveReplay, isOver, type ReplayNews } from './replay-view.js';

export interface ReplaysParts {
  readonly runner: ReplayRunner;
  readonly statements: Pick<ExploredStatements, 'requireRequest' | 'certificate'>;
  readonly newId: () => string;
  /** ISO 8601. */
  readonly now: () => string;
}

const MOST_WAITING = 20;
const MOST_KEPT = 100;

/**
 * Replays of certificates, one at a time: each needs the whole log, and all processors. What came of them is kept in memory until the
 * server is started again; whoever needs it longer runs `lacuna-verify replay`.
 */
export class Replays {
  /** Oldest first. */
  private readonly replays = new Map<string, ReplayView>();
  private readonly watchers = new Map<string, Set<(view: ReplayView) => void>>();
  private running: { readonly replayId: string; readonly run: RunningReplay } | undefined;
  private closed = false;

  constructor(private readonly parts: ReplaysParts) {}

  /**
   * Begins a replay, or puts it in the queue; one of the same request that is not over is answered again.
   *
   * @throws ErasureError REQUEST_UNKNOWN; CertificationError CERTIFICATE_NOT_ISSUED; ExplorerError REPLAYS_TOO_MANY
   */
  async start(requestId: string): Promise<ReplayView> {
    const { statements, newId, now } = this.parts;
    statements.requireRequest(requestId);
    await statements.certificate(requestId);
    const open = [...this.replays.values()].filter((view) => !isOver(view));
    const same = open.find((view) => view.requestId === requestId);
    if (same !== undefined) return same;
    if (open.length > MOST_WAITING)
      throw new ExplorerError('REPLAYS_TOO_MANY', 'too many replays wait already', {
        facts: { waiting: open.length },
        nextStep: 'Wait until some are over, or cancel those that nobody needs.',
      });
    const view: ReplayView = {
      replayId: newId(),
      requestId,
      state: 'queued',
      startedAt: now(),
      shards: [],
    };
    this.replays.set(view.replayId, view);
    this.forgetOldest();
    this.runNext();
    return this.get(view.replayId);
  }

  /** Newest first. */
  list(): ReplayView[] {
    return [...this.replays.values()].reverse();
  }

  /** @throws ExplorerError REPLAY_UNKNOWN */
  get(replayId: string): ReplayView {
    const view = this.replays.get(replayId);
    if (view === undefined)
      throw new ExplorerError('REPLAY_UNKNOWN', 'there is no replay of that id', {
        nextStep: 'Results are kept until the server is started again; start the replay once more.',
      });
    return view;
  }

  /** @throws ExplorerError REPLAY_UNKNOWN, REPLAY_ENDED */
  cancel(replayId: string): ReplayView {
    const view = this.get(replayId);
    if (isOver(view))
      throw new ExplorerError('REPLAY_ENDED', 'the replay is over', {
        facts: { state: view.state },
        nextStep: 'Look at its result.',
      });
    this.change(cancelled(view, this.parts.now()));
    if (this.running?.replayId === replayId) this.running.run.cancel(); // its end begins the next one
    return this.get(replayId);
  }

  /** @returns ends the watching */
  watch(replayId: string, watcher: (view: ReplayView) => void): () => void {
    const watchers = this.watchers.get(replayId) ?? new Set();
    this.watchers.set(replayId, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.watchers.delete(replayId);
    };
  }

  /** Ends what runs, and begins nothing more. */
  async close(): Promise<void> {
    this.closed = true;
    this.running?.run.cancel();
    await this.running?.run.ended;
  }

  private runNext(): void {
    if (this.closed || this.running !== undefined) return;
    const next = [...this.replays.values()].find(({ state }) => state === 'queued');
    if (next === undefined) return;
    const { replayId, requestId } = next;
    this.change({ ...next, state: 'running', stage: 'verifying' });
    const run = this.parts.runner.run(requestId, (news) => this.hear(replayId, news));
    this.running = { replayId, run };
    void run.ended.then(() => {
      this.running = undefined;
      this.runNext();
    });
  }

  /** What comes of a replay that was cancelled meanwhile changes nothing any more. */
  private hear(replayId: string, news: ReplayNews): void {
    const view = this.replays.get(replayId);
    if (view === undefined || isOver(view)) return;
    this.change(evolveReplay(view, news, this.parts.now()));
  }

  private change(view: ReplayView): void {
    this.replays.set(view.replayId, view);
    for (const watcher of this.watchers.get(view.replayId) ?? []) watcher(view);
  }

  private forgetOldest(): void {
    for (const [replayId, view] of this.replays) {
      if (this.replays.size <= MOST_KEPT) return;
      if (isOver(view)) this.replays.delete(replayId);
    }
  }
}
