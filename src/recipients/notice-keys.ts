import { keyNames } from '#libs/contracts';
import type { Vault } from '#libs/messaging';
import type { Outbox } from '#platform/outbox';

/** Destroys the keys of what was told: of every request about which nothing waits any more. */
export class NoticeKeys {
  constructor(
    private readonly outbox: Pick<Outbox, 'about'>,
    private readonly vault: Pick<Vault, 'liveKeys' | 'destroyKeys'>,
    private readonly now: () => string,
  ) {}

  /** Of one request, or of all: what a crash has left is found at the next opening. */
  sweep(requestId = ''): void {
    const prefix = keyNames.notices(requestId);
    const over = this.vault
      .liveKeys(prefix)
      .filter((name) => this.isOver(name.slice(keyNames.notices('').length)));
    if (over.length > 0) this.vault.destroyKeys(over, this.now());
  }

  private isOver(requestId: string): boolean {
    return !this.outbox.about(requestId).some(({ state }) => state === 'held' || state === 'waiting');
  }
}
