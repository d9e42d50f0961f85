import { useCallback, useEffect, useReducer, useRef } from 'react';
import {
  afterNews,
  NOT_BEGUN,
  type VerificationNews,
  type VerificationState,
  type VerificationTask,
} from './verification.js';

export interface Verification {
  readonly state: VerificationState;
  /** Begins anew, in a worker of its own, whose code is loaded with the page. */
  readonly begin: (task: VerificationTask) => void;
}

/** Verification in this browser. The worker is there before it is needed, so that nobody waits for its code. */
export function useVerification(): Verification {
  const [state, tell] = useReducer(afterNews, NOT_BEGUN);
  const waiting = useRef<Worker>(undefined);
  const working = useRef<Worker>(undefined);
  useEffect(() => {
    waiting.current = startWorker();
    return () => {
      waiting.current?.terminate();
      working.current?.terminate();
    };
  }, []);
  const begin = useCallback((task: VerificationTask) => {
    working.current?.terminate();
    const worker = waiting.current ?? startWorker();
    waiting.current = undefined;
    working.current = worker;
    worker.onmessage = ({ data }: MessageEvent<VerificationNews>) => tell(data);
    worker.onerror = () => tell({ kind: 'refused', refusal: WORKER_FAILED });
    worker.postMessage(task);
  }, []);
  return { state, begin };
}

const startWorker = (): Worker =>
  new Worker(new URL('./verify.worker.ts', import.meta.url), { type: 'module' });

const WORKER_FAILED = {
  code: 'VERIFIER_NOT_STARTED',
  message: 'The verification could not be started in this browser.',
  facts: {},
};
