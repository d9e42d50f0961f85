/** Nest's name for what `openAccess` gives. */
export const ACCESS = Symbol('ACCESS');
