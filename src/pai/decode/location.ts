// Parses two strings of a version that have their own structure: Uri and SourceId. Pure; it never throws.
import type { AssetLocation, VersionSource } from '../../domain/model.js';

const URI = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(?:\/(.*)|[?#].*)?$/is;
const OSS_HOST = /^([a-z0-9][a-z0-9-]*)\.(oss-[^/]+)$/i;

/**
 * `oss://<bucket>.<endpoint>/key`, `oss://<bucket>/key` and http(s) URLs, of OSS or of another host.
 * null: not a URI with an authority.
 */
export function parseLocation(uri: string | null): AssetLocation | null {
  const match = uri === null ? null : URI.exec(uri);
  if (match === null) return null;
  const [, scheme = '', authority = '', path = ''] = match;
  const isOss = scheme.toLowerCase() === 'oss';
  // Credentials in a URL must not appear in an answer, and a signed query is a credential.
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const key = isOss ? path : path.replace(/[?#].*$/s, '');
  return { scheme: scheme.toLowerCase(), ...splitHost(host, isOss), key: key || null };
}

function splitHost(host: string, isOss: boolean): Pick<AssetLocation, 'bucket' | 'endpoint'> {
  const [, ossBucket, ossEndpoint] = OSS_HOST.exec(host) ?? [];
  if (ossBucket !== undefined) return { bucket: ossBucket, endpoint: ossEndpoint ?? null };
  if (!isOss) return { bucket: null, endpoint: host || null };
  const dot = host.indexOf('.');
  return dot === -1
    ? { bucket: host || null, endpoint: null }
    : { bucket: host.slice(0, dot), endpoint: host.slice(dot + 1) };
}

/**
 * `region=<r>,workspaceId=<w>,kind=<k>,id=<id>`; a free text, such as that of Custom sources, names no parts. Of two
 * parts with the same name, the last counts.
 */
export function parseSource(type: string | null, sourceId: string | null): VersionSource | null {
  if (type === null && sourceId === null) return null;
  const parts = new Map<string, string>();
  for (const part of (sourceId ?? '').split(',')) {
    const equals = part.indexOf('=');
    if (equals !== -1) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return {
    type,
    region: parts.get('region') || null,
    workspaceId: parts.get('workspaceId') || null,
    kind: parts.get('kind') || null,
    id: parts.get('id') || null,
  };
}
