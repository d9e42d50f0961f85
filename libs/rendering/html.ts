import { sha256, toBase64, utf8 } from '#libs/essentials';
import { textOf, type Block, type ReadableDocument, type Tone, type Value } from './document.js';
import { STYLE } from './style.js';

/**
 * A document as one HTML file: no script, nothing loaded, a policy that allows its own style and nothing else, light and dark, and a
 * style for paper. Everything in it is escaped.
 */
export function toHtml({ title, subtitle, source, blocks }: ReadableDocument): string {
  const policy = `default-src 'none'; style-src 'sha256-${toBase64(sha256(utf8(STYLE)))}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(`${title} · ${subtitle}`)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<p>${escape(subtitle)}</p>
</header>
<main>
${blocks.map(blockHtml).join('\n')}
</main>
<footer>Made from a file with SHA-256 <code>${escape(source)}</code></footer>
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escape(block.text)}</h2>`;
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'notice':
      return `<div class="notice ${block.tone}" role="note"><strong>${escape(block.title)}</strong><p>${escape(block.text)}</p></div>`;
    case 'facts':
      return `<dl>${block.rows.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${valueHtml(value)}</dd></div>`).join('')}</dl>`;
    case 'table':
      return tableHtml(block.caption, block.columns, block.rows);
    case 'list':
      return `<ul class="${block.tone}">${block.items.map(({ term, text }) => `<li><span class="mark" aria-hidden="true">${MARKS[block.tone]}</span><span><strong>${escape(term)}</strong> ${escape(text)}</span></li>`).join('')}</ul>`;
    case 'commands':
      return `<pre tabindex="0">${block.lines.map((line) => `<code>${escape(line)}</code>`).join('\n')}</pre>`;
  }
}

const MARKS: Readonly<Record<Tone, string>> = { good: '✓', caution: '!', bad: '✗' };

function tableHtml(caption: string, columns: readonly string[], rows: readonly (readonly Value[])[]): string {
  const head = columns.map((name) => `<th scope="col">${escape(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map((value) => `<td>${valueHtml(value)}</td>`).join('')}</tr>`);
  const nothing = `<tr><td colspan="${columns.length}">none</td></tr>`;
  return `<div class="wide" tabindex="0" role="region" aria-label="${escape(caption)}"><table><caption>${escape(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body.join('') || nothing}</tbody></table></div>`;
}

function valueHtml(value: Value): string {
  if (typeof value === 'string') return escape(value);
  const full = value.short ? ` title="${escape(value.digest)}"` : '';
  return `<code${full}>${escape(textOf(value))}</code>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in double quotes. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
