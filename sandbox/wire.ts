// The JSON shapes that the sandbox holds and serves; deliberately loose, so that tests can serve unusual ones.

export interface JsonObject {
  readonly [field: string]: unknown;
}

/** A model as GetModel returns it, without RequestId, LatestVersion and Tags. */
export type WireModel = JsonObject;
/** A version as in LatestVersion and in Versions[]: it never names its model. */
export type WireVersion = JsonObject;

export interface WireTag {
  readonly Key: string;
  readonly Value: string;
}

export interface SandboxModel {
  readonly model: WireModel;
  /** Only lists show them. */
  readonly tags?: readonly WireTag[];
  /** Oldest first: the last one is the latest. */
  readonly versions: readonly WireVersion[];
  readonly collections?: readonly string[];
  /** The caller's own model: a list that names no Provider shows it. */
  readonly listedWithoutProvider?: boolean;
}

export interface SandboxKey {
  readonly id: string;
  readonly secret: string;
  /** Makes it a temporary (STS) key. */
  readonly securityToken?: string;
  /** Milliseconds since the epoch; the key never expires when absent. */
  readonly expiresAt?: number;
  /** Keys of one account share its quota; the key's own id when absent. */
  readonly account?: string;
  /** The models, workspaces and datasets this key may see; all of them when absent. */
  readonly sees?: (model: WireModel) => boolean;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The field's text; '' when it is absent or not a text, which no filter value equals. */
export function textOf(object: JsonObject, field: string): string {
  const value = object[field];
  return typeof value === 'string' ? value : '';
}

export function modelIdOf(entry: SandboxModel): string {
  return textOf(entry.model, 'ModelId');
}

/** Milliseconds since the epoch; 0 for a model or version without a valid time. */
export function createdAt(object: JsonObject): number {
  return Date.parse(textOf(object, 'GmtCreateTime')) || 0;
}
