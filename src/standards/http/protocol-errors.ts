import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, throwError, type Observable } from 'rxjs';
import { AnsweredOtherwise, problemOf, type Problem } from '#platform/http';

/** Puts what a handler has against a request into the form of a protocol; what is our own fault is told and reported as everywhere. */
abstract class ProtocolErrors implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => throwError(() => this.inItsForm(error))));
  }

  private inItsForm(error: unknown): unknown {
    const problem = problemOf(error);
    if (problem.status >= 500) return error;
    const { status, body } = this.say(problem);
    return new AnsweredOtherwise(status, body, error);
  }

  protected abstract say(problem: Problem): { readonly status: number; readonly body?: object };
}

/** OpenDSR 2.0 §7.5: an error is 400, unless there is nothing to have an error about. */
export class OpenDsrErrors extends ProtocolErrors {
  protected say({ status, code, title }: Problem) {
    const kept = status === 403 || status === 404 ? 404 : 400;
    const errors = [{ domain: 'Lacuna', reason: code, message: title }];
    return { status: kept, body: { error: { code: kept, message: title, errors } } };
  }
}

const FATAL = new Set(['DRP_EXPIRED', 'DRP_REPLAYED', 'DRP_RIGHT_UNSUPPORTED', 'DRP_REGIME_UNSUPPORTED']);

/** DRP 1.0 §3.06 */
export class DrpErrors extends ProtocolErrors {
  protected say({ status, code, title }: Problem) {
    const fatal = FATAL.has(code) ? { fatal: true } : {};
    return { status, body: { code: String(status), message: `${code}: ${title}`, ...fatal } };
  }
}

/** DRP 1.0 §2.05.1: a failed set-up is answered with 403 and no body. */
export class DrpSetUpErrors extends ProtocolErrors {
  protected say({ status }: Problem) {
    return { status: status === 404 ? status : 403 };
  }
}
