// Runs a program in the files of an image: as its user, as process 1, read-only, with no other file of this checkout.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from './dockerfile.js';

/**
 * Its own mounts and processes need root. Node and its libraries are those of this machine, in place of the base image's,
 * and nothing else: neither /etc nor a home.
 */
const ENTER = `
set -e
mount -t tmpfs tmpfs "$ROOT"
for name in usr lib lib64 bin; do
  if [ -L "/$name" ]; then cp -d "/$name" "$ROOT/$name"
  elif [ -d "/$name" ]; then mkdir "$ROOT/$name"; mount --bind "/$name" "$ROOT/$name"; mount -o remount,bind,ro "$ROOT/$name"
  fi
done
mkdir -p "$ROOT/node" "$ROOT/proc" "$ROOT/dev" "$ROOT$WORKDIR"
mount --bind "$NODE_FOLDER" "$ROOT/node"
mount -o remount,bind,ro "$ROOT/node"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
mount --bind "$FILES" "$ROOT$WORKDIR"
mount -o remount,bind,ro "$ROOT$WORKDIR"
mount -o remount,ro "$ROOT"
exec chroot --userspec="$RUN_AS" "$ROOT" /usr/bin/env --ignore-environment --chdir="$WORKDIR" "$@"
`;

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child'];

export interface Running extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; output: string }>;
  /** Sends it to process 1. */
  signal(name: NodeJS.Signals): void;
}

export function runInImage(
  image: Image,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const variables = Object.entries({ PATH: '/node:/usr/bin', ...image.env, ...env });
  const args = [...variables.map(([name, value]) => `${name}=${value}`), ...command];
  const root = mkdtempSync(join(tmpdir(), 'root-'));
  const child = spawn('unshare', [...NAMESPACES, 'sh', '-c', ENTER, 'sh', ...args], {
    env: {
      PATH: process.env.PATH,
      ROOT: root,
      NODE_FOLDER: join(process.execPath, '..'),
      FILES: join(image.root, image.workdir),
      WORKDIR: image.workdir,
      RUN_AS: image.user,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    // The mounts ended with the process: the folder is empty again.
    rmdirSync(root);
    return { code, output };
  });
  return {
    child,
    ended,
    signal(name) {
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
      process.kill(Number(children), name);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The reason why this machine runs no image, such as a missing right; null: it can. */
export function refusalOfImages(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'root-'));
  const trial = ['sh', '-c', 'mount -t tmpfs tmpfs "$1"', 'sh', folder];
  const { status, stderr, error } = spawnSync('unshare', [...NAMESPACES, ...trial], {
    encoding: 'utf8',
  });
  rmdirSync(folder);
  return status === 0 ? null : (error?.message ?? stderr.trim());
}
