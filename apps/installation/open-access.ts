import { openAccess, type Access } from '#stages/access';
import type { Closers } from './closers.js';
import type { Deliveries } from './open-outbox.js';
import type { Requests } from './open-requests.js';
import type { Stores } from './open-stores.js';
import type { InstallationOptions } from './options.js';
import { portalOf } from './portal-settings.js';
import { identityOfRequests } from './ports.js';

const DEFAULT_URL = 'http://localhost:8080';

/** Who may come in, over the stores and what people ask for. */
export async function openAccessOf(
  { folder, store, vault, settings, clock }: Stores,
  { mailer }: Pick<Deliveries, 'mailer'>,
  { requests }: Pick<Requests, 'requests'>,
  { portalUrl, oidc, onDeliveryFailure }: InstallationOptions,
  closers: Closers,
): Promise<Access> {
  const { url, hostToken } = portalOf(settings);
  const access = await openAccess({
    file: folder.paths.access,
    store,
    vault,
    mailer,
    requests: identityOfRequests(requests),
    portalUrl: url ?? portalUrl ?? DEFAULT_URL,
    controller: settings.consent.controller,
    hostToken,
    oidc,
    now: clock,
    onFailure: onDeliveryFailure ?? (() => {}),
  });
  closers.add(() => access.close());
  return access;
}
