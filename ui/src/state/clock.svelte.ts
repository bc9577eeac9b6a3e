/** Time for what is on the screen: it ticks once a second while the window can be seen, and else not at all. */
export class Clock {
  /** Wall time in milliseconds. */
  wall = $state(Date.now());
  /** Milliseconds that pass only with the machine awake, as far as the platform tells. */
  awake = $state(performance.now());

  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts ticking; answers the way to stop. */
  start(): () => void {
    const look = () => {
      clearTimeout(this.#timer);
      if (!document.hidden) this.#tick();
    };
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Sets the hands without waiting for the next tick. */
  set(): void {
    this.wall = Date.now();
    this.awake = performance.now();
  }

  #tick(): void {
    this.set();
    this.#timer = setTimeout(() => this.#tick(), 1_000 - (this.wall % 1_000));
  }
}
