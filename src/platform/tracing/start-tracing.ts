/** Sends what is left, and traces no more. */
export type TracingStopped = () => Promise<void>;

/**
 * Traces this process where an address for traces is set (OTEL_EXPORTER_OTLP_ENDPOINT or …_TRACES_ENDPOINT; OpenTelemetry's other variables
 * count, too). Without one the SDK is not even loaded.
 */
export async function startTracing(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<TracingStopped> {
  const isWanted = env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (!isWanted || env.OTEL_SDK_DISABLED === 'true') return async () => {};
  const { exportTraces } = await import('./export-traces.js');
  return exportTraces(service);
}
