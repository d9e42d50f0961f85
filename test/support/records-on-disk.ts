import Database from 'better-sqlite3';

type Row = Readonly<Record<string, unknown>>;

/**
 * Takes the first record of each stream out of the log, as somebody with a hand on the disk could, and puts it back.
 *
 * @param streams pattern of their names, as LIKE takes it
 */
export async function withoutFirstRecords<T>(
  file: string,
  streams: string,
  work: () => Promise<T>,
): Promise<T> {
  const events = new Database(file);
  try {
    const rows = events
      .prepare(
        'SELECT * FROM events WHERE position IN (SELECT min(e.position) FROM events e JOIN streams s ON s.id = e.stream WHERE s.name LIKE ? GROUP BY s.id)',
      )
      .all(streams) as Row[];
    if (rows.length === 0) throw new Error(`no stream is named like ${streams}`);
    const remove = events.prepare('DELETE FROM events WHERE position = @position');
    const columns = Object.keys(rows[0]);
    const put = events.prepare(
      `INSERT INTO events (${columns.join()}) VALUES (${columns.map((column) => `@${column}`).join()})`,
    );
    const all = (statement: typeof remove) =>
      events.transaction(() => rows.forEach((row) => statement.run(row)));
    all(remove)();
    try {
      return await work();
    } finally {
      all(put)();
    }
  } finally {
    events.close();
  }
}
