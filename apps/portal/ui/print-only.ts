/**
 * Prints one part of the page, which is marked by `data-print`, and nothing else.
 *
 * @example
 * <section data-print="keys">…</section> … <Button onClick={() => printOnly('keys')}>
 */
export function printOnly(part: string): void {
  document.documentElement.dataset.print = part;
  window.addEventListener('afterprint', () => delete document.documentElement.dataset.print, { once: true });
  window.print();
}
