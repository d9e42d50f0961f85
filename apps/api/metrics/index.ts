export { InstallationMeters } from './installation-meters.js';
export { httpMeter } from './http-meter.js';
