/** A mix of SQL statements: tables that are filled, indexed, queried, changed and dropped. */

import { Random } from "./random.ts";

export function sqlScript(rows = 300): string {
  const random = new Random(5);
  const towns = Array.from({ length: 25 }, () => random.word());
  const statements = [
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, town TEXT, age INTEGER, score REAL)",
    "CREATE TABLE visit (person INTEGER REFERENCES person(id), day TEXT, note TEXT)",
    "BEGIN",
    ...Array.from({ length: rows }, (_, id) => personOf(random, towns, id)),
    ...Array.from({ length: rows }, () => visitOf(random, rows)),
    "COMMIT",
    "CREATE INDEX by_town ON person (town, age)",
    "CREATE INDEX by_person ON visit (person)",
    ...Array.from({ length: 12 }, () => queryOf(random, towns)),
    "UPDATE person SET score = score * 1.5 + age WHERE town LIKE '%a%'",
    "DELETE FROM visit WHERE person IN (SELECT id FROM person WHERE age < 20)",
    "SELECT town, count(*), avg(age), max(score) FROM person GROUP BY town HAVING count(*) > 2 ORDER BY 3 DESC",
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 150) SELECT sum(x * x), group_concat(x % 7, '') FROM n",
    "DROP INDEX by_person",
    "SELECT p.name, v.day FROM person p LEFT JOIN visit v ON v.person = p.id WHERE p.age BETWEEN 30 AND 33 ORDER BY p.name, v.day",
  ];
  return `${statements.join(";\n")};\n`;
}

function personOf(random: Random, towns: readonly string[], id: number): string {
  const name = `${random.word()} ${random.word()}`;
  const score = random.below(10_000) / 100;
  return `INSERT INTO person VALUES (${id}, '${name}', '${random.pick(towns)}', ${10 + random.below(70)}, ${score})`;
}

function visitOf(random: Random, rows: number): string {
  const day = `20${10 + random.below(15)}-0${1 + random.below(9)}-1${random.below(10)}`;
  return `INSERT INTO visit VALUES (${random.below(rows)}, '${day}', '${random.word()}''s')`;
}

function queryOf(random: Random, towns: readonly string[]): string {
  const town = random.pick(towns);
  const age = 20 + random.below(50);
  return random.pick([
    `SELECT name, age FROM person WHERE town = '${town}' AND age > ${age} ORDER BY age`,
    `SELECT upper(p.name) || ':' || v.day FROM person p JOIN visit v ON v.person = p.id WHERE p.town = '${town}' LIMIT 20`,
    `SELECT CASE WHEN score > ${age} THEN 'high' ELSE 'low' END AS class, count(*) FROM person GROUP BY class`,
    `SELECT printf('%.2f', avg(score)), min(name) FROM person WHERE name LIKE '%${town.slice(0, 2)}%' AND age <> ${age}`,
    `SELECT strftime('%Y', day) AS year, count(DISTINCT person) FROM visit GROUP BY year ORDER BY year`,
  ]);
}
