export { certificateDocument, type Check } from './certificate-document.js';
export {
  plainText,
  textOf,
  timeInWords,
  type Block,
  type ListItem,
  type ReadableDocument,
  type Tone,
  type Value,
} from './document.js';
export { toHtml } from './html.js';
