// The version of this program, which is that of package.json.
import { createRequire } from 'node:module';

/** Found by its name in package.json: the build lies at another depth than this file. */
const { version }: { readonly version: string } = createRequire(import.meta.url)('#package.json');

export const VERSION = version;
