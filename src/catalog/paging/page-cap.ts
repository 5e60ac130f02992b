// What all reads of one list operation know of PAI's page sizes; what was learned is doubted after a while.
import { initialCap, type PageCap } from './page-plan.js';

export interface CapMemory {
  current: PageCap;
}

/** A short page may have been an accident, such as rows deleted while PAI counted: it is tried anew. */
const DOUBT_AFTER_MS = 60_000;

export function createCapMemory(max: number, now: () => number): CapMemory {
  let cap = initialCap(max);
  let learnedAt = now();
  return {
    get current() {
      if (cap.max < max && now() - learnedAt > DOUBT_AFTER_MS) cap = { ...cap, max };
      return cap;
    },
    set current(next) {
      if (next.max < cap.max) learnedAt = now();
      cap = next;
    },
  };
}
