// The look of report.html: light and dark, wide and narrow, screen and paper. No fonts, images or scripts from anywhere.

export const STYLE = `
:root { color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #14181f; --muted: #586270; --line: #e2e6ec; --faint: #eef1f5;
  --blue: #1765d8; --orange: #b9540a; --purple: #7c3fc4; --green: #197a3a; --red: #c4232d; --amber: #8a5a00;
  --green-bg: #e6f4ea; --red-bg: #fdeaea; --amber-bg: #fdf3dc; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0d1015; --card: #151a21; --ink: #e7ecf2; --muted: #9ba6b4; --line: #2a323c; --faint: #1d242d;
  --blue: #62a8ff; --orange: #f2934a; --purple: #c39bff; --green: #4cc46b; --red: #ff7f78; --amber: #e8b64c;
  --green-bg: #12281a; --red-bg: #331619; --amber-bg: #2c230f; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px }
header { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: baseline; margin-bottom: 16px }
h1 { font-size: 26px; line-height: 1.2; margin: 0; letter-spacing: -.01em }
h2 { font-size: 17px; margin: 0 0 2px; letter-spacing: -.005em }
h3 { font-size: 15px; margin: 0 }
p { margin: 0 0 10px } .sub, .note { color: var(--muted) } .note { font-size: 13px }
header .sub { flex-basis: 100% }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace }
.badge { border-radius: 99px; padding: 2px 12px; font-size: 13px; font-weight: 600 }
.ok { background: var(--green-bg); color: var(--green) } .invalid { background: var(--red-bg); color: var(--red) }
.warned { background: var(--amber-bg); color: var(--amber) }
.reasons { border-radius: 10px; padding: 10px 16px 10px 34px; margin: 0 0 16px; font-size: 14px }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr)); gap: 12px; margin: 0 0 16px; padding: 0 }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px }
.tile { padding: 14px 16px; margin: 0 } .tile dt { font-size: 13px; color: var(--muted) }
.tile dd { margin: 0 } .figure { font-size: 28px; line-height: 1.25; font-weight: 650; letter-spacing: -.02em }
.figure small { font-size: 15px; font-weight: 500; color: var(--muted); letter-spacing: 0 }
.tile .note { display: block; line-height: 1.4 } .bad { color: var(--red) } .good { color: var(--green) }
section { padding: 18px 20px; margin: 0 0 16px }
.scroll { overflow-x: auto } .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--blue); outline-offset: 3px;
  border-radius: 4px }
svg { display: block; width: 100%; min-width: 680px; height: auto } svg.tree { min-width: 440px; max-width: 580px }
.trees { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 8px 28px; align-items: start }
.trees > div { min-width: 0 }
.skip { position: absolute; left: -999px; padding: 8px 14px; background: var(--card); color: var(--blue); border-radius: 8px }
.skip:focus { left: 12px; top: 12px; outline: 2px solid var(--blue) } main:focus { outline: none }
svg.bars { min-width: 420px; max-width: 580px } .row-name { fill: var(--ink) } .amount { fill: var(--blue) }
.thin { stroke: var(--blue); opacity: .45; stroke-width: 2 } .thick { stroke: var(--blue); opacity: .55; stroke-width: 6; stroke-linecap: round }
.band { stroke: none; opacity: .16 } .band.block { fill: var(--blue) } .band.transaction { fill: var(--orange) }
.line.slice { stroke: var(--orange); stroke-width: 2 } .line.heads { stroke: var(--purple); stroke-width: 1.75 }
.dot.transaction { fill: var(--orange) } .area { fill: var(--green); opacity: .35 }
.fault path { stroke: var(--amber); stroke-width: 1.5; stroke-dasharray: 5 3; fill: none } .fault-name { fill: var(--amber); font-weight: 600 }
.stale-block { fill: var(--muted) } .reorg circle { fill: var(--purple); fill-opacity: .3; stroke: var(--purple); stroke-width: 1.5 }
.seed { fill: var(--blue); fill-opacity: .45 } .median { stroke: var(--ink); stroke-width: 2 } a { color: var(--blue) }
.drain { fill: var(--muted); opacity: .12 }
svg text { fill: var(--muted); font-size: 12px } svg text.node { font-size: 13px } svg text.node[font-size] { font-size: 11px }
.name { fill: var(--ink); font-weight: 600 } .mark-label { fill: var(--blue); font-weight: 600 }
.grid { stroke: var(--line); fill: none } .tree .grid { stroke: var(--faint) }
.mark { stroke: var(--blue); stroke-dasharray: 2 3; fill: none; opacity: .7 }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round } .line.block { stroke: var(--blue) }
.line.transaction { stroke: var(--orange); stroke-dasharray: 7 3 }
.dot { stroke: var(--card); stroke-width: 1.5 } .dot.block, .dot.gossip { fill: var(--blue) } .dot.own { fill: var(--ink) }
.dot.requested { fill: var(--orange) } .dot.repair { fill: var(--purple) }
.edge { fill: none; stroke-width: 1.5; stroke: var(--blue); opacity: .6 }
.edge.requested { stroke: var(--orange); stroke-dasharray: 6 3; opacity: 1 }
.edge.repair { stroke: var(--purple); stroke-dasharray: 2 3; opacity: 1 }
.stem { stroke: var(--blue); opacity: .35; stroke-width: 2 } .p50 { fill: var(--blue) }
.p95 { fill: var(--card); stroke: var(--blue); stroke-width: 1.75 } .lost { fill: var(--red) }
.stale .p50 { fill: var(--muted) } .stale .p95, .stale .stem { stroke: var(--muted) }
.agreed { fill: var(--green); opacity: .45 } .disagreed { fill: var(--red) }
.legend { display: flex; flex-wrap: wrap; gap: 2px 20px; padding: 0; margin: 6px 0 8px; list-style: none; font-size: 13px;
  color: var(--muted) }
.legend svg { display: inline-block; width: 26px; min-width: 0; height: 10px; margin-right: 6px; vertical-align: baseline }
table { border-collapse: collapse; width: 100%; margin: 8px 0; font-size: 13.5px; white-space: nowrap }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 6px; white-space: normal }
th, td { padding: 5px 12px 5px 0; text-align: right; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--muted); font-size: 12.5px } tbody th { color: var(--ink) }
th:first-child, td:first-child, .text { text-align: left } tbody tr:last-child > * { border-bottom: 0 }
details { margin-top: 8px } summary { cursor: pointer; color: var(--muted); font-size: 13.5px; width: fit-content }
details[open] > summary { margin-bottom: 8px } pre { overflow-x: auto; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 16px }
.pair section { margin: 0 } .pair { margin-bottom: 16px }
.pairs { display: grid; grid-template-columns: max-content 1fr; gap: 3px 20px; margin: 6px 0 0; font-size: 13.5px }
.pairs dt { color: var(--muted) } .pairs dd { margin: 0; overflow-wrap: anywhere }
@media print { .skip { display: none }
  :root { --page: #fff; --card: #fff; --ink: #000; --muted: #444; --line: #ccc; --faint: #e5e5e5; --blue: #0b4fb3;
    --orange: #a34400; --purple: #5f2da8; --green: #11602c; --red: #a3141d; color-scheme: light }
  body { font-size: 11pt } main { padding: 0; max-width: none } section, .tile { break-inside: avoid; border-color: #bbb }
  section.long { break-inside: auto } details::details-content { content-visibility: visible; block-size: auto } .scroll { overflow: visible } svg { min-width: 0 } table { font-size: 8.5pt; white-space: normal } th { font-size: 8pt } tr { break-inside: avoid }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact } }
`
