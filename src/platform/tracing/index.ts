export { AppendTraces } from './append-traces.js';
export { RequestTraces } from './request-traces.js';
export { startTracing, type TracingStopped } from './start-tracing.js';
export {
  currentSpan,
  linkTo,
  remoteSpan,
  traced,
  tracedWith,
  traceparent,
  within,
  type SpanFacts,
} from './traced.js';
