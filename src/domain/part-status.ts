// The result of the latest attempt of a part, which /readyz shows.
export type PartStatus = 'unknown' | 'ok' | 'failing';
