// Finds the highest rate that is sustained: up or down from a first guess, then between the last two rates.
import type { Offered } from './offer.js';

const STEP = 1.5;
const HALVINGS = 2;

export interface Found {
  /** The highest rate that was sustained. */
  readonly sustained: Offered;
  /** The lowest rate that was not. */
  readonly failed: Offered;
}

export async function highestSustained(
  firstRate: number,
  measure: (perSecond: number) => Promise<Offered>,
  isSustained: (offered: Offered) => boolean,
): Promise<Found> {
  let sustained: Offered | null = null;
  let failed: Offered | null = null;
  let rate = firstRate;
  for (let halvings = 0; rate >= 1; ) {
    const offered = await measure(rate);
    if (isSustained(offered)) sustained = offered;
    else failed = offered;
    if (sustained === null) rate /= STEP;
    else if (failed === null) rate *= STEP;
    else if (halvings === HALVINGS) return { sustained, failed };
    else {
      rate = Math.sqrt(sustained.perSecond * failed.perSecond);
      halvings += 1;
    }
  }
  throw new Error('No rate is sustained.');
}
