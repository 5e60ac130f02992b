// Reads the Dockerfile, and follows its steps without an engine: each stage is a folder, and the base image an empty one.
// It knows only the instructions, and the forms of them, that this Dockerfile uses.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { REPO_ROOT } from '../support/programs.js';

const run = promisify(execFile);
const read = (path: string) => readFileSync(join(REPO_ROOT, path), 'utf8');

export const DOCKERFILE = read('Dockerfile');

/** A stage: its files are under `root`, the rest is what an engine would record. */
export interface Image {
  readonly root: string;
  readonly stage: string | undefined;
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: string[] | null;
  command: string[];
  healthcheck: string[];
}

/** The instructions that only describe the image. */
const FACTS: Record<string, (image: Image, text: string) => void> = {
  ARG() {},
  EXPOSE() {},
  ENV(image, text) {
    Object.assign(image.env, pairsOf(text));
  },
  LABEL(image, text) {
    Object.assign(image.labels, pairsOf(text));
  },
  USER(image, text) {
    image.user = text;
  },
  ENTRYPOINT(image, text) {
    image.entrypoint = JSON.parse(text);
  },
  CMD(image, text) {
    image.command = JSON.parse(text);
  },
  HEALTHCHECK(image, text) {
    image.healthcheck = JSON.parse(text.slice(text.indexOf('[')));
  },
  WORKDIR(image, text) {
    image.workdir = posix.resolve(image.workdir, text);
  },
};

/** The last stage, without its files. */
export function describeImage(): Image {
  const images: Image[] = [];
  for (const [keyword, text] of steps()) {
    if (keyword === 'FROM') images.push(newImage(text, ''));
    const image = images.at(-1);
    if (image !== undefined) FACTS[keyword]?.(image, text);
  }
  return lastOf(images);
}

export const imageEnvironment = () => describeImage().env;

/** Follows every step. RUN runs on this machine, in the folder of its stage. */
export async function buildImage(): Promise<Image> {
  const base = mkdtempSync(join(tmpdir(), 'image-'));
  const images: Image[] = [];
  for (const [keyword, text] of steps()) {
    if (keyword === 'FROM') images.push(newImage(text, join(base, `${images.length}`)));
    const image = images.at(-1);
    // An ARG before the first FROM belongs to no stage.
    if (keyword === 'FROM' || image === undefined) continue;
    if (keyword === 'COPY') copy(images, image, text);
    else if (keyword === 'RUN') await runStep(image, text);
    else if (FACTS[keyword] !== undefined) FACTS[keyword](image, text);
    else throw new Error(`The test cannot follow ${keyword}.`);
    mkdirSync(join(image.root, image.workdir), { recursive: true });
  }
  return lastOf(images);
}

/** The names at the top of the context that .dockerignore admits. */
export function contextNames(): string[] {
  const [first, ...admitted] = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (first !== '*' || admitted.some((line) => !/^![\w.-]+$/.test(line))) {
    throw new Error('.dockerignore is expected to exclude * and to admit names.');
  }
  return admitted.map((line) => line.slice(1));
}

/** The names in a folder of the working folder. */
export const namesIn = (image: Image, folder = '.') =>
  readdirSync(join(image.root, image.workdir, folder)).sort();

/** Each instruction with the rest of its line. */
function steps(): [keyword: string, text: string][] {
  return DOCKERFILE.replace(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
}

function newImage(text: string, root: string): Image {
  const stage = / AS (\w+)$/.exec(text)?.[1];
  const facts = { env: {}, labels: {}, workdir: '/', user: '0' };
  return { root, stage, ...facts, entrypoint: null, command: [], healthcheck: [] };
}

function lastOf(images: readonly Image[]): Image {
  const last = images.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no FROM.');
  return last;
}

function pairsOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g);
  return Object.fromEntries([...pairs].map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

function copy(images: readonly Image[], image: Image, text: string): void {
  const words = text.split(' ');
  const stage = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
  const source = images.find((other) => stage !== undefined && other.stage === stage);
  const paths = words.slice(stage === undefined ? 0 : 1, -1);
  const target = join(image.root, posix.resolve(image.workdir, words.at(-1) ?? ''));
  for (const path of paths) {
    if (source === undefined) assertAdmitted(path);
    const from = join(source?.root ?? REPO_ROOT, path);
    // A folder gives its content, a file itself.
    const isFolder = path.endsWith('/') || source !== undefined;
    cpSync(from, isFolder ? target : join(target, path), { recursive: true });
  }
}

function assertAdmitted(path: string): void {
  if (!contextNames().includes(path.replace(/\/$/, ''))) {
    throw new Error(`.dockerignore keeps ${path} out of the context.`);
  }
}

async function runStep({ root, workdir, env }: Image, script: string): Promise<void> {
  const { PATH, HOME } = process.env;
  await run('sh', ['-ec', script], {
    cwd: join(root, workdir),
    // The packages are those of the lockfile, wherever they come from.
    env: { PATH, HOME, npm_config_prefer_offline: 'true', ...env },
  });
}
