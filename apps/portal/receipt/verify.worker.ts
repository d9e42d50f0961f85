import { warmUp } from '#libs/verification';
import type { VerificationNews, VerificationTask } from './verification.js';
import { verify } from './verify.js';

/** Verifies beside the page, so that it can be used and the steps are seen while a large receipt is read. */
self.addEventListener('message', ({ data }: MessageEvent<VerificationTask>) => {
  void verify(data, (news: VerificationNews) => self.postMessage(news));
});

warmUp(); // while the person still chooses a file, or it is still on its way
