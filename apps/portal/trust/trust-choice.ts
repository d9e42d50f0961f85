/** Contents of trust files by their names. */
export type TrustTexts = Readonly<Record<string, string>>;

/**
 * Whose trust files are believed: those that this server hands out, which is no independent check of this server, or files that somebody brings
 * along. They stay until the tab is closed.
 */
export interface TrustChoice {
  readonly source: 'server' | 'own';
  /** Absent until some were chosen. */
  readonly own?: TrustTexts;
  /** Changes with every choice, so that what was verified before is verified again. */
  readonly id: string;
}

/** Keeps the choice, and tells whoever shows it. */
export class TrustChoices {
  private choice: TrustChoice = { source: 'server', id: 'server' };
  private chosen = 0;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): TrustChoice => this.choice;

  choose(source: TrustChoice['source']): void {
    const { own } = this.choice;
    this.become({ source, own, id: source === 'server' ? 'server' : `own-${this.chosen}` });
  }

  /** Files that are chosen later are added to those before, and take the place of those of the same name. */
  bring(files: TrustTexts): void {
    this.chosen++;
    this.become({ source: 'own', own: { ...this.choice.own, ...files }, id: `own-${this.chosen}` });
  }

  forget(): void {
    this.become({ source: 'own', id: `own-${++this.chosen}` });
  }

  private become(choice: TrustChoice): void {
    this.choice = choice;
    this.listeners.forEach((listener) => listener());
  }
}
