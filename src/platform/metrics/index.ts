export { Meters, type Measured } from './meters.js';
export { MetricsServer } from './metrics-server.js';
