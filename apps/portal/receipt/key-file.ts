import type { Identity, Recipient } from '#libs/age';
import type { FollowBody } from '#libs/portal-contract';

/** What a person has to keep of a request. */
export interface RequestKeys {
  readonly requestId: string;
  /** Absent where the same had been asked before: it is told once. */
  readonly followKey?: string;
  /** Absent where no receipt is wanted. */
  readonly receipt?: { readonly identity: Identity; readonly recipient: Recipient };
}

/** Words of the reader's language that the file is explained in, one line each. */
export interface KeyFileWords {
  readonly title: string;
  readonly keep: string;
  readonly request: string;
  readonly followKey: string;
  readonly followAt: string;
  readonly publicKey: string;
}

const REQUEST = /^# request-id: (\S+)$/m;
const FOLLOW_KEY = /^# follow-key: (\S+)$/m;

/**
 * One file for both keys. All but the identity stands behind #, so that it is an identity file of age as well: `age -d -i FILE openings.age` takes it.
 *
 * @param portal address of this portal, e.g. `https://privacy.example`
 */
export function keyFile(
  { requestId, followKey, receipt }: RequestKeys,
  words: KeyFileWords,
  portal: string,
): string {
  const lines = [
    `# ${words.title}`,
    `# ${words.keep}`,
    '#',
    `# ${words.request}`,
    `# request-id: ${requestId}`,
    ...(followKey === undefined
      ? []
      : [`# ${words.followKey}`, `# follow-key: ${followKey}`, `# ${words.followAt} ${portal}/follow`]),
    ...(receipt === undefined
      ? []
      : ['#', `# ${words.publicKey} ${receipt.recipient}`, receipt.identity as string]),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

export function keyFileName(requestId: string): string {
  return `lacuna-key-${requestId.slice(0, 8)}.txt`;
}

/** What a key file says about the request it is of; any other file says nothing. */
export function requestInKeyFile(file: string): FollowBody | undefined {
  const [requestId, followKey] = [REQUEST, FOLLOW_KEY].map((line) => line.exec(file)?.[1]);
  return requestId === undefined || followKey === undefined ? undefined : { requestId, followKey };
}
