import type { CodedError } from '#libs/essentials';
import type { MeasurementEnd } from './ports.js';

/** A measurement that ended with a reason. */
export function measurementRefusal({ code, message: title, nextStep }: CodedError): MeasurementEnd {
  return { kind: 'refused', code, title, ...(nextStep !== undefined && { nextStep }) };
}
