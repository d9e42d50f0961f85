export { AWAY_MESSAGE, AWAY_SOCKET, AWAY_STATE, codeOf, isAway } from './unreachable.js';
export { WatchedClient } from './watched-client.js';
