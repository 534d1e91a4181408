/** Queries. */
export default async (require) => {
  const SQL = await require("sql.js")();
  const db = new SQL.Database();
  db.run("CREATE TABLE t(a INTEGER, b TEXT); CREATE INDEX i ON t(b)");
  for (let k = 0; k < 200; k++) db.run("INSERT INTO t VALUES (?, ?)", [k, `row ${(k * 7919) % 50}`]);
  return [
    db.exec("SELECT b, sum(a) FROM t WHERE b LIKE 'row 1%' GROUP BY b HAVING sum(a) > 5 ORDER BY b DESC LIMIT 9"),
    db.exec("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200) SELECT sum(x * x) FROM n"),
    db.exec("SELECT printf('%08.3f', avg(a)), upper(b), hex(zeroblob(3)) FROM t GROUP BY b ORDER BY 1"),
  ];
};
