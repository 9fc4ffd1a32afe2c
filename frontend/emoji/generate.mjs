// Writes ../later/emoji.txt and emoji.de.txt from the npm package emojibase-data (MIT; its names are Unicode's, CLDR).
//
//   npm pack emojibase-data@17.0.0 && tar xzf emojibase-data-17.0.0.tgz && node generate.mjs package
//
// Each line of emoji.txt is an emoji: itself, its form with the lightest skin tone (empty where it has
// no tones), its shortcodes, its name, other words for it. A line that begins with # begins a group. emoji.de.txt has the
// names and words in German, a line for each line of emoji.txt.

import { readFileSync, writeFileSync } from "node:fs";

// Newer emoji are blank squares on most devices of today.
const VERSION_MAX = 16;
const LIGHT = "\u{1F3FB}";
const TONES = ["\u{1F3FB}", "\u{1F3FC}", "\u{1F3FD}", "\u{1F3FE}", "\u{1F3FF}"];

const folder = process.argv[2] ?? "package";
const read = path => JSON.parse(readFileSync(`${folder}/${path}.json`, "utf8"));
const [english, german] = [read("en/data"), read("de/data")];
const groups = [read("en/messages"), read("de/messages")].map(({ groups }) => groups);
const codes = [read("en/shortcodes/iamcal"), read("en/shortcodes/github")];
const germanOf = new Map(german.map(emoji => [emoji.hexcode, emoji]));

// Drawn as an emoji by itself, it is recommended without the selector.
const recommended = ({ emoji, type }) => {
  const [first, second, ...rest] = emoji;
  return type === 1 && second === "\uFE0F" && rest.length === 0 ? first : emoji;
};
// The form with one tone in every place, if each tone has one.
const toned = ({ skins = [] }) => {
  const forms = TONES.map(tone => skins.find(({ emoji }) => {
    const tones = [...emoji].filter(c => TONES.includes(c));
    return tones.length > 0 && tones.every(c => c === tone);
  })?.emoji);
  const isSame = forms.every((form, n) => form === forms[0]?.replaceAll(LIGHT, TONES[n]));
  return isSame ? forms[0] : "";
};
const shortcodes = ({ hexcode, label }) => {
  const known = codes.flatMap(table => table[hexcode] ?? []);
  const made = label.toLowerCase().normalize("NFD").replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
  return [...new Set(known.length > 0 ? known : [made])].join(" ");
};
// Without the words that the name and the shortcodes have already.
const words = ({ label, tags = [] }, others = "") => {
  const known = new Set(`${label} ${others}`.toLowerCase().split(/[ _]/));
  const all = tags.flatMap(tag => tag.split(" "));
  return [...new Set(all)].filter(word => /[\p{L}\p{N}]/u.test(word) && !known.has(word.toLowerCase())).join(" ");
};
const title = text => text[0].toUpperCase() + text.slice(1);
// Of a group that has none for the two signs of a table.
const clean = text => text.replaceAll("|", " ").replaceAll("“", "").replaceAll("”", "").trim();

const lines = [[], []];
const isComponent = ({ group }) => group === undefined || group === 2;
const sorted = english.filter(emoji => !isComponent(emoji) && emoji.version <= VERSION_MAX);
sorted.sort((a, b) => a.order - b.order);
let group;
for (const emoji of sorted) {
  if (emoji.group !== group) {
    group = emoji.group;
    groups.forEach((names, n) => lines[n].push(`#${title(names[group].message)}`));
  }
  const other = germanOf.get(emoji.hexcode) ?? emoji;
  const code = shortcodes(emoji);
  lines[0].push([recommended(emoji), toned(emoji), code, clean(emoji.label), words(emoji, code)].join("|"));
  lines[1].push([clean(other.label), words(other)].join("|"));
}
["emoji.txt", "emoji.de.txt"].forEach((name, n) => writeFileSync(new URL(`../later/${name}`, import.meta.url), `${lines[n].join("\n")}\n`));
console.log(`${sorted.length} emoji`);
