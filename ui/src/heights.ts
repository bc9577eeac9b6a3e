/** Where each of very many rows of unlike heights stands: places and rows are found in logarithmic time. */
export class Heights {
  #heights: number[] = [];
  #tree: Float64Array = new Float64Array(1);

  get length(): number {
    return this.#heights.length;
  }

  /** The height of all rows together. */
  get total(): number {
    return this.offset(this.length);
  }

  height(row: number): number {
    return this.#heights[row] ?? 0;
  }

  /** Puts rows before the first and after the last one. */
  grow(before: number[], after: number[]): void {
    this.#heights = before.concat(this.#heights, after);
    this.#plant();
  }

  clear(): void {
    this.#heights = [];
    this.#plant();
  }

  set(row: number, height: number): void {
    const change = height - this.height(row);
    if (change === 0 || row >= this.length) return;
    this.#heights[row] = height;
    for (let node = row + 1; node <= this.length; node += node & -node) {
      this.#tree[node] = (this.#tree[node] ?? 0) + change;
    }
  }

  /** The distance from the top to the top of a row. */
  offset(row: number): number {
    let sum = 0;
    for (let node = Math.min(row, this.length); node > 0; node -= node & -node) sum += this.#tree[node] ?? 0;
    return sum;
  }

  /** The row at a distance from the top; the last one when that is beyond the end. */
  at(distance: number): number {
    let row = 0;
    let left = distance;
    for (let step = highestBit(this.length); step > 0; step >>= 1) {
      const node = row + step;
      const sum = this.#tree[node] ?? 0;
      if (node <= this.length && sum <= left) {
        row = node;
        left -= sum;
      }
    }
    return Math.min(row, Math.max(0, this.length - 1));
  }

  #plant(): void {
    const tree = new Float64Array(this.length + 1);
    for (let node = 1; node <= this.length; node += 1) {
      tree[node] = (tree[node] ?? 0) + this.height(node - 1);
      const parent = node + (node & -node);
      if (parent <= this.length) tree[parent] = (tree[parent] ?? 0) + (tree[node] ?? 0);
    }
    this.#tree = tree;
  }
}

function highestBit(n: number): number {
  return n === 0 ? 0 : 1 << (31 - Math.clz32(n));
}
