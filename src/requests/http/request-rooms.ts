import type { MessageEvent } from '@nestjs/common';
import { from, merge, of, switchMap, Observable, takeWhile, timer, map } from 'rxjs';
import { isClosed, type RequestState } from '#libs/erasure';
import type { RequestDetail } from '#libs/portal-contract';
import type { RequestStage } from '../open-request-stage.js';
import type { Viewer } from '../request-details.js';

const HEARTBEAT = 15_000; // ms: what stands between cuts connections over which nothing comes
const SETTLE = 50; // ms: several events of one step are told as one

/** What the routes of this stage have in common. */
export class RequestRooms {
  readonly requests: RequestStage['requests'];
  readonly desk: RequestStage['desk'];
  readonly queue: RequestStage['queue'];
  readonly preview: RequestStage['preview'];
  readonly exports: RequestStage['exports'];

  constructor(private readonly stage: Omit<RequestStage, 'process' | 'consentChanges'>) {
    this.requests = stage.requests;
    this.desk = stage.desk;
    this.queue = stage.queue;
    this.preview = stage.preview;
    this.exports = stage.exports;
  }

  dashboard(): ReturnType<RequestStage['dashboard']> {
    return this.stage.dashboard();
  }

  detail(state: RequestState, viewer: Viewer): Promise<RequestDetail> {
    return this.stage.details.of(state, viewer);
  }

  /** The request now and after each change, until it is closed; in between a sign of life. */
  changes({ requestId }: RequestState, viewer: Viewer): Observable<MessageEvent> {
    const changed = new Observable<string>((subscriber) => {
      const tell = (id: string): void => {
        if (id === requestId) subscriber.next(requestId);
      };
      const ends = [
        this.stage.book.onChange((state) => tell(state.requestId)),
        this.stage.setbacks.onChange(tell),
      ];
      return () => ends.forEach((end) => end());
    });
    const details = merge(of(requestId), changed).pipe(
      switchMap((id) => timer(SETTLE).pipe(map(() => this.requests.get(id)))),
      switchMap((state) =>
        from(this.detail(state, viewer)).pipe(map((detail) => ({ detail, isLast: isClosed(state) }))),
      ),
    );
    const beats = timer(HEARTBEAT, HEARTBEAT).pipe(map(() => ({ detail: undefined, isLast: false })));
    return merge(details, beats).pipe(
      takeWhile(({ isLast }) => !isLast, true),
      map(({ detail }) => (detail === undefined ? { type: 'alive', data: '' } : { data: detail })),
    );
  }
}
