export { WatchedClient } from './watched-client.js';
