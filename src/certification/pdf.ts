import PDFDocument from 'pdfkit';
import {
  textOf,
  type Block,
  type ListItem,
  type ReadableDocument,
  type Tone,
  type Value,
} from '#libs/rendering';

const MARGIN = 54; // points, 3/4 inch
const GAP = 6;
const INK = '#1d1f24';
const QUIET = '#5a5f6b';
const LINE = '#d5d5cf';
const TONES: Readonly<Record<Tone, { readonly ink: string; readonly back: string; readonly mark: string }>> =
  {
    good: { ink: '#14613a', back: '#e7f4ec', mark: '+' },
    caution: { ink: '#7a4b00', back: '#fdf3df', mark: '!' },
    bad: { ink: '#9c1c1c', back: '#fdeaea', mark: '-' },
  };

/**
 * A document as PDF with standard fonts. The same document gives the same bytes: its dates are those of what it tells of, and its id
 * comes from the digest of its source.
 */
export function toPdf(document: ReadableDocument): Promise<Uint8Array> {
  const { title, subtitle, dated, source } = document;
  const date = new Date(dated);
  const pdf = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: printable(`${title}: ${subtitle}`),
      Producer: 'Lacuna',
      Creator: 'Lacuna',
      Subject: `SHA-256 ${source}`, // the file's id is a digest of this dictionary
      CreationDate: date,
      ModDate: date,
    },
  });
  const bytes = collect(pdf);
  new PdfPages(pdf).write(document);
  pdf.end();
  return bytes;
}

function collect(pdf: PDFKit.PDFDocument): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    pdf.once('error', reject);
    pdf.once('end', () => resolve(Uint8Array.from(Buffer.concat(chunks))));
  });
}

/** Writes blocks from the top of the first page on. */
class PdfPages {
  private readonly width: number;

  constructor(private readonly pdf: PDFKit.PDFDocument) {
    this.width = pdf.page.width - 2 * MARGIN;
  }

  write({ title, subtitle, source, blocks }: ReadableDocument): void {
    this.font('Helvetica-Bold', 22).text(printable(title));
    this.font('Courier', 9, QUIET).text(printable(subtitle));
    this.pdf.moveDown(1);
    for (const block of blocks) this.block(block);
    this.number(source);
  }

  private block(block: Block): void {
    switch (block.kind) {
      case 'heading':
        this.heading(block.text);
        break;
      case 'text':
        this.font('Helvetica', 10).text(printable(block.text), { lineGap: 2 });
        this.space();
        break;
      case 'notice':
        this.notice(block.tone, block.title, block.text);
        break;
      case 'facts':
        for (const [name, value] of block.rows) this.fact(name, value);
        this.space();
        break;
      case 'table':
        this.table(block.caption, block.columns, block.rows);
        break;
      case 'list':
        for (const item of block.items) this.item(block.tone, item);
        this.space();
        break;
      case 'commands':
        this.font('Courier', 8.5).text(block.lines.map(printable).join('\n'), { indent: 8, lineGap: 3 });
        this.space();
        break;
    }
  }

  private heading(text: string): void {
    this.keepTogether(60); // a heading does not stand alone at the foot of a page
    this.pdf.moveDown(0.6);
    this.rule();
    this.font('Helvetica-Bold', 12.5).text(printable(text), MARGIN, this.pdf.y + 8);
    this.space();
  }

  private notice(tone: Tone, title: string, text: string): void {
    const { ink, back } = TONES[tone];
    const inner = this.width - 24;
    const height =
      this.font('Helvetica-Bold', 12).heightOfString(printable(title), { width: inner }) +
      this.font('Helvetica', 10).heightOfString(printable(text), { width: inner, lineGap: 2 }) +
      22;
    this.keepTogether(height);
    const top = this.pdf.y;
    this.pdf.rect(MARGIN, top, this.width, height).fill(back);
    this.pdf.rect(MARGIN, top, 4, height).fill(ink);
    this.font('Helvetica-Bold', 12, ink).text(printable(title), MARGIN + 14, top + 9, { width: inner });
    this.font('Helvetica', 10).text(printable(text), MARGIN + 14, this.pdf.y + 2, {
      width: inner,
      lineGap: 2,
    });
    this.pdf.x = MARGIN;
    this.pdf.y = top + height + GAP;
  }

  private fact(name: string, value: Value): void {
    const labelWidth = 165;
    const isDigest = typeof value !== 'string';
    const valueAt = MARGIN + labelWidth;
    const options = { width: this.width - labelWidth };
    const text = printable(textOf(value));
    this.keepTogether(this.valueFont(isDigest).heightOfString(text, options) + 5);
    const top = this.pdf.y;
    this.font('Helvetica', 9.5, QUIET).text(printable(name), MARGIN, top, { width: labelWidth - 10 });
    const below = this.pdf.y;
    this.valueFont(isDigest).text(text, valueAt, top + (isDigest ? 1.5 : 0), options);
    this.pdf.x = MARGIN;
    this.pdf.y = Math.max(below, this.pdf.y) + 3;
  }

  private valueFont(isDigest: boolean): PDFKit.PDFDocument {
    return isDigest ? this.font('Courier', 7.5) : this.font('Helvetica', 9.5);
  }

  private item(tone: Tone, { term, text }: ListItem): void {
    const { ink, mark } = TONES[tone];
    const inner = this.width - 16;
    const [bold, plain] = [printable(term), printable(text)];
    const height = this.font('Helvetica', 9.5).heightOfString(`${bold}  ${plain}`, { width: inner }) + 14;
    this.keepTogether(height);
    const top = this.pdf.y;
    this.font('Helvetica-Bold', 9.5, ink).text(mark, MARGIN, top, { width: 12 });
    this.font('Helvetica-Bold', 9.5).text(`${bold}  `, MARGIN + 16, top, { width: inner, continued: true });
    this.font('Helvetica', 9.5).text(plain, { width: inner });
    this.pdf.x = MARGIN;
    this.pdf.y += 3;
  }

  private table(caption: string, columns: readonly string[], rows: readonly (readonly Value[])[]): void {
    this.keepTogether(70);
    this.font('Helvetica', 9.5, QUIET).text(printable(caption));
    this.pdf.moveDown(0.3);
    this.row(columns, 'Helvetica-Bold');
    for (const row of rows) this.row(row, 'Helvetica');
    if (rows.length === 0) this.row(['none'], 'Helvetica');
    this.space();
  }

  private row(values: readonly Value[], name: string): void {
    const height = 15;
    this.keepTogether(height);
    const top = this.pdf.y;
    // Digests want more room than numbers: they are the last two columns of every table here.
    const narrow = 62;
    const wide = (this.width - narrow * Math.max(0, values.length - 2)) / 2;
    values.forEach((value, column) => {
      const at =
        MARGIN + Math.min(column, values.length - 2) * narrow + (column === values.length - 1 ? wide : 0);
      const isDigest = typeof value !== 'string';
      this.font(isDigest ? 'Courier' : name, isDigest ? 8.5 : 9);
      this.pdf.text(printable(textOf(value)), values.length === 1 ? MARGIN : at, top, { lineBreak: false });
    });
    this.pdf.x = MARGIN;
    this.pdf.y = top + height - 3;
    this.rule();
    this.pdf.y += 3;
  }

  private rule(): void {
    const { y } = this.pdf;
    this.pdf
      .moveTo(MARGIN, y)
      .lineTo(MARGIN + this.width, y)
      .lineWidth(0.5)
      .strokeColor(LINE)
      .stroke();
  }

  /** Page numbers and the digest of the source, at the foot of every page. */
  private number(source: string): void {
    const { start, count } = this.pdf.bufferedPageRange();
    for (let page = start; page < start + count; page++) {
      this.pdf.switchToPage(page);
      this.pdf.page.margins.bottom = 0; // or the foot would begin another page
      const foot = `Made from a file with SHA-256 ${source}`;
      const y = this.pdf.page.height - 36;
      this.font('Helvetica', 7, QUIET).text(foot, MARGIN, y, { lineBreak: false });
      this.pdf.text(`${page - start + 1} / ${count}`, MARGIN, y, { width: this.width, align: 'right' });
    }
  }

  private keepTogether(height: number): void {
    if (this.pdf.y + height > this.pdf.page.height - MARGIN) this.pdf.addPage();
  }

  private space(): void {
    this.pdf.y += GAP;
  }

  private font(name: string, size: number, colour = INK): PDFKit.PDFDocument {
    return this.pdf.font(name).fontSize(size).fillColor(colour);
  }
}

/** The standard fonts have Latin letters only (WinAnsiEncoding, ISO 32000-1 Annex D); others are spelled out, not dropped. */
function printable(text: string): string {
  return text.replace(
    /[^\u0020-\u007e\u00a0-\u00ff‘’“”–—•…€]/gu,
    (character) => `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
