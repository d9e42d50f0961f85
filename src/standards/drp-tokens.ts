import { randomBytes } from 'node:crypto';
import { equalBytes, fromBase64Url, isCodedError, toBase64Url, utf8 } from '#libs/essentials';
import { nodeHmacSha256 } from '#platform/crypto';

const NONCE_LENGTH = 16;
const MAX_LENGTH = 512;

/**
 * Tokens of DRP agents: `agent.nonce.mac`. Nothing of them is stored; they hold as long as the agent stands in the settings with the same key.
 */
export class DrpTokens {
  /** @param key 32 bytes, never used for anything else */
  constructor(private readonly key: Uint8Array) {}

  mint(agentId: string, verifyKey: string): string {
    const nonce = toBase64Url(randomBytes(NONCE_LENGTH));
    return `${agentId}.${nonce}.${toBase64Url(this.mac(agentId, nonce, verifyKey))}`;
  }

  /** The agent whom a token belongs to, as it says itself; it is to be checked with `holds`. */
  agentIn(token: string): string | undefined {
    return token.length > MAX_LENGTH ? undefined : token.split('.')[0];
  }

  holds(token: string, agentId: string, verifyKey: string): boolean {
    const [agent, nonce, mac, ...more] = token.split('.');
    if (agent !== agentId || nonce === undefined || mac === undefined || more.length > 0) return false;
    try {
      return equalBytes(fromBase64Url(mac), this.mac(agentId, nonce, verifyKey));
    } catch (cause) {
      if (!isCodedError(cause)) throw cause;
      return false;
    }
  }

  private mac(agentId: string, nonce: string, verifyKey: string): Uint8Array {
    return nodeHmacSha256(this.key, utf8(JSON.stringify([agentId, nonce, verifyKey])));
  }
}
