importScripts("sql-wasm.js");

const opened = initSqlJs({ locateFile: (file) => file }).then((SQL) => {
  const database = new SQL.Database();
  database.run("CREATE TABLE planet (name TEXT, radius REAL)");
  database.run("INSERT INTO planet VALUES ('Mercury', 2440), ('Venus', 6052)");
  return database;
});

self.onmessage = async ({ data }) => postMessage((await opened).exec(data)[0].values[0][0]);
