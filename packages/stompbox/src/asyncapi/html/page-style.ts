/** The style sheet of the page: the colours of the system's light or dark mode, no font from elsewhere. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1c2128, #e2e6ea);
  --faint: light-dark(#5b6570, #9aa5b1);
  --back: light-dark(#ffffff, #14181d);
  --panel: light-dark(#f5f7f9, #1c2229);
  --line: light-dark(#d5dbe1, #333c46);
  --link: light-dark(#0b5cad, #79b8ff);
  --receive: light-dark(#0a6b3d, #6fdba2);
  --send: light-dark(#8a4b00, #ffc076);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem;
  background: var(--back); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif;
}
h1 { margin: 0 0 .25rem; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.35rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
h4 { margin: 1.1rem 0 .3rem; font-size: .95rem; }
p { margin: .3rem 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: ui-monospace, "Cascadia Mono", Menlo, monospace; font-size: .92em; }
.faint, .type, .limits, footer { color: var(--faint); }
nav ul { margin: .5rem 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; }
article {
  margin: 0 0 1rem; padding: 1rem 1.15rem;
  background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
}
article > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .7rem; }
.action { font-weight: 600; font-size: .85rem; }
.receive { color: var(--receive); }
.send { color: var(--send); }
.schema { margin: .3rem 0; padding-left: 1rem; border-left: 2px solid var(--line); list-style: none; }
.schema li { margin: .35rem 0; }
.required { font-size: .8rem; font-weight: 600; color: var(--send); }
summary { cursor: pointer; padding: .1rem 0; }
pre {
  margin: .4rem 0 0; padding: .8rem; overflow-x: auto; max-height: 32rem;
  background: var(--back); border: 1px solid var(--line); border-radius: 6px;
}
dl { margin: .3rem 0; display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; white-space: nowrap; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; font-size: .9rem; }
footer { margin-top: 3rem; font-size: .9rem; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { pre { max-height: none; } article { break-inside: avoid; } }
`;
