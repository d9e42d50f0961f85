import type { PortalConfig } from '#libs/portal-contract';
import type { HostTokenSettings } from '#stages/access';

/** What people meet: `portal` in the settings. What is left out has a default. */
export interface PortalSettings {
  /** Where people open it, without a slash at the end; begins every link in a mail. */
  readonly url?: string;
  readonly locales?: PortalConfig['locales'];
  /** Purposes that people can consent to there, with the words for them. */
  readonly purposes?: PortalConfig['purposes'];
  /** Purposes that a browser's Global Privacy Control withdraws; none by default. */
  readonly gpcPurposes?: readonly string[];
  /** Day on which that list was last changed, ISO 8601. */
  readonly gpcSince?: string;
  /** An application that says who people are. */
  readonly hostToken?: HostTokenSettings;
}

const GPC_SINCE = '2026-11-30';

export type WholePortalSettings = PortalSettings &
  Required<Pick<PortalSettings, 'locales' | 'purposes' | 'gpcPurposes' | 'gpcSince'>>;

/** Of the settings, what the portal needs. */
interface SettingsOfPortal {
  readonly purpose: string;
  readonly origin: string;
  readonly consent: { readonly controller: string };
  readonly authority?: string;
  readonly portal?: PortalSettings;
}

/** With the defaults for what was left out. */
export function portalOf({ portal = {}, purpose }: SettingsOfPortal): WholePortalSettings {
  return {
    locales: ['en', 'de'],
    purposes: [{ id: purpose, title: purpose[0].toUpperCase() + purpose.slice(1) }],
    gpcPurposes: [],
    gpcSince: GPC_SINCE,
    ...portal,
  };
}

/** What anybody may know before signing in. @param provider name of the identity provider of staff */
export function portalConfigOf(settings: SettingsOfPortal, provider: string | undefined): PortalConfig {
  const { locales, purposes, hostToken } = portalOf(settings);
  return {
    controller: settings.consent.controller,
    locales,
    purposes,
    identity: ['email-code', ...(hostToken === undefined ? [] : (['host-token'] as const))],
    ...(provider !== undefined && { oidc: { label: provider } }),
    ...(settings.authority !== undefined && { authority: settings.authority }),
    origin: settings.origin,
  };
}

/** @returns what is wrong with it, if anything */
export function portalProblem({ portal = {} }: SettingsOfPortal): string | undefined {
  const { url, locales = [], purposes = [], gpcPurposes = [] } = portal;
  if (url !== undefined && !/^https?:\/\/[^/?#\s]+$/.test(url))
    return 'needs a portal.url such as https://privacy.example.org, without a path';
  if (!locales.every((locale) => locale === 'en' || locale === 'de'))
    return 'names portal.locales other than en and de';
  if (!purposes.every(({ id, title }) => typeof id === 'string' && typeof title === 'string'))
    return 'needs portal.purposes with id and title';
  const ids = new Set(purposes.map(({ id }) => id));
  if (portal.purposes !== undefined && !gpcPurposes.every((id) => ids.has(id)))
    return 'names portal.gpcPurposes that are not among portal.purposes';
  return undefined;
}
