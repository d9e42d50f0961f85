import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';

/**
 * What a browser may do with our answers. Scripts come from us alone and never from within a page, so that a text that slipped into one
 * runs nowhere; the component library of the portal sets style attributes, which only 'unsafe-inline' allows.
 */
const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      scriptSrcAttr: ["'none'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' }, // paths hold request ids
  xFrameOptions: { action: 'deny' },
});

const NO_DEVICES = 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()';

/** Sets the security headers of every answer; answers of the API are not kept by browsers or proxies unless a route says so. */
export function securityHeaders(request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Permissions-Policy', NO_DEVICES);
  if (request.path.startsWith('/v1/')) response.setHeader('Cache-Control', 'no-store');
  policy(request, response, next);
}
