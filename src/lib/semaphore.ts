// Limits what runs at once; waiting takers get a place first in, first out.

export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  readonly #count: number;
  #free: number;

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  get taken(): number {
    return this.#count - this.#free;
  }

  /** Takes a place if one is free; false: none was. */
  takeFree(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  async take(): Promise<void> {
    if (!this.takeFree()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
