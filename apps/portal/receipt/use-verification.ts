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
  /** Begins anew, in a worker of its own. */
  readonly begin: (task: VerificationTask) => void;
}

/** Verification in this browser; its code is loaded when it begins. */
export function useVerification(): Verification {
  const [state, tell] = useReducer(afterNews, NOT_BEGUN);
  const worker = useRef<Worker>(undefined);
  const end = useCallback(() => worker.current?.terminate(), []);
  useEffect(() => end, [end]);
  const begin = useCallback(
    (task: VerificationTask) => {
      end();
      worker.current = new Worker(new URL('./verify.worker.ts', import.meta.url), { type: 'module' });
      worker.current.onmessage = ({ data }: MessageEvent<VerificationNews>) => tell(data);
      worker.current.onerror = () => tell({ kind: 'refused', refusal: WORKER_FAILED });
      worker.current.postMessage(task);
    },
    [end],
  );
  return { state, begin };
}

const WORKER_FAILED = {
  code: 'VERIFIER_NOT_STARTED',
  message: 'The verification could not be started in this browser.',
  facts: {},
};
