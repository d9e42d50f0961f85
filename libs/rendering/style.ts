/** The style of every page. It is part of the page's policy by its digest, so a page can bring no other. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f6f3; --sheet: #ffffff; --ink: #1d1f24; --quiet: #5a5f6b; --line: #dcdcd6;
  --good: #14613a; --good-back: #e7f4ec; --caution: #7a4b00; --caution-back: #fdf3df; --bad: #9c1c1c; --bad-back: #fdeaea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #131417; --sheet: #1b1d22; --ink: #e8e8e6; --quiet: #a3a8b3; --line: #353842;
    --good: #7fd6a3; --good-back: #16281e; --caution: #f0c274; --caution-back: #2b2212; --bad: #f59a9a; --bad-back: #321818;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 52rem; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; padding: 1.75rem clamp(1rem, 4vw, 2.5rem) 2.25rem; }
header { margin: 0 .25rem 1.5rem; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
header p { margin: .35rem 0 0; color: var(--quiet); font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .9rem; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); font-size: 1.15rem; }
p { margin: .5rem 0; max-width: 44rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .85em; }
.notice { border-left: .3rem solid; border-radius: .4rem; padding: .8rem 1rem; }
.notice strong { font-size: 1.1rem; }
.notice p { margin: .2rem 0 0; color: var(--ink); }
.notice.good { color: var(--good); background: var(--good-back); border-color: var(--good); }
.notice.caution { color: var(--caution); background: var(--caution-back); border-color: var(--caution); }
.notice.bad { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
dl { margin: 0; }
dl div { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: .25rem 1rem; padding: .3rem 0; border-bottom: 1px solid var(--line); }
dl div:last-child { border-bottom: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding: 0; list-style: none; }
li { display: grid; grid-template-columns: 1.6rem minmax(0, 1fr); padding: .3rem 0; }
li strong { margin-right: .25rem; font-weight: 600; }
ul.caution { background: var(--caution-back); border-radius: .4rem; padding: .5rem .9rem; }
ul.caution strong { display: block; font-size: .8rem; letter-spacing: .03em; color: var(--caution); }
.mark { font-weight: 700; }
ul.good .mark { color: var(--good); } ul.caution .mark { color: var(--caution); } ul.bad .mark { color: var(--bad); }
.wide { overflow-x: auto; margin-top: 1.25rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-size: .85rem; color: var(--quiet); font-weight: 600; }
pre { margin: .75rem 0; padding: .8rem 1rem; background: var(--page); border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; }
footer { margin: 1.25rem .25rem 0; color: var(--quiet); font-size: .8rem; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
@media (max-width: 36rem) { dl div { grid-template-columns: 1fr; } }
@media print {
  :root { --page: #fff; --sheet: #fff; --ink: #000; --quiet: #444; --line: #bbb; color-scheme: light;
    --good: #0f5130; --good-back: #fff; --caution: #6b4200; --caution-back: #fff; --bad: #8a1515; --bad-back: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  main { border: 0; padding: 0; }
  h2 { break-after: avoid; } li, dl div, tr, .notice { break-inside: avoid; }
  pre { white-space: pre-wrap; }
}
`;
