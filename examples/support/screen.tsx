// The same test for the list of every client.
import { cleanup, configure, fireEvent, render, screen } from '@testing-library/react';
import type { ReactElement } from 'react';
import { afterEach, expect } from 'vitest';

// Of a busy machine.
configure({ asyncUtilTimeout: 20_000 });

export function cleanScreenAfterEach(): void {
  afterEach(cleanup);
}

/** Shows ten models, then twenty, each once. */
export async function expectListThatLoadsMore(list: ReactElement): Promise<void> {
  render(list);
  await screen.findByText(/^情感分析: 606056 downloads/);
  expect(screen.getAllByRole('listitem')).toHaveLength(10);
  fireEvent.click(screen.getByText('More'));
  await expect.poll(() => screen.getAllByRole('listitem').length).toBe(20);
  const texts = screen.getAllByRole('listitem').map((item) => item.textContent);
  expect(new Set(texts).size).toBe(20);
}
