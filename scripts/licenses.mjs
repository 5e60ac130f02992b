// The licences of the packages in the bundle: they ask to go along with the code, of which the build drops the comments.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENSE = /^(licen[cs]e|copying|notice)/i;

/** Of the files that went into the bundle. */
export function licensesOf(root, files) {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const packages = [...folders].map((folder) => describePackage(join(root, folder)));
  // A package can be installed at several places.
  return [...new Set(packages)].sort().join('\n');
}

function describePackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => LICENSE.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return `== ${name} ${version} (${license})\n\n${texts.map((text) => `${text}\n`).join('\n')}`;
}
