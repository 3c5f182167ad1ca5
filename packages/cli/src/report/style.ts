// The page's style sheet. Colours are variables, given once for a light and once for a dark page.

import { viridis } from './picture.ts';

/** Thirteen colours for light and dark grounds; neighbours in the list differ in hue and in lightness. */
const light =
  '#2563c9 #d4570a #16824a #8b3fc4 #c21f5b #0b8494 #8a6a00 #4a5563 #e0402b #4f9b12 #6a5ae0 #a0522d #d05fb0'.split(' ');
const dark =
  '#7aaeff #ff9d57 #5bd191 #c79aff #ff86b3 #54d3e3 #e2c44a #aab4c2 #ff8a78 #a3dc5a #aaa0ff #dda27a #f0a3da'.split(' ');

const variables = (colors: readonly string[]): string => colors.map((color, i) => `--c${i}: ${color};`).join(' ');

const ramp = (): string => Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join(' ')})`).join(', ');

export const stylesheet = (): string => `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #171b21; --dim: #5a6472; --line: #dde1e7; --faint: #b3bac5;
  --shade: #ffe9b8; --hatch: #c9ced6; --model: #2563c9; --baseline: #b4560b; --right: #2563c9; --wrong: #d9660f;
  --good-ink: #0c6b39; --good: #daf3e4; --bad-ink: #a32417; --bad: #fde3df; --even-ink: #5a4a00; --even: #fbf0c4;
  ${variables(light)}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #181c22; --ink: #e7eaef; --dim: #9aa5b3; --line: #2c333d; --faint: #5d6876;
    --shade: #3f3618; --hatch: #3a424d; --model: #7aaeff; --baseline: #ff9d57; --right: #3f7fe0; --wrong: #c9650f;
    --good-ink: #7fe0a9; --good: #113322; --bad-ink: #ffa195; --bad: #41190f; --even-ink: #e9d37a; --even: #37300f;
    ${variables(dark)}
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 0 clamp(12px, 3vw, 32px) 64px; max-width: 1240px; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
header { padding: 28px 0 8px; }
.brand { margin: 0; color: var(--dim); font-size: 14px; letter-spacing: .02em; }
h1 { margin: 2px 0 6px; font-size: clamp(24px, 4.5vw, 36px); line-height: 1.15; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 0 0 4px; font-size: 22px; letter-spacing: -.01em; }
h3 { margin: 20px 0 6px; font-size: 16px; }
.headline { margin: 0 0 16px; font-size: 18px; color: var(--dim); }
.facts { display: flex; flex-wrap: wrap; gap: 8px; margin: 0; }
.facts div { padding: 8px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.facts dt { color: var(--dim); font-size: 12px; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
nav { position: sticky; top: 0; z-index: 1; display: flex; gap: 2px; margin: 12px calc(-1 * clamp(12px, 3vw, 32px)) 0;
  padding: 8px clamp(6px, 2.4vw, 26px); overflow-x: auto; background: color-mix(in srgb, var(--page) 92%, transparent);
  border-bottom: 1px solid var(--line); backdrop-filter: blur(6px); scrollbar-width: none; }
nav a { padding: 3px 9px; border-radius: 8px; color: var(--dim); font-size: 14px; text-decoration: none; white-space: nowrap; }
nav a:hover, nav a:focus-visible { color: var(--ink); background: var(--line); }
section { scroll-margin-top: 56px; margin-top: 36px; }
.lead { margin: 0 0 12px; color: var(--dim); max-width: 75ch; }
.none { color: var(--dim); font-style: italic; }
.dim { color: var(--dim); font-weight: 400; }
.small { font-size: 12.5px; }
.scroll { overflow-x: auto; }
figure { margin: 0; padding: 10px 12px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
figcaption { margin-bottom: 4px; font-size: 14px; font-weight: 600; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 12px; align-items: start; }
.grid.spectrogram { grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr)); }
.plot { display: block; width: 100%; height: auto; overflow: visible; --plot-background: var(--card); }
.plot text { white-space: pre; }
.swatch { display: inline-block; width: 14px; height: 14px; margin-right: 5px; vertical-align: -2px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 4px 0 8px; padding: 0; list-style: none; font-size: 13.5px; }
.legend li { display: inline-flex; align-items: center; }
.stroke { display: inline-block; width: 22px; margin-right: 6px; border-top: 2px solid; }
.stroke.wide { border-top-width: 4px; }
.stroke.dashed { border-top-style: dashed; }
.patch { display: inline-block; width: 16px; height: 12px; margin-right: 6px; border-radius: 2px; }
.shade { background: var(--shade); }
.hatch, .pixels { background: repeating-linear-gradient(45deg, var(--hatch) 0 3px, var(--card) 3px 6px); }
.low { margin-left: 8px; }
.ramp { display: inline-block; width: 90px; height: 10px; margin: 0 6px; border-radius: 2px; background: linear-gradient(to right, ${ramp()}); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.cards { width: 100%; background: var(--card); border: 1px solid var(--line); border-radius: 10px; border-spacing: 0; border-collapse: separate; font-size: 15px; }
.cards th, .cards td { padding: 8px 12px; text-align: left; border-top: 1px solid var(--line); vertical-align: baseline; }
.cards thead th { border-top: 0; color: var(--dim); font-size: 12.5px; font-weight: 500; white-space: nowrap; }
.cards tbody th { font-weight: 600; white-space: nowrap; }
.cards { overflow-wrap: break-word; }
.cards .task { display: block; padding-left: 19px; font-size: 14px; }
.cards .value { white-space: nowrap; }
.cards td.wide { min-width: 120px; }
.track { position: relative; display: inline-block; width: 100%; min-width: 96px; height: 12px; background: linear-gradient(var(--line), var(--line)) center / 100% 2px no-repeat; }
.track .tick { position: absolute; top: 0; width: 2px; height: 12px; margin-left: -1px; background: var(--baseline); }
.track b { position: absolute; top: 1px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; background: var(--model); }
.verdict { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 13.5px; font-weight: 600; white-space: nowrap; }
.verdict.beat { color: var(--good-ink); background: var(--good); }
.verdict.below { color: var(--bad-ink); background: var(--bad); }
.verdict.tie { color: var(--even-ink); background: var(--even); }
.confusion { width: fit-content; max-width: 100%; }
.confusions { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.heat { font-size: 13px; }
.heat th { font-weight: 500; padding: 3px 6px; white-space: nowrap; }
.heat thead th { vertical-align: bottom; }
.heat tbody th { text-align: right; }
.heat .corner { color: var(--dim); font-weight: 400; font-size: 11px; }
.heat .upright { writing-mode: vertical-rl; transform: rotate(180deg); }
.heat td { min-width: 30px; white-space: nowrap; height: 28px; padding: 2px 5px; text-align: center; border: 1px solid var(--card); border-radius: 4px; }
.heat .zero { color: var(--faint); }
.heat .right { background: color-mix(in srgb, var(--right) var(--d), var(--card)); }
.heat .wrong { background: color-mix(in srgb, var(--wrong) var(--d), var(--card)); }
.heat .deep { color: #fff; }
.heat .found { color: var(--dim); }
.triple { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; text-align: center; }
.strips { display: grid; gap: 4px; text-align: center; }
.spot { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border: 1px solid var(--faint); border-radius: 50%; font-size: 9px; line-height: 11px; text-align: center; }
.spot.ring { border-width: 2px; }
.pixels { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 3px; }
.text p { margin: 0; font-size: 15px; line-height: 1.9; }
.text + .text { margin-top: 10px; }
mark { padding: 1px 5px; border-radius: 5px; color: inherit; white-space: nowrap; }
mark.right { background: var(--good); color: var(--good-ink); }
mark.wrong { background: var(--bad); color: var(--bad-ink); }
mark ins { font-weight: 600; text-decoration: none; color: var(--ink); }
.map { max-width: 640px; }
details { padding: 8px 14px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
summary { cursor: pointer; font-weight: 600; }
pre { max-height: 70vh; overflow: auto; font: 13px/1.45 ui-monospace, Menlo, Consolas, monospace; }
@media (max-width: 720px) {
  .cards, .cards tbody, .cards tr, .cards th, .cards td { display: block; width: auto; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards tr + tr { border-top: 1px solid var(--line); }
  .cards tr { padding: 10px 12px; }
  .cards tbody th { padding: 0 0 4px; border: 0; white-space: normal; }
  .cards td, .cards td.wide { display: grid; grid-template-columns: 8.5em 1fr; gap: 8px; align-items: center; padding: 1px 0; border: 0; }
  .cards td::before { content: attr(data-label); color: var(--dim); font-size: 13.5px; }
  .cards .verdict { justify-self: start; }
  .cards .task { display: inline; padding: 0; }
}
@media print { nav { display: none; } figure, tr { break-inside: avoid; } }
`;
