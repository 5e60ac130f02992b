#!/usr/bin/env node
// The entry of the process: environment, arguments, signals and exit codes, and nothing else.
// Each command loads its own code late: reading code is most of the cost of a start.
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { ParsedConfig } from './config/parse.js';
import { SettingsError } from './config/settings-error.js';
import { EXIT_BROKEN } from './doctor/finding.js';
import { systemCodeOf } from './lib/system-error.js';
import { VERSION } from './lib/version.js';

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
/** The other commands give a report and end; one that is interrupted has no result. */
const isStart = command === undefined || command === 'sandbox';
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
      if (!controller.signal.aborted && isStart) {
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
  if (command === 'config') return showSettings();
  if (!isStart) throw new Error('The commands are "sandbox", "doctor" and "config".');
  const running = await startUnlessStopped();
  if (running === null) return 0;
  if (!stop.aborted) {
    const stopped = new Promise((resolve) => stop.addEventListener('abort', resolve));
    await announce(running);
    await stopped;
  }
  await running.close();
  const { standardOutput } = await import('./telemetry/line-output.js');
  await standardOutput.flush();
  return 0;
}

interface Running {
  readonly readyLine: string;
  /** For programs that read the log. */
  readonly details: object;
  close(): Promise<void>;
}

/** A terminal shows the ready line to a person. Elsewhere it is a line of the log, whatever LOG_LEVEL is. */
async function announce({ readyLine, details }: Running): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`${readyLine}\n`);
    return;
  }
  const { createLogger } = await import('./telemetry/log.js');
  createLogger('info').info({ event: 'ready', version: VERSION, ...details }, readyLine);
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
  const { config, warnings } = await validSettings();
  const { startApp } = await import('./app.js');
  const app = await startApp(config, { warnings, stop });
  const playground = config.playground ? ', playground at /' : '';
  const metrics = app.metricsUrl === null ? '' : `, metrics at ${app.metricsUrl}/metrics`;
  const readyLine = `GraphQL at ${app.url}/graphql from ${app.source}${playground}${metrics}`;
  const { effectiveSettings } = await import('./config/effective.js');
  const set = effectiveSettings(process.env, config).filter(({ value }) => value !== null);
  const settings = Object.fromEntries(set.map(({ name, value }) => [name, value]));
  return { readyLine, details: { settings }, close: () => app.close() };
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
  return { readyLine, details: {}, close: () => sandbox.close() };
}

/** A credential provider may leave work running for a while; the exit with the code ends it. */
async function diagnose(): Promise<number> {
  const parsed = await readSettings();
  const { examine } = await import('./doctor/doctor.js');
  const { text, exitCode } = await examine(parsed, Date.now);
  await print(text);
  return exitCode;
}

/** The settings in force: for a person on a terminal, else or with --json for a program. */
async function showSettings(): Promise<number> {
  const { config, warnings } = await validSettings();
  const { effectiveSettings, settingsAsText } = await import('./config/effective.js');
  const settings = effectiveSettings(process.env, config);
  if (process.stdout.isTTY && process.argv[3] !== '--json') {
    await print(settingsAsText(settings) + listOf('Warnings:', warnings));
    return 0;
  }
  const byName = Object.fromEntries(settings.map(({ name, ...rest }) => [name, rest]));
  const report = { version: VERSION, settings: byName, warnings };
  await print(`${JSON.stringify(report, null, 2)}\n`);
  return 0;
}

/** A reader that has gone, such as `head`, has read enough. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on('error', (error) =>
      systemCodeOf(error) === 'EPIPE' ? resolve() : reject(error),
    );
    process.stdout.write(text, (error) => {
      if (!error) resolve();
    });
  });
}

async function validSettings() {
  const parsed = await readSettings();
  if (!parsed.ok) throw new SettingsError(parsed.problems, parsed.warnings);
  return parsed;
}

/** A start and the doctor open the files later, unless wrong settings prevent that. */
async function readSettings(): Promise<ParsedConfig> {
  const { parseConfig, withUnreadableFiles } = await import('./config/parse.js');
  const parsed = parseConfig(process.env);
  return parsed.ok && command !== 'config' ? parsed : withUnreadableFiles(parsed, process.env);
}

function fail(error: unknown): void {
  const isSettings = error instanceof SettingsError;
  const code = command === 'doctor' ? EXIT_BROKEN : isSettings ? EXIT_CONFIG : EXIT_FAILED;
  process.stderr.on('error', () => process.exit(code));
  process.stderr.write(
    isSettings ? settingsText(error) : `Could not start: ${messageOf(error)}\n`,
    () => process.exit(code),
  );
}

function settingsText({ problems, warnings }: SettingsError): string {
  return listOf('The settings are wrong:', problems) + listOf('Perhaps because:', warnings);
}

function listOf(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
