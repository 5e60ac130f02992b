// Spans of Apollo Gateway, for the collector of OTEL_EXPORTER_OTLP_ENDPOINT:
// `node --import ./gateways/tracing.mjs gateways/apollo-gateway.mjs supergraph.graphql 4100`.
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit()));
