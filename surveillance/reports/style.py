"""The style of a page: light, dark and printed from one set of names."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #57606a; --line: #d8dee4; --card: #f6f8fa;
  --buy: #0b62c4; --sell: #b34700; --market: #6e7781; --window: #bf87001f; --low: #57606a; --medium: #8a6100;
  --high: #b3261e; --critical: #8c0f6b; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1419; --text: #e6edf3; --soft: #9aa5b1; --line: #2d353e;
  --card: #171d24; --buy: #5eaefc; --sell: #f59a52; --market: #8b96a2; --window: #e3b34122; --low: #9aa5b1;
  --medium: #e3b341; --high: #ff8078; --critical: #f28bd5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.5rem 4rem; background: var(--back); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
figure { margin: 0; } h3 { font-size: .95rem; margin: 1.2rem 0 .3rem; font-weight: 600; }
p { margin: .4rem 0; } .soft { color: var(--soft); } .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
header { display: grid; grid-template-columns: 1fr auto; gap: 1.5rem; align-items: start;
  border-bottom: 1px solid var(--line); padding-bottom: 1.2rem; }
.score { text-align: right; white-space: nowrap; } .score b { font-size: 2.6rem; line-height: 1; font-weight: 650; }
.level { display: inline-block; font-weight: 650; text-transform: uppercase; letter-spacing: .06em; font-size: .8rem; }
.low { color: var(--low); } .medium { color: var(--medium); } .high { color: var(--high); }
.critical { color: var(--critical); }
.gauge { display: block; width: 13rem; height: auto; margin: .5rem 0 0 auto; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .8rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ol { padding-left: 1.6rem; margin: .4rem 0; } ol li { margin: .25rem 0; } li::marker { color: var(--soft); }
.clear { background: var(--card); border-left: 3px solid var(--soft); padding: .6rem .9rem; margin: .5rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); } th, td { padding: .28rem .6rem .28rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top; } .n { text-align: right; }
.n + td:not(.n), .n + th:not(.n) { padding-left: .8rem; }
td.buy, td.sell { font-weight: 600; } .buy { color: var(--buy); } .sell { color: var(--sell); }
.bar { display: inline-block; height: .6rem; background: var(--soft); border-radius: 2px; min-width: 1px; }
.plot { display: block; width: 100%; height: auto; } .plot text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); stroke-width: 1; } .window { fill: var(--window); }
.market { fill: none; stroke: var(--market); stroke-width: 1.4; } .range { stroke: var(--market); opacity: .45; }
.life { stroke-width: 1.4; opacity: .55; } .plot .buy { stroke: var(--buy); } .plot .sell { stroke: var(--sell); }
.plot .none { stroke: var(--soft); }
.plot .fill.buy { fill: var(--buy); } .plot .fill.sell { fill: var(--sell); } .plot .fill.none { fill: var(--soft); }
.plot .fill { fill-opacity: .85; stroke-width: 1; } .plot .order { fill: var(--back); stroke-width: 1.6; }
.plot .end { fill: none; stroke-width: 1.8; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; font-size: .82rem; color: var(--soft); margin: .3rem 0 0; }
.key svg { display: inline-block; width: 20px; height: 14px; vertical-align: -2px; margin-right: .3rem; }
details summary { cursor: pointer; color: var(--soft); } details { margin: .5rem 0; }
pre { background: var(--card); padding: .8rem; overflow-x: auto; font-size: .8rem; white-space: pre-wrap; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .8rem; color: var(--soft);
  font-size: .82rem; }
@media (max-width: 40rem) { header { grid-template-columns: 1fr; } .score { text-align: left; }
  .gauge { margin-left: 0; } body { padding: 1rem; } }
@media print { :root { color-scheme: light; --back: #fff; --text: #000; --soft: #444; --line: #bbb; --card: #f3f3f3;
  --buy: #0b4fa0; --sell: #a03c00; --market: #555; --window: #b8860026; --high: #a3150e; --critical: #7d0c5f;
  --medium: #6d4d00; --low: #444; }
  body { max-width: none; padding: 0; font-size: 10.5pt; } h2 { break-after: avoid; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; } .scroll { overflow: visible; } .window, .bar, .clear {
  print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { margin: 15mm; } }
"""
