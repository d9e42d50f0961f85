/**
 * When a request received at `receivedAt` must be answered: one calendar month later (GDPR Art. 12(3)), on the last day of
 * the month where that month is shorter (Regulation 1182/71, Art. 3(2)(c)). UTC.
 *
 * @example
 * dueDate('2026-01-31T10:00:00.000Z'); // '2026-02-28T10:00:00.000Z'
 */
export function dueDate(receivedAt: string): string {
  const due = new Date(receivedAt);
  const day = due.getUTCDate();
  due.setUTCDate(1);
  due.setUTCMonth(due.getUTCMonth() + 1);
  due.setUTCDate(Math.min(day, daysInMonth(due.getUTCFullYear(), due.getUTCMonth())));
  return due.toISOString();
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
}
