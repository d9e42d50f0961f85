import { isCodedError, parseStrictJson, type JsonValue } from '#libs/essentials';
import type { ProtocolFiling } from './ports.js';
import { StandardsError } from './standards-error.js';

/** An OpenDSR 2.0 request (§7.1.1), as far as it is understood here. */
export interface OpenDsrRequest {
  readonly subjectRequestId: string;
  readonly kind: ProtocolFiling['kind'];
  readonly regulation: ProtocolFiling['regime'];
  readonly identities: readonly OpenDsrIdentity[];
  readonly callbacks: readonly string[];
}

export interface OpenDsrIdentity {
  readonly type: 'controller_customer_id' | 'email';
  readonly value: string;
}

export const OPENDSR_VERSION = '2.0';
export const OPENDSR_KINDS = ['access', 'portability', 'erasure'] as const;
/** Ours are found by a keyed hash: a hash of somebody else's says nothing here, so that only raw values are taken (§5.1, §5.2). */
export const OPENDSR_IDENTITIES = ['controller_customer_id', 'email'] as const;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/; // lower case (§1.1)
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;
const LIMITS = { json: 64 * 1024, identities: 16, callbacks: 8, text: 2_048 };

type Fields = Readonly<Record<string, JsonValue>>;

/**
 * Reads a request. @param body chosen by the controller who calls
 * @throws StandardsError OPENDSR_FIELD_INVALID, OPENDSR_KIND_UNSUPPORTED, OPENDSR_IDENTITY_UNSUPPORTED
 */
export function parseOpenDsrRequest(body: string): OpenDsrRequest {
  const fields = objectIn(body);
  const subjectRequestId = textOf(fields, 'subject_request_id');
  if (!UUID_V4.test(subjectRequestId)) throw invalid('subject_request_id', 'is no UUID v4 in lower case');
  const regulation = textOf(fields, 'regulation');
  if (regulation !== 'gdpr' && regulation !== 'ccpa') throw invalid('regulation', 'is neither gdpr nor ccpa');
  const submitted = textOf(fields, 'submitted_time');
  if (!RFC_3339.test(submitted) || Number.isNaN(Date.parse(submitted)))
    throw invalid('submitted_time', 'is no RFC 3339 time');
  const version = fields.api_version;
  if (version !== undefined && version !== OPENDSR_VERSION)
    throw invalid('api_version', `is not ${OPENDSR_VERSION}`);
  return {
    subjectRequestId,
    kind: kindOf(textOf(fields, 'subject_request_type')),
    regulation,
    identities: listOf(fields, 'subject_identities', LIMITS.identities, 1).map(identityOf),
    callbacks: listOf(fields, 'status_callback_urls', LIMITS.callbacks, 0).map((url) => {
      if (typeof url !== 'string' || url.length > LIMITS.text)
        throw invalid('status_callback_urls', 'holds something else than URLs');
      return url;
    }),
  };
}

function objectIn(body: string): Fields {
  try {
    const value = parseStrictJson(body, { maxLength: LIMITS.json, maxDepth: 8 });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch (cause) {
    if (!isCodedError(cause)) throw cause;
  }
  throw invalid('body', 'is no JSON object');
}

function kindOf(type: string): ProtocolFiling['kind'] {
  const kind = OPENDSR_KINDS.find((one) => one === type);
  if (kind !== undefined) return kind;
  throw new StandardsError('OPENDSR_KIND_UNSUPPORTED', 'there is no request of that type', {
    nextStep: `Send one of ${OPENDSR_KINDS.join(', ')}.`,
  });
}

function identityOf(value: JsonValue): OpenDsrIdentity {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('subject_identities', 'holds something else than identities');
  const fields = value as Fields;
  const type = OPENDSR_IDENTITIES.find((one) => one === fields.identity_type);
  if (type === undefined || fields.identity_format !== 'raw')
    throw new StandardsError(
      'OPENDSR_IDENTITY_UNSUPPORTED',
      'an identity is of a type or format that finds nobody here',
      {
        nextStep: `Send ${OPENDSR_IDENTITIES.join(' or ')}, raw; see GET /opendsr/discovery.`,
      },
    );
  return { type, value: textOf(fields, 'identity_value') };
}

function listOf(fields: Fields, name: string, most: number, least: number): readonly JsonValue[] {
  const value = fields[name] ?? [];
  if (Array.isArray(value) && value.length >= least && value.length <= most)
    return value as readonly JsonValue[];
  throw invalid(name, `is no list of ${least} to ${most}`);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string' && value !== '' && value.length <= LIMITS.text) return value;
  throw invalid(name, 'is missing or no text');
}

function invalid(field: string, what: string): StandardsError {
  return new StandardsError('OPENDSR_FIELD_INVALID', `${field} ${what}`, {
    facts: { field },
    nextStep: 'See OpenDSR 2.0, section 7.1.',
  });
}
