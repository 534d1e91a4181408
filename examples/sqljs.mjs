// A workload on SQLite compiled to WebAssembly (the npm package sql.js): create, fill, query, aggregate, delete.
// It knows nothing of coverage: `wasm-kcov trace examples/sqljs.mjs` instruments the module as it is loaded.

import initSqlJs from "sql.js/dist/sql-wasm-debug.js";

const SQL = await initSqlJs();
const db = new SQL.Database();

db.run("CREATE TABLE planet (name TEXT PRIMARY KEY, radius_km REAL, moons INTEGER)");
const insert = db.prepare("INSERT INTO planet VALUES (?, ?, ?)");
for (const planet of [
  ["Mercury", 2439.7, 0],
  ["Venus", 6051.8, 0],
  ["Earth", 6371.0, 1],
  ["Mars", 3389.5, 2],
  ["Jupiter", 69911, 95],
  ["Saturn", 58232, 146],
  ["Uranus", 25362, 28],
  ["Neptune", 24622, 16],
]) {
  insert.run(planet);
}
insert.free();

db.exec("SELECT name FROM planet WHERE moons > 1 ORDER BY radius_km DESC");
db.exec("SELECT moons > 2 AS many, count(*), avg(radius_km) FROM planet GROUP BY many HAVING count(*) > 1");
db.exec("SELECT a.name, b.name FROM planet a JOIN planet b ON a.moons = b.moons AND a.name < b.name");
db.exec("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200) SELECT sum(x * x) FROM n");
db.exec("SELECT upper(name) || ':' || printf('%.1f', radius_km) FROM planet WHERE name LIKE '%u%'");
db.run("DELETE FROM planet WHERE moons = 0");
db.run("CREATE INDEX by_moons ON planet (moons)");
db.exec("SELECT name FROM planet WHERE moons BETWEEN 1 AND 30");
db.close();
