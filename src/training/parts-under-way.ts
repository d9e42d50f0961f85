import type { JobPart } from '#libs/portal-contract';

/** Hears of a part that it is begun, and of its rounds. */
type Told = (rounds: { readonly round: number; readonly rounds: number } | 'begun') => void;

/** What threads of this process make now, and what waits for one. */
export class PartsUnderWay {
  private readonly parts = new Map<symbol, { readonly rebuildId: string; readonly watched: JobPart }>();

  /** @param ticket absent where nobody watches */
  async watch<T>(
    ticket: { readonly rebuildId: string } | undefined,
    part: JobPart['part'],
    work: (told: Told) => Promise<T>,
  ): Promise<T> {
    if (ticket === undefined) return work(() => {});
    const { rebuildId } = ticket;
    const id = Symbol('part');
    this.parts.set(id, { rebuildId, watched: { part, state: 'waiting' } });
    try {
      return await work((rounds) => {
        const heard = { state: 'active', heardAt: new Date().toISOString() } as const;
        this.parts.set(id, { rebuildId, watched: { part, ...heard, ...(rounds !== 'begun' && rounds) } });
      });
    } finally {
      this.parts.delete(id);
    }
  }

  of(rebuildId: string): JobPart[] {
    return [...this.parts.values()].flatMap((one) => (one.rebuildId === rebuildId ? one.watched : []));
  }
}
