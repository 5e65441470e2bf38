// node tables.mjs read FILE: names, types, rows and metadata of a Parquet file as JSON, as DuckDB sees them.
// node tables.mjs write FILE METADATA: a u_nk table as pandas writes it (nullable columns, snappy), with the given JSON under the key "pandas".
import { DuckDBInstance } from '@duckdb/node-api';

const [action, file, metadata] = process.argv.slice(2);
const quoted = text => `'${text.replaceAll("'", "''")}'`;
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = async sql => (await connection.runAndReadAll(sql)).getRowsJson();

if (action === 'read') {
  const columns = await rows(`DESCRIBE SELECT * FROM read_parquet(${quoted(file)})`);
  const entries = await rows(`SELECT decode(key), decode(value) FROM parquet_kv_metadata(${quoted(file)})`);
  const result = {
    columns: columns.map(([name, type]) => ({ name, type })),
    rows: await rows(`SELECT * FROM read_parquet(${quoted(file)})`),
    metadata: Object.fromEntries(entries),
    codecs: (await rows(`SELECT DISTINCT compression FROM parquet_metadata(${quoted(file)})`)).flat(),
  };
  console.log(JSON.stringify(result));
} else {
  await connection.run(`COPY (SELECT (r * 0.5)::DOUBLE AS "('0.0', '0.0')", (r * r + 0.125)::DOUBLE AS "('0.5', '0.0')", (-r)::DOUBLE AS "('1.0', '0.5')", (r * 0.2)::DOUBLE AS time,
    0.5::DOUBLE AS "coul-lambda", 0.0::DOUBLE AS "vdw-lambda" FROM range(300000) t(r) ORDER BY r)
    TO ${quoted(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 100000, KV_METADATA { pandas: ${quoted(metadata)} })`);
}
