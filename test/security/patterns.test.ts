// Every regular expression of the source is linear in its input, for any input.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import recheck from 'recheck';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** An expression, or a place that could hold one which cannot be read from the text. */
type Found = { readonly at: string } & (Pattern | { readonly problem: string });

interface Pattern {
  readonly source: string;
  readonly flags: string;
  /** One call looks for one match after the other. */
  readonly isRepeated: boolean;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const FOLDERS = ['src', 'sandbox'];

// In this process, so that the verdict is the same on every platform.
const { RECHECK_SYNC_BACKEND } = process.env;
beforeAll(() => {
  process.env.RECHECK_SYNC_BACKEND = 'pure';
});
afterAll(() => {
  if (RECHECK_SYNC_BACKEND === undefined) delete process.env.RECHECK_SYNC_BACKEND;
  else process.env.RECHECK_SYNC_BACKEND = RECHECK_SYNC_BACKEND;
});

function findPatterns(name: string, text: string): Found[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    const at = `${name}:${line + 1}: ${node.getText().slice(0, 200)}`;
    const finding = findingOf(node);
    if (finding !== null) found.push({ at, ...finding });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function findingOf(node: ts.Node): Pattern | { problem: string } | null {
  if (ts.isRegularExpressionLiteral(node)) return patternOf(node);
  if (ts.isIdentifier(node) && node.text === 'RegExp' && !ts.isTypeNode(node.parent)) {
    return constructedPattern(node) ?? { problem: 'RegExp is not called with a literal text' };
  }
  return ts.isCallExpression(node) ? problemOfCall(node) : null;
}

function patternOf(node: ts.RegularExpressionLiteral): Pattern {
  const end = node.text.lastIndexOf('/');
  return asPattern(node.text.slice(1, end), node.text.slice(end + 1), methodTaking(node));
}

function asPattern(source: string, flags: string, method: string | null): Pattern {
  return { source, flags, isRepeated: /[gy]/.test(flags) || method === 'split' };
}

/** The method that has the expression as its argument. */
function methodTaking({ parent }: ts.Node): string | null {
  return ts.isCallExpression(parent) ? methodOf(parent) : null;
}

function methodOf({ expression }: ts.CallExpression): string | null {
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : null;
}

/** `RegExp('…', '…')`, with or without new. */
function constructedPattern({ parent }: ts.Identifier): Pattern | null {
  if (!ts.isNewExpression(parent) && !ts.isCallExpression(parent)) return null;
  const [source, flags] = parent.arguments ?? [];
  if (source === undefined || !ts.isStringLiteralLike(source)) return null;
  if (flags !== undefined && !ts.isStringLiteralLike(flags)) return null;
  return asPattern(source.text, flags?.text ?? '', methodTaking(parent));
}

/** These make an expression of a text, or use one again and again. */
function problemOfCall(call: ts.CallExpression): { problem: string } | null {
  const [argument] = call.arguments;
  if (argument === undefined || ts.isRegularExpressionLiteral(argument)) return null;
  const method = methodOf(call) ?? '';
  const isSplitAtText = method === 'split' && ts.isStringLiteralLike(argument);
  return ['match', 'matchAll', 'search', 'split'].includes(method) && !isSplitAtText
    ? { problem: `${method} has an argument that is not a literal` }
    : null;
}

/** null: it is linear. */
function faultOf(found: Found | Pattern): string | null {
  if ('problem' in found) return found.problem;
  const { source, flags, isRepeated } = found;
  const verdict = recheck.checkSync(source, flags, { checker: 'automaton', timeout: null });
  if (verdict.status === 'unknown') return `cannot be judged: ${verdict.error.kind}`;
  if (verdict.status === 'vulnerable') return verdict.complexity.summary;
  // A search may be linear and give a short match each time, so that all of them together are not.
  const isRunOfOneClass = /^(?:\[(?:[^\]\\]|\\.)+\]|\\[dswDSW])\+$/.test(source);
  return isRepeated && verdict.complexity.type !== 'safe' && !isRunOfOneClass
    ? 'is used repeatedly, and is neither bounded nor a run of one class of characters'
    : null;
}

function faultsIn(text: string): (string | null)[] {
  return findPatterns('planted.ts', text).map(faultOf);
}

describe('the source', () => {
  const namesIn = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name),
    );
  const found = FOLDERS.flatMap(namesIn)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => findPatterns(name, readFileSync(join(ROOT, name), 'utf8')));

  test('is read as a whole', () => {
    expect(found.length).toBeGreaterThan(60);
    expect(found.map(({ at }) => at)).toContainEqual(expect.stringContaining('domain/ids.ts:'));
  });

  test('has only linear regular expressions', { timeout: 180_000 }, () => {
    const faults = found.map((one) => ({ at: one.at, fault: faultOf(one) }));
    expect(faults.filter(({ fault }) => fault !== null)).toEqual([]);
  });
});

describe('a regular expression that is not linear is found', () => {
  test.each([
    // The former test of a metric's value: 60 KB of digits took 10 s.
    String.raw`/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)`,
    String.raw`text.replace(/\s+$/, '')`,
    "text.replace(/[?#].*$/, '')",
    "text.replace(/%.*$/, '')",
    String.raw`const TOKEN = /"(?:[^"\\]|\\.)*"(\s*:)?/g`,
    '/^(a+)+$/.test(text)',
    String.raw`/^(\w|\d)*$/.test(text)`,
    '/<.*>/u.test(text)',
    '/x*x*y/i.exec(text)',
    String.raw`new RegExp('\\s+$').test(text)`,
    "RegExp('^(a|a)*$', 'u').test(text)",
  ])('%s', (text) => {
    const faults = faultsIn(text);
    expect(faults).toEqual([expect.stringMatching(/polynomial|exponential/)]);
  });

  test.each([
    "text.replaceAll(/a(?:a*c)?/g, '')",
    'const NEXT = /a(?:a*c)?/y',
    'text.split(/a(?:a*c)?/)',
    "text.split(new RegExp('a(?:a*c)?'))",
  ])('although each of its searches is: %s', (text) => {
    expect(faultsIn(text)).toContainEqual(expect.stringMatching(/repeatedly|not a literal/));
  });

  test.each([
    '/(?=.*a)b/.test(text)',
    'new RegExp(text)',
    'RegExp(start + text)',
    "new RegExp('a', flags)",
    'const Expression = RegExp',
    'globalThis.RegExp(text)',
    'text.match(text)',
    "text.match('x*x*y')",
    'text.search(pattern)',
    'text.split(separator)',
  ])('or is refused, since it cannot be judged: %s', (text) => {
    expect(faultsIn(text)).toContainEqual(expect.any(String));
  });

  test.each([
    String.raw`/^\d{4}-\d{2}$/.test(text)`,
    String.raw`/^[\d.eE+-]+$/.test(text)`,
    String.raw`/\p{Cc}/u.test(text)`,
    String.raw`text.split(/[\s,]+/)`,
    String.raw`text.split(/\s+/)`,
    "text.split(',')",
    String.raw`text.replace(/[^\]\\a-z]+/g, '-')`,
    "new RegExp('^a+$', 'i').test(text)",
    'const pattern: RegExp = other',
  ])('and a linear one is not: %s', (text) => {
    expect(faultsIn(text).filter((fault) => fault !== null)).toEqual([]);
  });
});
