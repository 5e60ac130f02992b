// The content codings of bodies: at most two bodies are coded at a time, since each takes up to some megabytes and a
// thread of the pool that file system and DNS share.
import { promisify } from 'node:util';
import {
  brotliCompress,
  brotliDecompress,
  constants,
  gunzip,
  gzip,
  inflate,
  type ZlibOptions,
} from 'node:zlib';
import { Semaphore } from './semaphore.js';
import { systemCodeOf } from './system-error.js';

export type Coding = 'br' | 'gzip';

/** The levels above take several times as long for a few percent less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

const COMPRESS: Readonly<Record<Coding, (text: string | Buffer) => Promise<Buffer>>> = {
  br: (body) => promisify(brotliCompress)(body, BROTLI),
  gzip: promisify(gzip),
};

type Decompress = (bytes: Buffer, bounds: Pick<ZlibOptions, 'maxOutputLength'>) => Promise<Buffer>;

const DECOMPRESS = new Map<string, Decompress>([
  ['gzip', promisify(gunzip)],
  // RFC 9110, 8.4.1.3: the same as gzip.
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

export function compress(body: string | Buffer, coding: Coding): Promise<Buffer> {
  return inTurn(() => COMPRESS[coding](body));
}

export type Decompressed =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'unknown_coding' | 'too_large' | 'malformed' };

/** No more than `maxBytes` are ever decompressed. */
export async function decompress(
  bytes: Buffer,
  coding: string,
  maxBytes: number,
): Promise<Decompressed> {
  const run = DECOMPRESS.get(coding);
  if (run === undefined) return { kind: 'unknown_coding' };
  try {
    return { kind: 'whole', bytes: await inTurn(() => run(bytes, { maxOutputLength: maxBytes })) };
  } catch (error) {
    const isTooLarge = systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    return { kind: isTooLarge ? 'too_large' : 'malformed' };
  }
}

const places = new Semaphore(2);

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  await places.take();
  try {
    return await work();
  } finally {
    places.release();
  }
}
