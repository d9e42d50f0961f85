/** SQLSTATE of connections, resources and shutdowns (PostgreSQL, appendix A), and of transactions that are to be repeated. */
export const AWAY_STATE = /^(08...|53...|57P0[1-5]|40001|40P01)$/;
/** What a socket says of a server that is not there. */
export const AWAY_SOCKET = /^E(CONN\w+|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH|PIPE|NOENT)$/;
/** What the driver and the ORM say of it, without a code. */
export const AWAY_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|[Qq]uery runner (was )?already released|Connection ended/;

/** Code of an error of the driver, or of the first that it stands for; else empty. */
export function codeOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : '';
}

/** Whether the server does not answer, or will when it is asked again. */
export function isAway(error: unknown): boolean {
  const code = codeOf(error);
  return (
    AWAY_STATE.test(code) ||
    AWAY_SOCKET.test(code) ||
    (error instanceof Error && AWAY_MESSAGE.test(error.message))
  );
}
