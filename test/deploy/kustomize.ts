// Renders deploy/kubernetes by the kustomize of this machine, of its own or in kubectl.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { REPO_ROOT } from '../support/programs.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: the schemas check it, and the tests read it where they expect it.
  readonly [key: string]: any;
}

export const OVERLAYS = [
  'base',
  'ack-rrsa',
  'valkey',
  'monitoring',
  'secret-files',
  'production',
] as const;

const DEPLOY = join(REPO_ROOT, 'deploy/kubernetes');
const folderOf = (name: string) => (name === 'base' ? name : `overlays/${name}`);

/** Renders with one program; it remembers what it has rendered. */
export function createRenderer(program: string) {
  const rendered = new Map<string, Manifest[]>();

  /** The order of the manifests differs between versions of kustomize: here it is that of kinds and names. */
  function render(folder: string): Manifest[] {
    const command = basename(program) === 'kubectl' ? 'kustomize' : 'build';
    const text = execFileSync(program, [command, folder], { encoding: 'utf8', stdio: 'pipe' });
    const key = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
    return parseAllDocuments(text)
      .map((document): Manifest => document.toJS())
      .sort((one, other) => (key(one) < key(other) ? -1 : 1));
  }

  return {
    overlay(name: string): Manifest[] {
      const manifests = rendered.get(name) ?? render(join(DEPLOY, folderOf(name)));
      rendered.set(name, manifests);
      return manifests;
    },
    /** A folder in a copy of deploy/, with these files in place of its own. */
    copyWith(folder: string, files: Readonly<Record<string, string>>): Manifest[] {
      const copy = mkdtempSync(join(tmpdir(), 'deploy-'));
      try {
        cpSync(DEPLOY, copy, { recursive: true });
        for (const [path, text] of Object.entries(files)) {
          mkdirSync(dirname(join(copy, path)), { recursive: true });
          writeFileSync(join(copy, path), text);
        }
        return render(join(copy, folder));
      } finally {
        rmSync(copy, { recursive: true });
      }
    },
  };
}

/** The only manifest of this kind whose name, without the hash, is this. */
export function find(manifests: readonly Manifest[], kind: string, name = 'pai-model-graph') {
  const isNamed = ({ metadata }: Manifest) => metadata.name.replace(/-[0-9a-z]{10}$/, '') === name;
  const [found, ...more] = manifests.filter((one) => one.kind === kind && isNamed(one));
  if (found === undefined || more.length > 0) throw new Error(`There is not one ${kind} ${name}.`);
  return found;
}
