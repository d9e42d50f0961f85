import ipaddr from 'ipaddr.js';

/** Public by number, but answered inside a cloud provider's network: Azure's WireServer. */
const INSIDE_CLOUDS = new Set(['168.63.129.16']);
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96'); // RFC 4291 §2.5.5.1, deprecated: some systems still route it to the IPv4 address

/**
 * Whether an address is one of the public Internet: not private, loopback, link-local (169.254.169.254 gives out the credentials of cloud
 * machines), shared, multicast, reserved or of documentation, nor an IPv6 form that a gateway turns into an IPv4 address (RFC 6890, RFC 6052).
 * An IPv4-mapped address counts as the IPv4 address it stands for.
 *
 * @example
 * isPublicAddress('::ffff:127.0.0.1'); // false
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const parsed = ipaddr.process(text); // takes mapped addresses apart
  if (parsed instanceof ipaddr.IPv6 && parsed.match(IPV4_COMPATIBLE)) return false;
  return parsed.range() === 'unicast' && !INSIDE_CLOUDS.has(parsed.toString());
}
