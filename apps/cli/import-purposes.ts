/** What a file's records are for where neither an option nor a consent says. */
export const DEFAULT_PURPOSE = 'recommendations';
export const DEFAULT_PROFILE_PURPOSE = 'personalisation';
