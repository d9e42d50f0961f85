export type * from './engine.js';
export type * from './explorer.js';
export type * from './paging.js';
export type * from './requests.js';
export type * from './session.js';
export type * from './subject.js';
