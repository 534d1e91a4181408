// Makes words, counts them, and sorts them. In AssemblyScript: assemblyscript.mjs compiles it.

class Entry {
  constructor(
    public word: string,
    public count: i32,
  ) {}
}

let state: u32 = 1;

function below(limit: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

export function count(words: i32): u32 {
  state = 11;
  const syllables = ["ba", "den", "fi", "gor", "hal", "in", "ka", "lo"];
  const counts = new Map<string, i32>();
  for (let k = 0; k < words; k++) {
    const word = syllables[below(8)] + syllables[below(8)].toUpperCase();
    counts.set(word, (counts.has(word) ? counts.get(word) : 0) + 1);
  }
  const keys = counts.keys();
  const entries = new Array<Entry>(0);
  for (let k = 0; k < keys.length; k++) entries.push(new Entry(keys[k], counts.get(keys[k])));
  entries.sort((a, b) => (a.count != b.count ? b.count - a.count : a.word < b.word ? -1 : 1));
  let hash: u32 = 2166136261;
  for (let k = 0; k < entries.length; k++) {
    const text = `${entries[k].word}=${entries[k].count}`;
    for (let at = 0; at < text.length; at++) hash = (hash ^ <u32>text.charCodeAt(at)) * 16777619;
  }
  return hash;
}
