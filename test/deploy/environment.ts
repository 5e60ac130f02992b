// The environment that a container of deploy/kubernetes gives to the server.
import type { Manifest } from './kustomize.js';
import { find } from './kustomize.js';

const decode = (text: string) => Buffer.from(text, 'base64').toString();

/** That of the ConfigMap, the Secret and the container's own variables, in this order; $(NAME) is replaced. */
export function environmentOf(manifests: readonly Manifest[]): Record<string, string> {
  const { containers } = find(manifests, 'Deployment').spec.template.spec;
  const fromSecret = Object.entries<string>(find(manifests, 'Secret').data ?? {});
  const env: Record<string, string> = {
    ...find(manifests, 'ConfigMap').data,
    ...Object.fromEntries(fromSecret.map(([name, value]) => [name, decode(value)])),
  };
  for (const { name, value, valueFrom } of containers[0].env ?? []) {
    env[name] = value?.replace(/\$\((\w+)\)/g, (_: string, other: string) => env[other]);
    if (valueFrom !== undefined) env[name] = secretValue(manifests, valueFrom.secretKeyRef);
  }
  return env;
}

function secretValue(manifests: readonly Manifest[], ref: { name: string; key: string }): string {
  const secret = manifests.find(
    ({ kind, metadata }) => kind === 'Secret' && metadata.name === ref.name,
  );
  // The placeholder in deploy/ has no password, so that no pod starts with it.
  return decode(secret?.data?.[ref.key] ?? '') || 'placeholder';
}
