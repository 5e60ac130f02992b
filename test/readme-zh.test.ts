// README.zh-CN.md says what README.md says: a change of one needs the same change of the other.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** Each of its own language. */
const OTHER_LANGUAGE = /README(\.zh-CN)?\.md/;

/** Headings, paragraphs, lists, tables and blocks of code, in their order. */
function blocksOf(path: string): string[] {
  const blocks = read(path).match(/^```[\s\S]*?^```$|(?:^(?!```).+\n?)+/gm) ?? [];
  return blocks.map((block) => block.replace(OTHER_LANGUAGE, 'the other'));
}

function kindOf(block: string): string {
  if (block.startsWith('```')) return block;
  const lines = block.trim().split('\n');
  if (block.startsWith('- ')) return `list of ${lines.filter((line) => /^- /.test(line)).length}`;
  if (block.startsWith('|')) return `table of ${lines.map((line) => line.split('|').length)}`;
  return /^#+ |^!\[/.exec(block)?.[0] ?? 'paragraph';
}

const english = blocksOf('README.md');
const chinese = blocksOf('README.zh-CN.md');

const all = (block: string, pattern: RegExp) =>
  [...block.matchAll(pattern)].map(([, match]) => match).sort();

test('both READMEs have the same headings, paragraphs, lists, tables and code', () => {
  expect(english.length).toBeGreaterThan(20);
  expect(chinese.map(kindOf)).toEqual(english.map(kindOf));
});

test.each([
  { what: 'links', pattern: /\]\(([^)]+)\)/g },
  { what: 'words of code', pattern: /`([^`\n]+)`/g },
  { what: 'figures', pattern: /(\d[\d.,]*\d|\d)/g },
])('both READMEs have the same $what in each part', ({ pattern }) => {
  const inEnglish = english.map((block) => all(block, pattern));
  expect(inEnglish.flat().length).toBeGreaterThan(4);
  expect(chinese.map((block) => all(block, pattern))).toEqual(inEnglish);
});
