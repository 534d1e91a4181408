/** The value of a key that must be in a map. @throws {Error} it is not: parts of the pass contradict each other */
export function required<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new Error(`${key} is missing`);
  return value;
}
