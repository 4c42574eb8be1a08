// Appends one event in a transaction that commits, and one in a transaction that is undone.
//
// Usage: node append.mjs URL KEPT UNDONE, where the last two are SQL statements.
import { createRequire } from "node:module";

// The packages are installed outside of the source tree; NODE_PACKAGES names where.
const require = createRequire(`${process.env.NODE_PACKAGES}/package.json`);
const { Client } = require("pg");

const [url, kept, undone] = process.argv.slice(2);
const client = new Client({ connectionString: url });
await client.connect();
await client.query("BEGIN");
await client.query(kept);
await client.query("COMMIT");
await client.query("BEGIN");
await client.query(undone);
await client.query("ROLLBACK");
await client.end();
