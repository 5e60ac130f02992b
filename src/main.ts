#!/usr/bin/env node
// The entry of the process: environment, arguments, signals and exit codes, and nothing else.
// Each command loads its own code late: reading code is most of the cost of a start.
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { ParsedConfig } from './config/parse.js';
import { SettingsError } from './config/settings-error.js';
import { EXIT_BROKEN } from './doctor/finding.js';

const EXIT_FAILED = 1;
const EXIT_CONFIG = 78;
/** The port of the sandbox alone, where no setting names one. */
const SANDBOX_PORT = 4010;
/** Under npm one Ctrl-C arrives twice, from the terminal and from npm, within a millisecond (measured). */
const ECHO_MS = 50;

// After a hundred reads at once V8 treats the objects that they create as long-lived, permanently. It creates
// them in the old space, where they keep all objects that later requests attach to them until the next full
// collection (decision 16).
setFlagsFromString('--no-allocation-site-pretenuring');
// By default V8 lets the old space grow to four times the live objects before it collects: the entries that a
// full cache has dropped then take more memory than the cache (decision 25).
setFlagsFromString('--heap-growing-percent=100');

const command = process.argv[2];
const stop = stopOnSignals();
run().then((code) => process.exit(code), fail);

/**
 * Runs before any other code is loaded, and handles the second signal too: the first process of a container gets
 * no signal that it does not handle.
 */
function stopOnSignals(): AbortSignal {
  // A closed terminal, or a supervisor that means to reload settings: by default it would end the process.
  process.on('SIGHUP', () => {});
  const controller = new AbortController();
  const echoMs = /^(start|sandbox)$/.test(process.env.npm_lifecycle_event ?? '') ? ECHO_MS : 0;
  let stoppedAt = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // A diagnosis that is interrupted has no result.
      if (!controller.signal.aborted && command !== 'doctor') {
        stoppedAt = performance.now();
        controller.abort();
      } else if (performance.now() - stoppedAt >= echoMs) {
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
  return controller.signal;
}

/** Gives the exit code. */
async function run(): Promise<number> {
  if (command === 'doctor') return diagnose();
  if (command !== undefined && command !== 'sandbox') {
    throw new Error('The commands are "sandbox" and "doctor".');
  }
  const running = await startUnlessStopped();
  if (running === null) return 0;
  if (!stop.aborted) {
    const stopped = new Promise((resolve) => stop.addEventListener('abort', resolve));
    process.stdout.write(`${running.readyLine}\n`);
    await stopped;
  }
  await running.close();
  return 0;
}

interface Running {
  readonly readyLine: string;
  close(): Promise<void>;
}

/** null: a signal came meanwhile, and the parts that had started are closed. */
async function startUnlessStopped(): Promise<Running | null> {
  try {
    return await (command === 'sandbox' ? startSandboxAlone() : startService());
  } catch (error) {
    if (stop.aborted) return null;
    throw error;
  }
}

async function startService(): Promise<Running> {
  const parsed = await readSettings();
  if (!parsed.ok) throw new SettingsError(parsed.problems, parsed.warnings);
  const { config, warnings } = parsed;
  const { startApp } = await import('./app.js');
  const app = await startApp(config, { warnings, stop });
  const playground = config.playground ? ', playground at /' : '';
  const metrics = app.metricsUrl === null ? '' : `, metrics at ${app.metricsUrl}/metrics`;
  const readyLine = `GraphQL at ${app.url}/graphql from ${app.source}${playground}${metrics}`;
  return { readyLine, close: () => app.close() };
}

/** The sandbox reads one setting and ignores the others. */
async function startSandboxAlone(): Promise<Running> {
  const { parseConfig } = await import('./config/parse.js');
  const parsed = parseConfig({ SANDBOX_PORT: process.env.SANDBOX_PORT });
  if (!parsed.ok) throw new SettingsError(parsed.problems);
  const { loadSandbox } = await import('./upstream.js');
  const { SANDBOX_PROVIDER, startSandbox } = await loadSandbox();
  const sandbox = await startSandbox({ port: parsed.config.sandboxPort ?? SANDBOX_PORT });
  const key = 'access key "sandbox", secret "sandbox-secret"';
  const readyLine = `PAI sandbox at ${sandbox.url} (${key}, tokens of ${SANDBOX_PROVIDER.issuer})`;
  return { readyLine, close: () => sandbox.close() };
}

/** A credential provider may leave work running for a while; the exit with the code ends it. */
async function diagnose(): Promise<number> {
  const parsed = await readSettings();
  const { examine } = await import('./doctor/doctor.js');
  const { text, exitCode } = await examine(parsed, Date.now);
  await new Promise((resolve) => process.stdout.write(text, resolve));
  return exitCode;
}

/** The parts of a service that use files report their problems, unless wrong settings keep them from starting. */
async function readSettings(): Promise<ParsedConfig> {
  const { parseConfig, withUnreadableFiles } = await import('./config/parse.js');
  const parsed = parseConfig(process.env);
  return parsed.ok && command !== 'doctor' ? parsed : withUnreadableFiles(parsed, process.env);
}

function fail(error: unknown): void {
  const isSettings = error instanceof SettingsError;
  const code = command === 'doctor' ? EXIT_BROKEN : isSettings ? EXIT_CONFIG : EXIT_FAILED;
  process.stderr.write(
    isSettings ? settingsText(error) : `Could not start: ${messageOf(error)}\n`,
    () => process.exit(code),
  );
}

function settingsText({ problems, warnings }: SettingsError): string {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return list('The settings are wrong:', problems) + list('Perhaps because:', warnings);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
