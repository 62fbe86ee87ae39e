import type { Bar } from './part';

export interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const [WIDTH, LABELS, LINE, TOP] = [1030, 510, 24, 64];
/** The scale is logarithmic: twice as much is as far from 1 as half as much. */
const [SMALLEST, LARGEST] = [1 / 16, 8];
const TICKS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

/** Draws ratios to the alternatives: left of the line is less, right of it is more. Legible in light and dark. */
export function chart(groups: readonly Group[]): string {
  const shown = groups.filter(({ bars }) => bars.length > 0);
  const lines: string[] = [];
  let y = TOP;
  for (const { title, bars } of shown) {
    lines.push(`<text class="title" x="10" y="${y + 16}">${escaped(title)}</text>`);
    y += LINE + 4;
    for (const bar of bars) {
      lines.push(lineOf(bar, y));
      y += LINE;
    }
    y += 12;
  }
  const ticks = TICKS.map((value) => `<path class="${value === 1 ? 'one' : 'tick'}" d="M${x(value)} ${TOP - 4}V${y}"/>`
    + `<text class="small middle" x="${x(value)}" y="${TOP - 12}">${value < 1 ? `1/${1 / value}` : value} ×</text>`);
  const directions = [
    `<text class="small end" x="${x(1) - 10}" y="24">◂ this library costs less</text>`,
    `<text class="small" x="${x(1) + 10}" y="24">it costs more ▸</text>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" role="img" aria-labelledby="t" font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif" font-size="13">
  <title id="t">What this library costs, as a multiple of what one would do instead: medians, with the middle half of the rounds</title>
  <style>
    text { fill: #1f2328 } .title { font-weight: 600 } .small { font-size: 12px; fill: #57606a } .middle { text-anchor: middle } .end { text-anchor: end }
    .tick { stroke: #d0d7de } .one { stroke: #57606a; stroke-width: 1.5 } .less { fill: #2da44e } .more { fill: #d4742c } .spread { stroke: #1f2328; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .small { fill: #9da7b3 } .tick { stroke: #30363d } .one { stroke: #9da7b3 } .less { fill: #3fb950 } .more { fill: #f0883e } .spread { stroke: #e6edf3 }
    }
  </style>
  ${[...directions, ...ticks, ...lines].join('\n  ')}
</svg>
`;
}

function lineOf({ label, ratio }: Bar, y: number): string {
  const middle = y + LINE / 2;
  const [from, to] = [x(1), x(ratio.median)].sort((a, b) => a - b);
  return `<text class="end" x="${LABELS - 10}" y="${middle + 4}">${escaped(label)}</text>`
    + `<rect class="${ratio.median <= 1 ? 'less' : 'more'}" x="${from}" y="${middle - 7}" width="${Math.max(1, to - from).toFixed(1)}" height="14" rx="2"/>`
    + `<path class="spread" d="M${x(ratio.low)} ${middle}H${x(ratio.high)}"/>`
    + `<text class="small" x="${Math.max(to, x(ratio.high), x(1)) + 6}" y="${middle + 4}">${ratio.median.toFixed(2)}${ratio.median > LARGEST ? ' ▸' : ''}</text>`;
}

function x(ratio: number): number {
  const share = Math.log(Math.min(LARGEST, Math.max(SMALLEST, ratio)) / SMALLEST) / Math.log(LARGEST / SMALLEST);
  return Math.round(LABELS + 10 + share * (WIDTH - LABELS - 70));
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
