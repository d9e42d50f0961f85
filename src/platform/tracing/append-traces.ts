import type { Link, SpanContext } from '@opentelemetry/api';
import { currentSpan, linkTo } from './traced.js';

const MOST = 1_000;

interface Traced {
  readonly position: bigint;
  readonly span: SpanContext;
}

/** Which traces the newest appends belong to, so that whoever reads them can point back. In memory only: no event holds a trace. */
export class AppendTraces {
  private newest: Traced[] = [];

  /** @param position of the last event of the append, which the work at hand has made */
  remember(position: bigint): void {
    const span = currentSpan();
    if (span === undefined) return;
    this.newest.push({ position, span });
    if (this.newest.length > 2 * MOST) this.newest = this.newest.slice(-MOST);
  }

  /** Links to the appends after a position, up to another. */
  between(after: bigint, upTo: bigint): Link[] {
    return this.newest
      .filter(({ position }) => position > after && position <= upTo)
      .map(({ span }) => linkTo(span));
  }
}
