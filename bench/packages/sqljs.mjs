/** SQLite as the npm package sql.js has it, on a mix of statements. */

import initSqlJs from "sql.js";
import { sqlScript } from "../programs/inputs/sql.ts";

const SQL = await initSqlJs();
const script = sqlScript();

/** @returns {number} how many values the queries gave */
export function run() {
  const database = new SQL.Database();
  const values = database.exec(script).reduce((sum, { values }) => sum + values.length, 0);
  database.close();
  return values;
}
