import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * docs/images has a light and a dark variant of each picture, because GitHub's theme may differ from that of the system. The
 * light one is drawn by hand; `npm run docs` writes the dark one.
 */

const images = resolve(__dirname, '..', '..', 'docs', 'images');
const DARK: Readonly<Record<string, string>> = {
  // text, secondary text and lines, background
  '#1f2328': '#e6edf3',
  '#57606a': '#9da7b3',
  '#ffffff': '#0d1117',
  // grey, blue, yellow, green and red: area and border
  '#f6f8fa': '#161b22',
  '#ddf4ff': '#0c2d6b',
  '#0969da': '#58a6ff',
  '#fff8c5': '#3b2e00',
  '#9a6700': '#d29922',
  '#dafbe1': '#033a16',
  '#1a7f37': '#3fb950',
  '#ffebe9': '#5d0f12',
  '#cf222e': '#f85149',
};
const COLOUR = /#[0-9a-f]{6}\b/g;

const names = readdirSync(images).filter((name) => name.endsWith('-light.svg')).map((name) => name.replace('-light.svg', ''));
const picture = (name: string, variant: string) => join(images, `${name}-${variant}.svg`);
const read = (name: string, variant: string) => readFileSync(picture(name, variant), 'utf8');
const darkened = (svg: string) => svg.replace(COLOUR, (colour) => DARK[colour] ?? colour);

if (process.env.UPDATE_DOCS) names.forEach((name) => writeFileSync(picture(name, 'dark'), darkened(read(name, 'light'))));

test('every picture in docs/images has a light and a dark variant', () => {
  expect(names).not.toEqual([]);
  expect(readdirSync(images).sort()).toEqual(names.flatMap((name) => [`${name}-dark.svg`, `${name}-light.svg`]).sort());
});

test.each(names)('the dark variant of the picture "%s" is the light one in dark colours, which `npm run docs` writes', (name) => {
  expect(read(name, 'light').match(COLOUR)!.filter((colour) => !(colour in DARK))).toEqual([]);
  expect(read(name, 'dark')).toBe(darkened(read(name, 'light')));
});
